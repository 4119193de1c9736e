// SPDX-License-Identifier: GPL-2.0-only
/*
 * What VMs pay that are not bound, in instructions: the lab's --icount makes a
 * tick of the TSC one instruction of guest and kernel together. The guest makes
 * a call that KVM answers at once.
 */
#include <stdlib.h>
#include "rig.h"

#define ROUNDS 50
#define LOOPS 40
#define KVM_NULL_CALL 1		/* KVM_HC_VAPIC_POLL_IRQ: 0, and nothing else */
#define UNBOUND_LIMIT 25

/* Instructions per call: the least of many short loops, free of the host's interrupts. */
static double cost(void)
{
	const struct kvm_vm_conf conf = { 0 };
	struct kvm_start start = { .program = GUEST_CALLS, .count = ROUNDS, .nr = KVM_NULL_CALL };
	uint64_t least = ~0ULL;
	struct kvm_vm *vm;
	int i;

	assert_kvm(kvm_vm_create(&conf, &vm));
	for (i = 0; i < LOOPS; i++) {
		run_guest(vm, &start);
		assert_int_equal(kvm_block(&vm->vcpus[0])->zero, ROUNDS);
		if (kvm_block(&vm->vcpus[0])->tsc < least)
			least = kvm_block(&vm->vcpus[0])->tsc;
	}
	kvm_vm_destroy(vm);
	return (double)least / ROUNDS;
}

static double without_module;

static int group_setup(void **state)
{
	(void)state;
	without_module = cost();
	return sh("modprobe hcbpf");
}

static void expect_added(double limit)
{
	double added = cost() - without_module;

	print_message("# %.1f instructions more than without the module\n", added);
	if (added > limit || added < -limit - 1)
		fail_msg("%.1f instructions more, not at most %.1f", added, limit);
}

static void with_nothing_bound_a_call_costs_nothing_more(void **state)
{
	(void)state;
	expect_added(0.5);
}

static void an_unbound_vm_pays_at_most_25_instructions(void **state)
{
	const struct kvm_vm_conf conf = { 0 };
	struct policy standard;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &conf, NULL);
	expect_added(UNBOUND_LIMIT);
	rig_down(&rig);
	policy_unload(&standard);
}

static void after_the_last_unbind_a_call_costs_nothing_more(void **state)
{
	(void)state;
	assert_true(wait_until(hc_info().hook == HCBPF_HOOK_NONE, 2000));
	expect_added(0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_nothing_bound_a_call_costs_nothing_more),
		cmocka_unit_test(an_unbound_vm_pays_at_most_25_instructions),
		cmocka_unit_test(after_the_last_unbind_a_call_costs_nothing_more),
	};

	return cmocka_run_group_tests_name("cost", tests, group_setup, NULL);
}
