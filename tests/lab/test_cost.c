// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls cost, in instructions: the lab's --icount makes a tick of the TSC
 * one instruction of guest and kernel together.
 */
#include <stdlib.h>
#include <sys/resource.h>
#include "rig.h"

#define ROUNDS 50
#define LOOPS 40
#define KVM_NULL_CALL 1		/* KVM_HC_VAPIC_POLL_IRQ: 0, and nothing else */
#define NAMED_CALL 77		/* for rules; nothing to KVM */
#define UNBOUND_LIMIT 25
#define PASS_LIMIT 200
#define ASK_LIMIT 550
#define SAME_COST 0.02		/* of the dearer one */
#define MANY_RULES 65536
#define MANY_VMS 1000

static const struct kvm_vm_conf plain = { 0 };

/* Instructions per call: the least of many short loops, free of the host's interrupts. */
static double cost_in(struct kvm_vm *vm, uint64_t nr)
{
	struct kvm_start start = { .program = GUEST_CALLS, .count = ROUNDS, .nr = nr };
	uint64_t least = ~0ULL;
	int i;

	for (i = 0; i < LOOPS; i++) {
		run_guest(vm, &start);
		assert_int_equal(kvm_block(&vm->vcpus[0])->zero, ROUNDS);
		if (kvm_block(&vm->vcpus[0])->tsc < least)
			least = kvm_block(&vm->vcpus[0])->tsc;
	}
	return (double)least / ROUNDS;
}

/* Of the call that KVM answers at once, in a VM that is not bound. */
static double cost(void)
{
	struct kvm_vm *vm;
	double result;

	assert_kvm(kvm_vm_create(&plain, &vm));
	result = cost_in(vm, KVM_NULL_CALL);
	kvm_vm_destroy(vm);
	return result;
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
	struct policy standard;
	struct rig rig;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
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

static void expect_pass_to_add(const char *object, const char *name, double limit)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = name);
	struct policy policy;
	struct rig rig;
	double added;

	assert_ok(policy_load(&policy, object));
	rig_up(&rig, &plain, &opts);
	added = cost_in(rig.vm, KVM_NULL_CALL) - without_module;
	print_message("# %.1f instructions more than without the module\n", added);
	if (added > limit)
		fail_msg("%.1f instructions more, not at most %.1f", added, limit);
	assert_true(rig_stats(&rig).pass > 0);
	rig_down(&rig);
	policy_unload(&policy);
}

static void a_call_that_the_policy_passes_pays_at_most_200_instructions(void **state)
{
	(void)state;
	expect_pass_to_add("standard.bpf.o", "standard", PASS_LIMIT);
}

/* This one lists no calls, so it is asked about each; 0 as the argument makes it pass. */
static void a_call_that_the_policy_is_asked_about_pays_at_most_550_instructions(void **state)
{
	(void)state;
	expect_pass_to_add("bad_verdict.bpf.o", "bad_verdict", ASK_LIMIT);
}

static void expect_same(double few, double many, const char *what)
{
	print_message("# %s: %.1f and %.1f instructions\n", what, few, many);
	if (many > few * (1 + SAME_COST) || few > many * (1 + SAME_COST))
		fail_msg("%s: %.1f and %.1f instructions", what, few, many);
}

/* Calls of NAMED_CALL are answered with 0, and as many others have rules of their own. */
static double cost_with_rules(struct rig *rig, uint32_t nr)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct hcbpf_rule *rules = calloc(nr, sizeof(*rules));
	uint32_t i;

	assert_non_null(rules);
	for (i = 0; i < nr; i++) {
		rules[i].abi = HCBPF_ABI_KVM;
		rules[i].nr = NAMED_CALL + i;
		rules[i].sub = HCBPF_RULE_ANY;
		rules[i].action = HCBPF_RULE_DENY;
	}
	assert_ok(hcbpf_rules_set(rig->hc, rules, nr, &opts));
	free(rules);
	return cost_in(rig->vm, NAMED_CALL);
}

static void the_number_of_rules_does_not_matter(void **state)
{
	struct policy standard;
	struct rig rig;
	double few;

	(void)state;
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	few = cost_with_rules(&rig, 1);
	expect_same(few, cost_with_rules(&rig, MANY_RULES), "1 and 65536 rules");
	rig_down(&rig);
	policy_unload(&standard);
}

static void the_number_of_bound_vms_does_not_matter(void **state)
{
	const struct kvm_vm_conf small = { .mem_size = GUEST_DATA + 0x1000 };
	const struct rlimit files = { 8 * MANY_VMS, 8 * MANY_VMS };
	static struct kvm_vm *vms[MANY_VMS];
	static int fds[MANY_VMS];
	struct policy standard;
	struct rig rig;
	double few;
	int i;

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_ok(policy_load(&standard, "standard.bpf.o"));
	rig_up(&rig, &plain, NULL);
	few = cost_with_rules(&rig, 1);
	for (i = 1; i < MANY_VMS; i++) {
		assert_kvm(kvm_vm_create(&small, &vms[i]));
		fds[i] = assert_fd(hc_bind(vms[i]->fd, "standard"));
	}
	expect_same(few, cost_with_rules(&rig, 1), "1 and 1000 VMs bound");
	for (i = 1; i < MANY_VMS; i++) {
		kvm_vm_destroy(vms[i]);
		close(fds[i]);
	}
	rig_down(&rig);
	policy_unload(&standard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_nothing_bound_a_call_costs_nothing_more),
		cmocka_unit_test(an_unbound_vm_pays_at_most_25_instructions),
		cmocka_unit_test(after_the_last_unbind_a_call_costs_nothing_more),
		cmocka_unit_test(a_call_that_the_policy_passes_pays_at_most_200_instructions),
		cmocka_unit_test(a_call_that_the_policy_is_asked_about_pays_at_most_550_instructions),
		cmocka_unit_test(the_number_of_rules_does_not_matter),
		cmocka_unit_test(the_number_of_bound_vms_does_not_matter),
	};

	return cmocka_run_group_tests_name("cost", tests, group_setup, NULL);
}
