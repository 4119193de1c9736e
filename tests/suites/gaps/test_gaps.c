// SPDX-License-Identifier: GPL-2.0-only
/*
 * The longest time for which a guest or a VMM keeps an urgent thread from running, in
 * instructions: the lab's --icount makes a nanosecond one. The kernel is to be preemptible
 * (preempt=full), so what is measured is how long preemption was off; a sampler of the
 * highest priority asks to be woken again and again while the worst that we know of goes
 * on, and takes the longest that it was late. With init_on_alloc the kernel's own zeroing
 * of pages, a hundred at a time without preemption, would count for each byte: it is off.
 * x86 only: Debian's kernel for arm64 cannot
 * be preempted.
 */
#include <hcbpf/guest.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include "gpa.h"
#include "standard_policy.h"

#define MOST_LATE 50000.0	/* more than where nothing happens */
#define PERIOD 11000		/* odd to everything else */
#define HIGH (4 * GIB)
#define SLOTS 128

/* ---- the sampler ---- */

static volatile bool stop;
static uint64_t longest;
static double idle;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void *sample(void *unused)
{
	uint64_t due, late;

	(void)unused;
	longest = 0;
	while (!stop) {
		struct timespec t;

		due = now() + PERIOD;
		t = (struct timespec){ due / 1000000000, due % 1000000000 };
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		late = now() - due;
		longest = late > longest ? late : longest;
	}
	return NULL;
}

static double longest_while(void (*attack)(struct rig *rig), struct rig *rig)
{
	const struct sched_param urgent = { .sched_priority = 50 };
	pthread_attr_t attr;
	pthread_t sampler;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &urgent);
	stop = false;
	assert_int_equal(pthread_create(&sampler, &attr, sample, NULL), 0);
	attack(rig);
	stop = true;
	pthread_join(sampler, NULL);
	pthread_attr_destroy(&attr);
	return longest;
}

/*
 * Once before, so that the kernel has the memory at hand: to get it from its lists of free
 * pages, and to give it back to them, takes it longer than all that is measured here.
 */
static void expect_short(const char *what, void (*attack)(struct rig *rig), struct rig *rig)
{
	double late;

	attack(rig);
	late = longest_while(attack, rig) - idle;
	print_message("# %s: %.0f instructions\n", what, late);
	if (late > MOST_LATE)
		fail_msg("%s: %.0f instructions, not at most %.0f", what, late, MOST_LATE);
}

/* ---- nothing, and something that is known ---- */

static void spin(struct rig *unused)
{
	uint64_t end = now() + 500000000;

	(void)unused;
	while (now() < end)
		;
}

static void the_kernel_can_be_preempted(void **state)
{
	(void)state;
	assert_non_null(strstr(file_text("/sys/kernel/debug/sched/preempt"), "(full)"));
	idle = longest_while(spin, NULL);
	print_message("# nothing: %.0f instructions\n", idle);
	assert_true(idle < 30000);
}

/* ---- guests ---- */

static void call_often(struct rig *rig, uint64_t nr, const uint64_t *args, uint32_t abi)
{
	struct kvm_start start = {
		.program = GUEST_CALLS, .count = 300, .nr = nr, .abi = abi,
		.args = { args[0], args[1], args[2], args[3] },
	};

	run_guest(rig->vm, &start);
}

static void add_small_slots(struct rig *rig, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		add_slot(rig->vm, 1 + i, HIGH + i * PAGE, PAGE);
}

static void report_pages(struct rig *rig)
{
	call_often(rig, MAP_GPA, (uint64_t[]){ HIGH, SLOTS, ENC, 0 }, HCBPF_ABI_KVM);
}

static void report_too_many(struct rig *rig)
{
	call_often(rig, MAP_GPA, (uint64_t[]){ HIGH, SLOTS + 1, ENC, 0 }, HCBPF_ABI_KVM);
}

static void a_guest_names_many_slots(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	add_small_slots(&rig, SLOTS + 1);
	expect_short("page report over 128 slots", report_pages, &rig);
	expect_short("page report over 129 slots", report_too_many, &rig);
	rig_down(&rig);
}

static const struct kvm_vm_conf xen = { .xen = true };

static void rig_up_for_buffers(struct rig *rig, struct hcbpf_buffer *list, uint32_t nr)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_BUFFER_INSERT, .sub = ANY,
		  .action = HCBPF_RULE_BUFFER },
		{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_BUFFER_PURGE, .sub = ANY,
		  .action = HCBPF_RULE_BUFFER },
		{ .abi = HCBPF_ABI_XEN, .nr = XEN_HYPERCALL_EVENT_CHANNEL_OP,
		  .sub = XEN_EVTCHNOP_SEND, .action = HCBPF_RULE_SEND,
		  .otherwise = HCBPF_RULE_PASS },
	};

	rig_up(rig, &xen, NULL);
	assert_ok(hcbpf_rules_set(rig->hc, rules, ARRAY_LEN(rules), NULL));
	assert_ok(hcbpf_vm_set_buffer_limit(rig->hc, 1024));
	assert_ok(hcbpf_buffers_set(rig->hc, list, nr));
}

#define NOWHERE 0x70000000ULL

static void insert_and_purge(struct rig *rig)
{
	int i;

	for (i = 0; i < 300; i++) {
		struct kvm_start start = {
			.nr = i % 2 ? HCBPF_HC_BUFFER_PURGE : HCBPF_HC_BUFFER_INSERT,
			.args = { NOWHERE, i % 2 ? 0 : GUEST_DATA, i % 2 ? 0 : 64,
				  HCBPF_BUFFER_ALL },
		};

		/* What RCU has not freed yet is limited: then the guest is to try again. */
		call_once(rig->vm, start);
	}
}

/* @nr buffers, those of @vcpus vCPUs in turn, or with 0 of all. */
static struct hcbpf_buffer *some_buffers(uint32_t nr, uint32_t vcpus)
{
	static struct hcbpf_buffer list[512 * 16];
	uint32_t i;

	assert_true(nr <= ARRAY_LEN(list));
	for (i = 0; i < nr; i++)
		list[i] = (struct hcbpf_buffer){
			.va = 2 * NOWHERE + i * PAGE, .gpa = GUEST_DATA, .size = 64,
			.vcpu = vcpus ? i % vcpus : HCBPF_BUFFER_ANY_VCPU,
		};
	return list;
}

static void a_guest_registers_in_a_large_table(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_for_buffers(&rig, some_buffers(1023, 0), 1023);
	expect_short("a buffer beside 1023", insert_and_purge, &rig);
	rig_down(&rig);
}

static void a_guest_registers_beside_many_vcpus(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_for_buffers(&rig, some_buffers(512 * 16, 512), 512 * 16);
	expect_short("a buffer for all beside those of 512 vCPUs", insert_and_purge, &rig);
	rig_down(&rig);
}

/* ---- VMMs ---- */

/* Two blocks of 16 runs each, and a third attribute that reaches into both. */
static void take_blocks_apart(struct rig *rig)
{
	struct hcbpf_gpa_range ranges[32], third = range(512, 1024, 7);
	int i, n;

	for (n = 0; n < 100; n++) {
		for (i = 0; i < 32; i++)
			ranges[i] = range(i * 64, 64, i % 2);
		assert_ok(gpa_set(fd_of(rig), ranges, 32));
		assert_ok(gpa_set(fd_of(rig), &third, 1));
	}
}

/* More than may be taken apart. */
static void try_larger_blocks(struct rig *rig)
{
	static struct hcbpf_gpa_range ranges[2048];
	struct hcbpf_gpa_range third = range(512, 1024, 7);
	int i;

	for (i = 0; i < 2048; i++)
		ranges[i] = range(i, 1, i % 2);
	assert_ok(gpa_set(fd_of(rig), ranges, 2048));
	for (i = 0; i < 300; i++)
		assert_return(gpa_set(fd_of(rig), &third, 1), -ENOSPC);
}

/* A third word keeps a block from becoming dense; its runs are looked at at each change. */
static void crowd_a_block_of_three(struct rig *rig)
{
	struct hcbpf_gpa_range page = range(1023, 1, 7);
	int i;

	assert_ok(gpa_set(fd_of(rig), &page, 1));
	for (i = 0; i < 1023; i++) {
		page = range(i, 1, i % 2 ? 3 : 5);
		assert_ok(gpa_set(fd_of(rig), &page, 1));
	}
	page = range(1023, 1, 3);
	assert_ok(gpa_set(fd_of(rig), &page, 1));
}

static void expect_short_in_new_vm(const char *what, void (*attack)(struct rig *rig))
{
	struct rig rig;

	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	expect_short(what, attack, &rig);
	rig_down(&rig);
}

static void a_vmm_changes_crowded_blocks(void **state)
{
	(void)state;
	expect_short_in_new_vm("taking two blocks apart", take_blocks_apart);
	expect_short_in_new_vm("not taking two larger blocks apart", try_larger_blocks);
	expect_short_in_new_vm("a block of three attributes", crowd_a_block_of_three);
}

#define MANY_RANGES 50000

static void set_many_ranges(struct rig *rig)
{
	static struct hcbpf_gpa_range ranges[MANY_RANGES];
	int i;

	for (i = 0; i < MANY_RANGES; i++)
		ranges[i] = range(i * 2000ULL, 1500, 1 + i % 3);
	assert_ok(gpa_set(fd_of(rig), ranges, MANY_RANGES));
}

static void read_all(struct rig *rig)
{
	static struct hcbpf_gpa_range ranges[512];
	struct hcbpf_gpa_get get = { 0 };

	while (get.gfn < FRAMES)
		assert_ok(gpa_get(fd_of(rig), &get, ranges, ARRAY_LEN(ranges)));
}

/* All are dropped at once; a worker frees them. */
static void reset_all(struct rig *rig)
{
	assert_ok(gpa_reset(fd_of(rig)));
	sleep_ms(50);
}

static void a_vmm_has_many_ranges(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	expect_short("setting 50,000 ranges", set_many_ranges, &rig);
	expect_short("reading them", read_all, &rig);
	expect_short("dropping them", reset_all, &rig);
	rig_down(&rig);
}

static void change_a_page(struct rig *rig)
{
	int i;

	for (i = 0; i < 300; i++)
		assert_int_equal(map_gpa(rig, 0x180000, 1, i % 2 ? ENC : DEC), 0);
}

static void many_files_want_to_hear(void **state)
{
	int other[64], efd[64], i;
	struct rig rig;

	(void)state;
	rig_up_under(&rig, &kvm64, HCBPF_RULE_TRACK);
	for (i = 0; i < 64; i++) {
		other[i] = assert_fd(hc_open_id(hc_vm_info(fd_of(&rig)).id));
		efd[i] = efd_new();
		assert_ok(gpa_notify(other[i], efd[i]));
	}
	expect_short("a change of which 64 files want to hear", change_a_page, &rig);
	for (i = 0; i < 64; i++) {
		close(other[i]);
		close(efd[i]);
	}
	rig_down(&rig);
}

static void list_buffers(struct rig *rig)
{
	static struct hcbpf_buffer list[512];
	size_t nr;
	int i;

	for (i = 0; i < 100; i++) {
		nr = ARRAY_LEN(list);
		assert_ok(hcbpf_buffers_get(rig->hc, list, &nr));
		assert_int_equal(nr, ARRAY_LEN(list));
		assert_ok(hcbpf_buffers_set(rig->hc, list, nr));
	}
}

static void a_vmm_lists_many_buffers(void **state)
{
	struct rig rig;

	(void)state;
	rig_up_for_buffers(&rig, some_buffers(512, 512), 512);
	expect_short("a buffer of each of 512 vCPUs, listed and set", list_buffers, &rig);
	rig_down(&rig);
}

/* A million ports are cleared. */
static void reset_channels(struct rig *rig)
{
	struct kvm_xen_hvm_attr attr = { .type = KVM_XEN_ATTR_TYPE_SHARED_INFO };
	int i;

	attr.u.shared_info.gfn = ~0ULL;
	for (i = 0; i < 10; i++)
		assert_return(hc_ioctl(rig->vm->fd, KVM_XEN_HVM_SET_ATTR, &attr), 0);
}

static void a_vmm_resets_a_million_ports(void **state)
{
	const uint32_t nr = 1 << 20;
	volatile hcbpf_port_t *ports;
	struct rig rig;
	uint32_t i;

	(void)state;
	assert_kvm(kvm_vm_create(&xen, &rig.vm));
	{
		LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .nr_ports = nr);

		assert_ok(hcbpf_vm_bind(rig.vm->fd, &opts, &rig.hc));
	}
	rig.efd = efd_new();
	ports = hc_ports(fd_of(&rig), nr);
	for (i = 0; i < nr; i += 512)
		ports[i] = 0;
	expect_short("clearing a million ports", reset_channels, &rig);
	munmap((void *)ports, nr * sizeof(*ports));
	rig_down(&rig);
}

#define MANY_VMS 1000

static struct kvm_vm *vms[MANY_VMS];
static int bindings[MANY_VMS];

/* VMs are made before: what KVM does for that is not ours. */
static void bind_all(struct rig *unused)
{
	int i;

	(void)unused;
	for (i = 0; i < MANY_VMS; i++) {
		if (bindings[i]) {
			assert_ok(hc_unbind(bindings[i]));
			close(bindings[i]);
		}
		bindings[i] = assert_fd(hc_bind(vms[i]->fd, "standard"));
	}
}

static void the_table_of_vms_grows(void **state)
{
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	const struct rlimit files = { 8 * MANY_VMS, 8 * MANY_VMS };
	int i;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	for (i = 0; i < MANY_VMS; i++)
		assert_kvm(kvm_vm_create(&small, &vms[i]));
	expect_short("binding 1000 VMs", bind_all, NULL);
	for (i = 0; i < MANY_VMS; i++) {
		kvm_vm_destroy(vms[i]);
		close(bindings[i]);
	}
}

/* ---- a guest whose calls are traced ---- */

static void call_without_pause(struct rig *rig)
{
	const struct kvm_start start = { .program = GUEST_CALLS, .count = 3000, .nr = 99 };

	run_guest(rig->vm, &start);
}

static void signal_tracer(const char *name)
{
	assert_int_equal(sh("kill -%s $(cat /tmp/tracer)", name), 0);
}

/* While somebody reads them, and while they are dropped because nobody does. */
static void a_guest_calls_under_trace(void **state)
{
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_int_equal(sh("hcbpf trace --ring 64K > /dev/null 2> /tmp/trace.err & "
			    "echo $! > /tmp/tracer"), 0);
	assert_true(wait_until(strstr(file_text("/tmp/trace.err"), "tracing"), 10000));
	expect_short("calls that are traced", call_without_pause, &rig);
	signal_tracer("STOP");
	expect_short("calls that are dropped", call_without_pause, &rig);
	signal_tracer("CONT");
	signal_tracer("INT");
	assert_true(wait_until(strstr(file_text("/tmp/trace.err"), "dropped: "), 10000));
	assert_null(strstr(file_text("/tmp/trace.err"), "dropped: 0"));
	rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_can_be_preempted),
		cmocka_unit_test(a_guest_names_many_slots),
		cmocka_unit_test(a_guest_registers_in_a_large_table),
		cmocka_unit_test(a_guest_registers_beside_many_vcpus),
		cmocka_unit_test(a_vmm_changes_crowded_blocks),
		cmocka_unit_test(a_vmm_has_many_ranges),
		cmocka_unit_test(many_files_want_to_hear),
		cmocka_unit_test(a_vmm_lists_many_buffers),
		cmocka_unit_test(a_vmm_resets_a_million_ports),
		cmocka_unit_test(a_guest_calls_under_trace),
		cmocka_unit_test(the_table_of_vms_grows),
	};

	/* A huge page of this program's own takes the kernel longer than all that is measured. */
	if (prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) || mlockall(MCL_CURRENT))
		return 1;
	return cmocka_run_group_tests_name("gaps", tests, standard_setup, standard_teardown);
}
