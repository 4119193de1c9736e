// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF programs that trace the function that the module redirects. One at its end calls
 * what we redirect to: that must be a function, with the registers of one.
 */
#include <bpf/libbpf.h>
#include "rig.h"
#include "standard_policy.h"

static const struct kvm_vm_conf plain;

struct tracer {
	struct policy policy;	/* just the object */
	struct bpf_link *link[2];
	__u64 *counts;
};

/* Only what is at the function's start, or that and what is at its end. */
static void trace(struct tracer *tracer, bool at_end)
{
	static const char *const names[] = { "count_entry", "count_exit" };
	int i;

	assert_ok(policy_open(&tracer->policy, "fexit.bpf.o"));
	for (i = 0; i < 2; i++) {
		struct bpf_program *prog;

		prog = bpf_object__find_program_by_name(tracer->policy.object, names[i]);
		assert_ok(bpf_program__set_attach_target(prog, 0, HOOKED_FUNCTION));
	}
	assert_ok(bpf_object__load(tracer->policy.object));
	tracer->counts = policy_state(&tracer->policy, 4 * sizeof(*tracer->counts));
	for (i = 0; i <= at_end; i++) {
		struct bpf_program *prog;

		prog = bpf_object__find_program_by_name(tracer->policy.object, names[i]);
		tracer->link[i] = bpf_program__attach(prog);
		if (!tracer->link[i])
			fail_msg("%s: %s", names[i], strerror(errno));
	}
}

static void untrace(struct tracer *tracer)
{
	bpf_link__destroy(tracer->link[0]);
	bpf_link__destroy(tracer->link[1]);
	policy_unload(&tracer->policy);
	memset(tracer, 0, sizeof(*tracer));
}

#define CALLS 100

/* Served, passed, and sent to the VMM: all as without a tracer, which sees each. */
static void expect_all(struct rig *rig, struct tracer *tracer)
{
	const struct hcbpf_rule rules[] = {
		{ .abi = HCBPF_ABI_SMCCC, .nr = 77, .sub = HCBPF_RULE_ANY, .action = HCBPF_RULE_EXIT },
		{ .abi = HCBPF_ABI_SMCCC, .nr = HCBPF_SMCCC_DOORBELL, .sub = HCBPF_RULE_ANY,
		  .action = HCBPF_RULE_DOORBELL, .otherwise = HCBPF_RULE_PASS },
	};
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .flags = HCBPF_RULES_FORCE);
	struct kvm_start exits = { .program = GUEST_CALLS, .count = CALLS, .nr = 77 };
	struct kvm_start served = doorbells(PORT, CALLS, PLAIN_ABI);
	struct kvm_start passed = doorbells(PORT + 1, CALLS, PLAIN_ABI);
	struct kvm_vcpu *vcpu = &rig->vm->vcpus[0];
	bool at_end = tracer && tracer->link[1];

	if (tracer)
		memset(tracer->counts, 0, 4 * sizeof(*tracer->counts));
	assert_ok(hcbpf_rules_set(rig->hc, rules, ARRAY_LEN(rules), &opts));
	run_guest(rig->vm, &served);
	assert_int_equal(kvm_block(vcpu)->zero, CALLS);
	assert_int_equal(efd_take(rig->efd), CALLS);
	run_guest(rig->vm, &passed);
	assert_int_equal(kvm_block(vcpu)->other, CALLS);
	run_guest(rig->vm, &exits);
	assert_int_equal(vcpu->exits.hypercall, CALLS);
	if (!tracer)
		return;
	assert_int_equal(tracer->counts[0], 3 * CALLS);
	assert_int_equal(tracer->counts[1], at_end ? CALLS : 0);
	assert_int_equal(tracer->counts[2], at_end ? 2 * CALLS : 0);
	assert_int_equal(tracer->counts[3], 0);
}

static void tracers_before_the_hook_see_every_call(void **state)
{
	struct tracer tracer = { 0 };
	struct rig rig;
	int at_end;

	(void)state;
	for (at_end = 0; at_end < 2; at_end++) {
		trace(&tracer, at_end);
		rig_up_serving(&rig, &plain);
		expect_all(&rig, &tracer);
		untrace(&tracer);
		expect_all(&rig, NULL);
		rig_down(&rig);
		assert_true(wait_until(hc_info().hook == HCBPF_HOOK_NONE, 5000));
	}
}

static void tracers_behind_the_hook_see_every_call(void **state)
{
	struct tracer tracer = { 0 };
	struct rig rig;
	int at_end;

	(void)state;
	for (at_end = 0; at_end < 2; at_end++) {
		rig_up_serving(&rig, &plain);
		expect_all(&rig, NULL);
		trace(&tracer, at_end);
		expect_all(&rig, &tracer);
		untrace(&tracer);
		expect_all(&rig, NULL);
		rig_down(&rig);
		assert_true(wait_until(hc_info().hook == HCBPF_HOOK_NONE, 5000));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tracers_before_the_hook_see_every_call),
		cmocka_unit_test(tracers_behind_the_hook_see_every_call),
	};

	return cmocka_run_group_tests_name("tracers", tests, standard_setup, standard_teardown);
}
