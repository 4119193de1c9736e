// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of SEV-ES guests without the hardware: tests/suites/modules/caller makes them on a
 * vCPU of which KVM has the GHCB's registers and no others. Whatever is in the others, in the
 * guest's page tables and in RIP, what becomes of the calls is the same.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include "../modules/caller/caller.h"
#include "calls.h"
#include "rig.h"
#include "standard_policy.h"

/* What is where nobody may look: nothing, no address at all, and addresses that lead somewhere. */
static const uint64_t poisons[] = { 0, 0xdead6ef00dbadULL << 12 | 0xfff, GUEST_DATA };

static int caller_fd;

static int setup(void **state)
{
	caller_fd = open(CALLER_DEVICE, O_RDWR | O_CLOEXEC);
	return caller_fd < 0 ? -1 : standard_setup(state);
}

static int teardown(void **state)
{
	close(caller_fd);
	return standard_teardown(state);
}

/* ---- what becomes of calls ---- */

/* All that a guest, its VMM and the operator can tell of them. */
struct outcome {
	struct caller_kind kinds[CALLER_KINDS];
	struct hcbpf_vm_stats stats;
	uint64_t signals, gpa_generation;
	uint32_t state, nr_buffers;
};

struct run {
	struct rig rig;
	struct caller_calls calls;
	struct outcome outcome;
};

static void run_up(struct run *run, const struct kvm_vm_conf *conf,
		   const struct hcbpf_bind_opts *opts)
{
	const struct kvm_start start = { .program = GUEST_CALL_ONCE, .count = 1 };
	struct kvm_regs regs;

	memset(run, 0, sizeof(*run));
	rig_up(&run->rig, conf, opts);
	assert_ok(hcbpf_port_set(run->rig.hc, PORT, 0));
	assert_kvm(kvm_vcpu_start(&run->rig.vm->vcpus[0], &start));
	assert_kvm(kvm_vcpu_regs(&run->rig.vm->vcpus[0], &regs));
	run->calls.vcpu = run->rig.vm->vcpus[0].fd;
	run->calls.rip = kvm_pc(&regs);
}

/* Registers, and whatever the guest has in its page tables: nobody can know. */
static void poison(struct run *run, uint64_t poison)
{
	uint64_t *table = kvm_at(run->rig.vm, GUEST_PAGE_TABLES);

	run->calls.flags |= CALLER_PROTECTED;
	run->calls.poison = poison;
	for (; table < (uint64_t *)kvm_at(run->rig.vm, GUEST_CODE); table++)
		*table = poison;
}

/* Each once, in order. */
static const struct outcome *make_calls(struct run *run, const struct call *calls, uint32_t nr)
{
	struct outcome *outcome = &run->outcome;
	struct hcbpf_vm_info info;
	uint32_t i;

	for (i = 0; i < nr; i++)
		outcome->kinds[i] = (struct caller_kind) {
			.rax = calls[i].nr, .rbx = calls[i].args[0], .rcx = calls[i].args[1],
			.rdx = calls[i].args[2], .rsi = calls[i].args[3],
			.exit_ret = calls[i].exit_ret,
		};
	run->calls.kinds = (uintptr_t)outcome->kinds;
	run->calls.nr_kinds = nr;
	run->calls.count = nr;
	assert_ok(hc_ioctl(caller_fd, CALLER_MAKE, &run->calls));
	outcome->stats = rig_stats(&run->rig);
	outcome->signals = efd_take(run->rig.efd);
	assert_ok(hcbpf_vm_info(run->rig.hc, &info));
	outcome->gpa_generation = info.gpa_generation;
	outcome->state = info.state;
	outcome->nr_buffers = info.nr_buffers;
	return outcome;
}

static void expect_call(const struct call *call, const struct caller_kind *kind)
{
	if (kind->made != 1 || kind->wrong || kind->other ||
	    kind->asked || kind->exits != (call->fate == EXITS) ||
	    kind->answer[0].count != (call->fate == ANSWERED) ||
	    (call->fate == ANSWERED && kind->answer[0].value != (uint64_t)call->answer))
		fail_msg("%s: answer %lld (%llu), exits %llu, wrong %llu", call->what,
			 (long long)kind->answer[0].value,
			 (unsigned long long)kind->answer[0].count,
			 (unsigned long long)kind->exits, (unsigned long long)kind->wrong);
}

static void expect_calls(const struct outcome *outcome, const struct call *calls, uint32_t nr)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		expect_call(&calls[i], &outcome->kinds[i]);
}

static void forget_times(struct outcome *outcome)
{
	uint32_t i;

	for (i = 0; i < CALLER_KINDS; i++)
		outcome->kinds[i].ticks = 0;
}

/* Three times, with each poison; all that can be told is the same. The last one's is kept. */
static void expect_the_same(const struct kvm_vm_conf *conf, const struct hcbpf_bind_opts *opts,
			    const struct hcbpf_rule *rules, uint32_t nr_rules,
			    const struct call *calls, uint32_t nr, struct outcome *last)
{
	struct run run;
	uint32_t i;

	for (i = 0; i < ARRAY_LEN(poisons); i++) {
		run_up(&run, conf, opts);
		assert_ok(hcbpf_rules_set(run.rig.hc, rules, nr_rules, NULL));
		put_port(run.rig.vm, GUEST_DATA, PORT);
		put_port(run.rig.vm, GUEST_SHARED, PORT);
		poison(&run, poisons[i]);
		make_calls(&run, calls, nr);
		rig_down(&run.rig);
		expect_calls(&run.outcome, calls, nr);
		forget_times(&run.outcome);
		if (i)
			assert_memory_equal(&run.outcome, last, sizeof(*last));
		*last = run.outcome;
	}
}

/* ---- KVM's ABI: decided like any other ---- */

static void calls_of_the_guests_kernel_are_decided(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .high = true };
	struct outcome outcome;

	(void)state;
	expect_the_same(&conf, NULL, kernel_rules, ARRAY_LEN(kernel_rules), kernel_calls,
			ARRAY_LEN(kernel_calls), &outcome);
	assert_int_equal(outcome.signals, count_signals(kernel_calls, ARRAY_LEN(kernel_calls)));
	assert_int_equal(outcome.stats.nested, 0);
	assert_int_equal(outcome.stats.walks, 0);
	assert_true(outcome.state & HCBPF_VM_ENCRYPTED);	/* nobody had said so */
}

/* Its level is the GHCB's; KVM's own look at the segment says "kernel" of every such vCPU. */
static void programs_of_the_guest_get_what_their_rules_say(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .cpl = 3 };
	const struct hcbpf_rule rules[] = {
		deny(HCBPF_ABI_KVM, NR_DENIED, HCBPF_RULE_ANY, DENIED_RET),
		port_rule(HCBPF_ABI_KVM, HCBPF_HC_DOORBELL, HCBPF_RULE_ANY, HCBPF_RULE_DOORBELL,
			  HCBPF_RULE_PASS, 0),
	};
	const struct call calls[] = {
		{ "denied to all", NR_DENIED, .answer = DENIED_RET },
		{ "a doorbell", HCBPF_HC_DOORBELL, { PORT }, .answer = -1 },	/* -KVM_EPERM */
	};
	struct outcome outcome;

	(void)state;
	expect_the_same(&conf, NULL, rules, ARRAY_LEN(rules), calls, ARRAY_LEN(calls), &outcome);
	assert_int_equal(outcome.signals, 0);
	assert_int_equal(outcome.stats.user_mode, 1);
}

/* ---- ABIs with arguments in registers that KVM does not have ---- */

/*
 * Not even which sub-operation it is: RDI would say. The VM is one of Xen's to hcbpf only: KVM
 * knows Xen's ABI for other vCPUs alone, and says so by a warning.
 */
static void xens_calls_get_the_plain_answer_of_their_number(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = HCBPF_ABI_XEN);
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .high = true };
	const struct hcbpf_rule rules[] = {
		deny(HCBPF_ABI_XEN, NR_DENIED, HCBPF_RULE_ANY, DENIED_RET),
		deny(HCBPF_ABI_XEN, NR_UNKNOWN, GUEST_DATA, DENIED_RET),
		deny(HCBPF_ABI_XEN, NR_UNKNOWN, 0, DENIED_RET),
		rule(HCBPF_ABI_XEN, NR_EXITS, HCBPF_RULE_ANY, HCBPF_RULE_EXIT),
		port_rule(HCBPF_ABI_XEN, HCBPF_HC_DOORBELL, HCBPF_RULE_ANY, HCBPF_RULE_DOORBELL,
			  HCBPF_RULE_DENY, DENIED_RET),
	};
	const struct call calls[] = {
		{ "denied", NR_DENIED, .answer = DENIED_RET },
		{ "denied for one sub-operation", NR_UNKNOWN, .answer = PLAIN_ANSWER },
		{ "to the VMM", NR_EXITS, .answer = PLAIN_ANSWER },
		{ "a doorbell", HCBPF_HC_DOORBELL, { PORT }, .answer = DENIED_RET },
	};
	struct outcome outcome;

	(void)state;
	expect_the_same(&conf, &opts, rules, ARRAY_LEN(rules), calls, ARRAY_LEN(calls), &outcome);
	assert_int_equal(outcome.signals, 0);
	assert_int_equal(outcome.stats.nested, 2);
	assert_int_equal(outcome.stats.exits, 0);
}

/* The number is in RCX, which KVM has; an address would be in R8. */
static void hypervs_calls_get_the_plain_answer_of_their_number(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = HCBPF_ABI_HYPERV);
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .high = true };
	const struct hcbpf_rule rules[] = {
		deny(HCBPF_ABI_HYPERV, NR_DENIED, HCBPF_RULE_ANY, DENIED_RET),
		rule(HCBPF_ABI_HYPERV, NR_EXITS, HCBPF_RULE_ANY, HCBPF_RULE_EXIT),
	};
	const struct call calls[] = {
		{ "denied", 1, { 0, NR_DENIED }, .answer = DENIED_RET },
		{ "to the VMM", NR_UNKNOWN, { 0, NR_EXITS }, .answer = PLAIN_ANSWER },
	};
	struct outcome outcome;

	(void)state;
	expect_the_same(&conf, &opts, rules, ARRAY_LEN(rules), calls, ARRAY_LEN(calls), &outcome);
	assert_int_equal(outcome.stats.nested, 1);
}

/* ---- a VM that was not said to be encrypted ---- */

static uint32_t attribute_of(struct hcbpf_vm *hc, uint64_t gfn)
{
	struct hcbpf_gpa_snapshot *map;
	uint32_t attr;
	size_t i;

	assert_ok(hcbpf_gpa_snapshot(hc, &map));
	attr = map->default_attr;
	for (i = 0; i < map->nr; i++)
		if (gfn - map->ranges[i].gfn < map->ranges[i].npages)
			attr = map->ranges[i].attr;
	hcbpf_gpa_snapshot_free(map);
	return attr;
}

static void with_kernel_rules(struct run *run)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .high = true };

	run_up(run, &conf, NULL);
	assert_ok(hcbpf_rules_set(run->rig.hc, kernel_rules, ARRAY_LEN(kernel_rules), NULL));
}

static void make_protected_call(struct run *run)
{
	const struct call call = { "denied", NR_DENIED, .answer = DENIED_RET };

	poison(run, poisons[1]);
	make_calls(run, &call, 1);
	expect_calls(&run->outcome, &call, 1);
}

/* From its first call on: until then nobody can know. */
static void all_pages_are_encrypted_of_which_nobody_has_said_anything(void **state)
{
	struct run run;

	(void)state;
	with_kernel_rules(&run);
	assert_int_equal(attribute_of(run.rig.hc, 5), 0);
	make_protected_call(&run);
	assert_int_equal(attribute_of(run.rig.hc, 5), HCBPF_GPA_ENCRYPTED);
	rig_down(&run.rig);
}

/* What the VMM has said counts. */
static void a_map_that_the_vmm_has_filled_stays(void **state)
{
	const struct hcbpf_gpa_range shared = { .gfn = GUEST_SHARED >> 12, .npages = 1 };
	struct run run;

	(void)state;
	with_kernel_rules(&run);
	assert_ok(hcbpf_gpa_replace(run.rig.hc, HCBPF_GPA_ENCRYPTED, &shared, 1));
	make_protected_call(&run);
	assert_int_equal(attribute_of(run.rig.hc, GUEST_SHARED >> 12), 0);
	assert_int_equal(attribute_of(run.rig.hc, 5), HCBPF_GPA_ENCRYPTED);
	rig_down(&run.rig);
}

/* ---- who looks where nobody may ---- */

static void watch_calls(bool is_protected, struct caller_calls *seen)
{
	struct run run;

	with_kernel_rules(&run);
	run.calls.flags = CALLER_WATCHED;
	if (is_protected)
		poison(&run, poisons[1]);
	make_calls(&run, kernel_calls, ARRAY_LEN(kernel_calls));
	*seen = run.calls;
	rig_down(&run.rig);
}

static void rip_and_rdi_are_not_looked_at(void **state)
{
	struct caller_calls seen;

	(void)state;
	watch_calls(true, &seen);
	print_message("# touched %llu times\n", (unsigned long long)seen.touched);
	assert_true(seen.touched > 0);		/* by the stand-in itself */
	assert_int_equal(seen.touched_by_us, 0);
}

/* That the watch sees it: who is 64-bit code is told from RIP in other guests. */
static void they_are_looked_at_in_other_guests(void **state)
{
	struct caller_calls seen;

	(void)state;
	watch_calls(false, &seen);
	assert_true(seen.touched_by_us > 0);
}

/* ---- what it costs ---- */

/* There and back: which of the two is dearer depends on what the other pages have. */
static uint64_t flip_ticks(bool is_protected)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = 1, .high = true };
	const struct call flips[] = {
		{ "encrypt", NR_MAP_GPA, { GUEST_SHARED, 1, ENCRYPTED } },
		{ "decrypt", NR_MAP_GPA, { GUEST_SHARED, 1, 0 } },
	};
	struct run run;
	uint64_t ticks = UINT64_MAX, flip;
	int i;

	run_up(&run, &conf, NULL);
	assert_ok(hcbpf_rules_set(run.rig.hc, kernel_rules, ARRAY_LEN(kernel_rules), NULL));
	run.calls.flags = CALLER_UNSKIPPED;
	if (is_protected)
		poison(&run, poisons[1]);
	for (i = 0; i < 100; i++) {
		make_calls(&run, flips, ARRAY_LEN(flips));
		expect_calls(&run.outcome, flips, ARRAY_LEN(flips));
		flip = run.outcome.kinds[0].ticks + run.outcome.kinds[1].ticks;
		if (i && flip < ticks)
			ticks = flip;
	}
	rig_down(&run.rig);
	return ticks;
}

/* In instructions: the suite runs with --icount. */
static void a_page_report_costs_what_it_costs_others(void **state)
{
	uint64_t ordinary = flip_ticks(false), is_protected = flip_ticks(true);

	(void)state;
	print_message("# %llu instructions, of an ordinary vCPU %llu\n",
		      (unsigned long long)is_protected, (unsigned long long)ordinary);
	assert_true(is_protected <= ordinary + ordinary / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_the_guests_kernel_are_decided),
		cmocka_unit_test(programs_of_the_guest_get_what_their_rules_say),
		cmocka_unit_test(xens_calls_get_the_plain_answer_of_their_number),
		cmocka_unit_test(hypervs_calls_get_the_plain_answer_of_their_number),
		cmocka_unit_test(all_pages_are_encrypted_of_which_nobody_has_said_anything),
		cmocka_unit_test(a_map_that_the_vmm_has_filled_stays),
		cmocka_unit_test(rip_and_rdi_are_not_looked_at),
		cmocka_unit_test(they_are_looked_at_in_other_guests),
		cmocka_unit_test(a_page_report_costs_what_it_costs_others),
	};

	return cmocka_run_group_tests_name("encrypted", tests, setup, teardown);
}
