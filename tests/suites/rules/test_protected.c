// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of vCPUs whose registers are encrypted, for which the module protect stands in: what
 * they say in registers that KVM has is decided; of the rest, what rules deny is denied. The suite
 * encrypted goes further; this runs on every kernel.
 */
#include "rules.h"
#include "standard_policy.h"

#define KVM HCBPF_ABI_KVM
#define XEN HCBPF_ABI_XEN
#define DENIED 0x90
#define EXITS 0x91
#define SERVED HCBPF_HC_DOORBELL

static int protected_setup(void **state)
{
	return standard_setup(state) ?: sh("modprobe protect");
}

static int protected_teardown(void **state)
{
	return sh("rmmod protect") ?: standard_teardown(state);
}

static void calls_of_kvms_abi_are_decided(void **state)
{
	const struct kvm_start exits = { .nr = EXITS, .args = { 7 }, .abi = PLAIN_ABI,
					 .program = GUEST_CALL_ONCE, .count = 1 };
	const struct hcbpf_rule rules[] = {
		deny(KVM, DENIED, ANY, -38),
		rule(KVM, EXITS, ANY, HCBPF_RULE_EXIT),
		port_rule(KVM, SERVED, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -22),
	};
	struct kvm_run *run;
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &kvm64);
	assert_false(rig_info(&rig).state & HCBPF_VM_ENCRYPTED);
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal((int64_t)kvm_call(&rig, DENIED, 0), -38);
	assert_int_equal((int64_t)kvm_call(&rig, SERVED, PORT), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	run = run_to_exit(&rig, &exits);
	assert_int_equal(run->hypercall.args[0], 7);
	assert_true(exit_flags(run) & EXIT_FLAGS_64);
	run->hypercall.ret = 0x123456789abc;
	assert_int_equal(finish_result(&rig), 0x123456789abc);
	assert_int_equal(rig_stats(&rig).nested, 0);
	assert_true(rig_info(&rig).state & HCBPF_VM_ENCRYPTED);
	rig_down(&rig);
}

/* Xen's ABI has its arguments where KVM has nothing. KVM takes the same call for one of its own. */
static void of_other_abis_what_rules_deny_is_denied(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = XEN);
	const struct hcbpf_rule rules[] = {
		deny(XEN, DENIED, ANY, -38),
		rule(XEN, EXITS, ANY, HCBPF_RULE_EXIT),
		port_rule(XEN, SERVED, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -22),
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, &opts);
	assert_ok(hcbpf_port_set(rig.hc, PORT, 0));
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal((int64_t)xen_call(&rig, DENIED, 0, 0), -38);
	/* Not served, though the port is set: the port's number is not known to be true. */
	assert_int_equal((int64_t)xen_call(&rig, SERVED, PORT, 0), -22);
	assert_int_equal(efd_take(rig.efd), 0);
	assert_int_equal(rig_stats(&rig).done, 2);
	assert_true(xen_call(&rig, EXITS, 0, 0) == PLAIN_ANSWER);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 0);
	assert_int_equal(rig_stats(&rig).nested, 1);
	rig_down(&rig);
}

/* The stand-in stands in: without it the same call is served. */
static void the_same_call_is_served_once_nothing_is_protected(void **state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .abi = XEN);
	struct rig rig;

	(void)state;
	assert_int_equal(sh("rmmod protect"), 0);
	rig_up(&rig, &kvm64, &opts);
	assert_ok(hcbpf_port_set(rig.hc, PORT, 0));
	assert_int_equal(xen_call(&rig, SERVED, PORT, 0), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	rig_down(&rig);
	assert_int_equal(sh("modprobe protect"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_of_kvms_abi_are_decided),
		cmocka_unit_test(of_other_abis_what_rules_deny_is_denied),
		cmocka_unit_test(the_same_call_is_served_once_nothing_is_protected),
	};

	return cmocka_run_group_tests_name("protected", tests, protected_setup, protected_teardown);
}
