// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of vCPUs whose registers are encrypted: no policy is asked, and what rules deny
 * is denied. The module protect stands in for such a vCPU.
 */
#include "rules.h"
#include "standard_policy.h"

#define KVM HCBPF_ABI_KVM
#define DENIED 0x90
#define SERVED HCBPF_HC_DOORBELL
#define KVM_ENOSYS_RET ((uint64_t)-1000)

static int protected_setup(void **state)
{
	return standard_setup(state) ?: sh("modprobe protect");
}

static int protected_teardown(void **state)
{
	return sh("rmmod protect") ?: standard_teardown(state);
}

static void what_rules_deny_is_denied(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(KVM, DENIED, ANY, -38),
		port_rule(KVM, SERVED, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -22),
	};
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal((int64_t)kvm_call(&rig, DENIED, 0), -38);
	/* Not served, though the port is set: the port's number is not known to be true. */
	assert_int_equal((int64_t)kvm_call(&rig, SERVED, PORT), -22);
	assert_int_equal(efd_take(rig.efd), 0);
	assert_int_equal(rig_stats(&rig).done, 2);
	rig_down(&rig);
}

static void all_else_passes(void **state)
{
	const struct hcbpf_rule rules[] = {
		rule(KVM, DENIED, ANY, HCBPF_RULE_EXIT),
		port_rule(KVM, SERVED, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_PASS, 0),
	};
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, DENIED, 0) == KVM_ENOSYS_RET);
	assert_true(kvm_call(&rig, SERVED, PORT) == KVM_ENOSYS_RET);
	assert_int_equal(efd_take(rig.efd), 0);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 0);
	assert_int_equal(rig_stats(&rig).nested, 2);
	rig_down(&rig);
}

/* The stand-in stands in: without it the same call is served. */
static void the_same_call_is_served_once_nothing_is_protected(void **state)
{
	struct rig rig;

	(void)state;
	assert_int_equal(sh("rmmod protect"), 0);
	rig_up_serving(&rig, &kvm64);
	assert_int_equal(kvm_call(&rig, SERVED, PORT), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
	assert_int_equal(sh("modprobe protect"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_rules_deny_is_denied),
		cmocka_unit_test(all_else_passes),
		cmocka_unit_test(the_same_call_is_served_once_nothing_is_protected),
	};

	return cmocka_run_group_tests_name("protected", tests, protected_setup, protected_teardown);
}
