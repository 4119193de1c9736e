// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: three VMs whose vCPUs call, and around them all that can change.
 * At the end every call and every signal is accounted for.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "standard_policy.h"
#include "bound.h"
#include "changes.h"

#define TRACING "/sys/kernel/tracing/"
#define XEN_VM storm.bound[0]
#define KVM_VM storm.bound[1]
#define USER_VM storm.bound[2]
#define FOLLOWED 1024		/* pages: all that the VM has */
#define TURNS 4			/* of the slowest change, at least */
#define FICKLE "fickle"		/* the policy that comes and goes */

static uint64_t calls;	/* in all */

static const struct kvm_vm_conf confs[] = {
	{ .nr_vcpus = 2, .high = true, .xen = true },
	{ .nr_vcpus = 2, .high = true },
	{ .nr_vcpus = 1, .cpl = 3 },
};
static const struct kvm_vm_conf small = { .nr_vcpus = 1, .high = true };

static struct {
	struct bound bound[ARRAY_LEN(confs)];	/* bound from beginning to end */
	struct bound flicker;			/* bound and unbound, to the fickle one */
	struct books flicker_books;
	struct policy twin;			/* of the standard policy */
	struct policy fickle[2];		/* more of them, by turns the one of that name */
	struct hcbpf_gpa_follower *follower;
	uint32_t seen[FOLLOWED];		/* what it knows of KVM_VM's pages */
} storm;

/* ---- bindings and VMs ---- */

static int bind_and_unbind(void *arg, unsigned long turn)
{
	struct bound *bound = arg;
	int err = bound_bind(bound);

	/* For an exit that is under way; because the policy is not there. */
	if (err == -EEXIST || err == -ENOENT) {
		sched_yield();
		return 0;
	}
	if (err)
		return err;
	usleep(turn % 4 * 1000);
	err = hcbpf_vm_unbind(bound->hc) ?: bound_read(bound, &storm.flicker_books);
	hcbpf_vm_close(bound->hc);
	bound->hc = NULL;
	return err;
}

/* Ends with the VM, whose calls are all in the books. */
static int make_a_vm(void *arg, unsigned long turn)
{
	struct caller_kind kinds[] = { { .rbx = PORT, .rax = HCBPF_HC_DOORBELL } };
	struct caller_calls few = { .nr_kinds = 1, .kinds = (uintptr_t)kinds, .count = 100 };
	const struct kvm_start start = { .program = GUEST_CALL_ONCE, .count = 1 };
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm *hc = NULL;
	struct kvm_regs regs;
	struct kvm_vm *vm;
	int err, efd, fd = open(CALLER_DEVICE, O_RDWR | O_CLOEXEC);

	(void)arg;
	efd = efd_new();
	err = kvm_vm_create(&small, &vm) ?: hcbpf_vm_bind(vm->fd, NULL, &hc) ?:
	      hcbpf_vm_set_eventfd(hc, 0, efd) ?: hcbpf_port_set(hc, PORT, 0) ?:
	      kvm_vcpu_start(&vm->vcpus[0], &start) ?: kvm_vcpu_regs(&vm->vcpus[0], &regs);
	if (!err) {
		few.vcpu = vm->vcpus[0].fd;
		few.rip = kvm_pc(&regs);
		err = hc_ioctl(fd, CALLER_MAKE, &few);
	}
	if (!err && turn & 1)
		err = hcbpf_vm_unbind(hc);
	kvm_vm_destroy(vm);
	err = err ?: hcbpf_vm_stats(hc, &stats);
	if (!err && (stats.done != few.count || stats.signals != few.count ||
		     efd_take(efd) != few.count || kinds[0].answer[0].count != few.count))
		err = -EPROTO;
	hcbpf_vm_close(hc);
	close(efd);
	close(fd);
	return err;
}

/* What `hcbpf` does that looks at all bindings; they may be gone at any moment. */
static int look_at_all(void *arg, unsigned long turn)
{
	struct hcbpf_rule rules[8];
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	hcbpf_port_t word;
	uint32_t port, id;
	struct hcbpf_vm *hc;
	int next = 0;
	size_t nr;

	(void)arg;
	(void)turn;
	while ((next = hc_next_vm(next)) > 0) {
		id = next;
		if (hcbpf_vm_open_id(id, &hc))
			continue;
		port = 0;
		nr = ARRAY_LEN(rules);
		if (hcbpf_vm_info(hc, &info) || hcbpf_vm_stats(hc, &stats) || info.id != id)
			return -EPROTO;
		hcbpf_port_next(hc, &port, &word);
		hcbpf_rules_get(hc, rules, &nr, NULL, NULL);
		hcbpf_vm_close(hc);
	}
	return next == -ENOENT ? 0 : next;
}

/* ---- what belongs to a binding ---- */

static int change_rules(void *arg, unsigned long turn)
{
	(void)arg;
	return bound_set_rules(&XEN_VM, turn % NR_STRICTNESS) ?:
	       bound_set_rules(&KVM_VM, (turn + 1) % NR_STRICTNESS) ?:
	       bound_set_rules(&USER_VM, (turn + 2) % NR_STRICTNESS);
}

/* The VMM resets the machine: all ports are unset. */
static int end_all_channels(const struct kvm_vm *vm)
{
	struct kvm_xen_hvm_attr attr = {
		.type = KVM_XEN_ATTR_TYPE_EVTCHN, .u.evtchn.flags = KVM_XEN_EVTCHN_RESET,
	};

	return hc_ioctl(vm->fd, KVM_XEN_HVM_SET_ATTR, &attr);
}

static int change_ports(void *arg, unsigned long turn)
{
	struct bound *bound = arg;

	usleep(100);
	switch (turn % 8) {
	case 3:
		return hcbpf_port_del(bound->hc, PORT);
	case 6:
		return bound->guest.vm->xen ? end_all_channels(bound->guest.vm) : 0;
	default:
		return hcbpf_port_set(bound->hc, PORT, turn & 1);
	}
}

/* Whoever has replaced an eventfd has all of its signals. */
static int change_eventfds(void *arg, unsigned long turn)
{
	struct bound *bound = arg;
	int new = efd_new(), err;

	if (turn % 4 == 3)
		err = hcbpf_vm_clear_eventfd(bound->hc, 1) ?:
		      hcbpf_vm_add_eventfd(bound->hc, 1, new);
	else
		err = hcbpf_vm_set_eventfd(bound->hc, 1, new);
	bound->signals += efd_take(bound->efd[1]);
	close(bound->efd[1]);
	bound->efd[1] = new;
	return err;
}

static int change_attributes(void *arg, unsigned long turn)
{
	const struct hcbpf_gpa_range ranges[] = {
		{ .gfn = turn % 900, .npages = 100, .attr = HCBPF_GPA_ENCRYPTED },
		{ .gfn = (turn * 7) % 1000, .npages = 3, .attr = 0 },
	};

	(void)arg;
	switch (turn % 8) {
	case 3:
		return hcbpf_gpa_replace(KVM_VM.hc, turn & 8 ? HCBPF_GPA_ENCRYPTED : 0, ranges, 1);
	case 7:
		return hcbpf_gpa_reset(KVM_VM.hc);
	default:
		return hcbpf_gpa_set(KVM_VM.hc, ranges, ARRAY_LEN(ranges), NULL);
	}
}

/* One round. */
static int follow_attributes(void *arg, unsigned long turn)
{
	struct hcbpf_gpa_range ranges[16];
	uint64_t gfn;
	size_t nr, i;
	int more;

	(void)arg;
	(void)turn;
	do {
		nr = ARRAY_LEN(ranges);
		more = hcbpf_gpa_follow(storm.follower, ranges, &nr);
		for (i = 0; more >= 0 && i < nr; i++)
			for (gfn = ranges[i].gfn;
			     gfn < ranges[i].gfn + ranges[i].npages && gfn < FOLLOWED; gfn++)
				storm.seen[gfn] = ranges[i].attr;
	} while (more > 0);
	return more;
}

static int change_buffers(void *arg, unsigned long turn)
{
	const struct hcbpf_buffer buffers[] = {
		{ .va = FAR, .gpa = GUEST_DATA, .size = SIZE, .vcpu = turn & 1 },
		{ .va = FAR + 16 * SIZE, .gpa = GUEST_DATA, .size = SIZE,
		  .vcpu = HCBPF_BUFFER_ANY_VCPU },
	};
	struct hcbpf_buffer got[8];
	size_t nr = ARRAY_LEN(got);
	int err;

	(void)arg;
	err = hcbpf_vm_set_buffer_limit(XEN_VM.hc, 1 + turn % 64) ?:
	      hcbpf_buffers_get(XEN_VM.hc, got, &nr);
	/* The guest changes them all the time. */
	if (err && err != -EAGAIN)
		return err;
	err = hcbpf_buffers_set(XEN_VM.hc, buffers, turn % 3);
	return err == -ENOSPC ? 0 : err;
}

/* ---- around them ---- */

static int replace_policy(void *arg, unsigned long turn)
{
	(void)arg;
	return bpf_link__update_map(standard.link, turn & 1 ? standard.map : storm.twin.map) ?
	       -errno : 0;
}

/* Unload one; what is bound to its name stays so, and the other serves it. */
static int unload_policy(void *arg, unsigned long turn)
{
	struct policy *old = &storm.fickle[turn & 1], *new = &storm.fickle[~turn & 1];
	int err = bpf_link__destroy(old->link);

	(void)arg;
	old->link = NULL;
	if (err)
		return err;
	usleep(turn % 4 * 1000);
	new->link = bpf_map__attach_struct_ops(new->map);
	usleep(turn / 4 % 4 * 1000);
	return new->link ? 0 : -errno;
}

static int fail_to_unload(void *arg, unsigned long turn)
{
	(void)arg;
	(void)turn;
	usleep(1000);
	return syscall(SYS_delete_module, "hcbpf", O_NONBLOCK) ? 0 : -EPROTO;
}

/* KVM's code is patched around the hook. */
static int trace_functions(void *arg, unsigned long turn)
{
	(void)arg;
	return file_write(TRACING "current_tracer", turn & 1 ? "nop" : "function") ? 0 : -EIO;
}

static struct changer changers[] = {
	{ "bound and unbound", bind_and_unbind, &storm.flicker },
	{ "VMs made and destroyed", make_a_vm },
	{ "all bindings looked at", look_at_all },
	{ "rules changed", change_rules },
	{ "ports changed", change_ports, &XEN_VM },
	{ "ports changed, KVM's ABI", change_ports, &KVM_VM },
	{ "eventfds changed", change_eventfds, &XEN_VM },
	{ "eventfds changed, KVM's ABI", change_eventfds, &KVM_VM },
	{ "attributes changed", change_attributes },
	{ "attributes followed", follow_attributes },
	{ "buffers changed", change_buffers },
	{ "policy replaced", replace_policy },
	{ "policy unloaded and loaded", unload_policy },
	{ "unloading refused", fail_to_unload },
	{ "tracer switched", trace_functions },
};

/* ---- the test ---- */

static void load_policies(void)
{
	unsigned int i;

	assert_ok(policy_open(&storm.twin, "standard.bpf.o"));
	assert_ok(bpf_object__load(storm.twin.object));
	for (i = 0; i < ARRAY_LEN(storm.fickle); i++) {
		assert_ok(policy_open(&storm.fickle[i], "standard.bpf.o"));
		policy_rename(&storm.fickle[i], FICKLE);
		assert_ok(bpf_object__load(storm.fickle[i].object));
	}
	storm.fickle[0].link = bpf_map__attach_struct_ops(storm.fickle[0].map);
	assert_non_null(storm.fickle[0].link);
}

static void begin(void)
{
	unsigned int i;

	load_policies();
	assert_true(file_write(TRACING "set_ftrace_filter", HOOKED_FUNCTION));
	for (i = 0; i < ARRAY_LEN(confs); i++) {
		bound_up(&storm.bound[i], &confs[i]);
		if (&storm.bound[i] == &KVM_VM)
			KVM_VM.policy = FICKLE;
		assert_ok(bound_bind(&storm.bound[i]));
	}
	bound_up(&storm.flicker, &confs[0]);
	storm.flicker.policy = FICKLE;
	for (i = 0; i < storm.flicker.guest.vm->nr_vcpus; i++)
		storm.flicker.guest.callers[i].calls.linger = 10;
	assert_ok(hcbpf_gpa_follower_new(KVM_VM.hc, HCBPF_GPA_FOLLOW, &storm.follower));
}

/* What was followed is what there is. */
static void expect_followed(void)
{
	struct hcbpf_gpa_range range;
	uint64_t gfn, next, page;
	size_t nr;

	assert_ok(follow_attributes(NULL, 0));
	for (gfn = 0; gfn < FOLLOWED; gfn = next) {
		next = gfn;
		nr = 1;
		assert_ok(hcbpf_gpa_get(KVM_VM.hc, &next, &range, &nr));
		assert_int_equal(nr, 1);
		for (page = gfn; page < next && page < FOLLOWED; page++)
			assert_int_equal(storm.seen[page], range.attr);
	}
}

static void end(void)
{
	unsigned int i;

	hcbpf_gpa_follower_free(storm.follower);
	for (i = 0; i < ARRAY_LEN(confs); i++)
		bound_down(&storm.bound[i]);
	bound_down(&storm.flicker);
	assert_true(file_write(TRACING "current_tracer", "nop"));
	assert_int_equal(sh("echo > " TRACING "set_ftrace_filter"), 0);
	policy_unload(&storm.twin);
	policy_unload(&storm.fickle[0]);
	policy_unload(&storm.fickle[1]);
}

static uint64_t progress(void)
{
	uint64_t made = guest_progress(&storm.flicker.guest);
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(confs); i++)
		made += guest_progress(&storm.bound[i].guest);
	return made;
}

static void call_during_changes(void)
{
	atomic_bool stop = false;
	unsigned int i;

	guest_start(&storm.flicker.guest, UINT64_MAX, &stop);
	for (i = 0; i < ARRAY_LEN(confs); i++)
		guest_start(&storm.bound[i].guest, UINT64_MAX, &stop);
	changers_start(changers, ARRAY_LEN(changers));
	while (progress() < calls || !changers_had(changers, ARRAY_LEN(changers), TURNS))
		usleep(100000);
	changers_stop(changers, ARRAY_LEN(changers));
	atomic_store(&stop, true);
	for (i = 0; i < ARRAY_LEN(confs); i++)
		guest_join(&storm.bound[i].guest);
	guest_join(&storm.flicker.guest);
	print_message("# %llu calls\n", (unsigned long long)progress());
}

static void every_call_is_accounted_for_whatever_changes(void **state)
{
	unsigned int i;

	(void)state;
	begin();
	call_during_changes();
	for (i = 0; i < ARRAY_LEN(confs); i++)
		bound_expect_all(&storm.bound[i]);
	bound_expect(&storm.flicker, &storm.flicker_books);
	expect_followed();
	end();
}

static void the_module_unloads_after_that(void **state)
{
	(void)state;
	policy_unload(&standard);
	hc_device_close();
	assert_true(unload_module());
}

/* usage: test_storm CALLS */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_is_accounted_for_whatever_changes),
		cmocka_unit_test(the_module_unloads_after_that),
	};

	calls = argc > 1 ? strtoull(argv[1], NULL, 0) / 2 : 0;
	return calls ? cmocka_run_group_tests_name("changes at once", tests, standard_setup,
						   standard_teardown) : 2;
}
