// SPDX-License-Identifier: GPL-2.0-only
/* Rules: which one counts, what each does, and how they are replaced. */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include "rules.h"
#include "standard_policy.h"

#define XEN HCBPF_ABI_XEN
#define KVM PLAIN_ABI
#define EVTCHN XEN_HYPERCALL_EVENT_CHANNEL_OP
#define SEND XEN_EVTCHNOP_SEND
#define MAX_RULES 65536

/* The harness's VMM answers so, or KVM where it is not asked. */
#define VMM_ANSWER XEN_ANSWER

/* ---- which rule counts ---- */

static void the_most_exact_rule_counts(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(XEN, 29, 3, -11), deny(XEN, 29, ANY, -22), deny(XEN, ANY, ANY, -33),
		rule(XEN, 29, 4, HCBPF_RULE_PASS), deny(XEN, 30, 3, -44),
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &xen64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal((int64_t)xen_call(&rig, 29, 3, 0), -11);
	assert_int_equal((int64_t)xen_call(&rig, 29, 5, 0), -22);
	assert_int_equal((int64_t)xen_call(&rig, 28, 3, 0), -33);
	assert_int_equal((int64_t)xen_call(&rig, 30, 3, 0), -44);
	assert_int_equal((int64_t)xen_call(&rig, 30, 4, 0), -33);
	expect_xen_exits(rig.vm, 0);
	assert_true(xen_call(&rig, 29, 4, 0) == VMM_ANSWER);
	expect_xen_exits(rig.vm, 1);
	/* Sub-operations with high bits, and ANY itself, are those of no rule. */
	assert_int_equal((int64_t)xen_call(&rig, 29, 3 | 1ULL << 32, 0), -22);
	assert_int_equal((int64_t)xen_call(&rig, 29, ANY, 0), -22);
	/* So are numbers. */
	assert_int_equal((int64_t)xen_call(&rig, 29 | 1ULL << 32, 3, 0), -33);
	rig_down(&rig);
}

static void without_a_default_unnamed_calls_pass(void **state)
{
	const struct hcbpf_rule rules[] = { deny(XEN, 29, ANY, -22) };
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA, PORT);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(xen_call(&rig, 28, 0, 0) == VMM_ANSWER);
	/* With rules, sends and doorbells too are only what a rule makes of them. */
	assert_true(xen_call(&rig, EVTCHN, SEND, GUEST_DATA) == VMM_ANSWER);
	assert_true(xen_call(&rig, HCBPF_HC_DOORBELL, PORT, 0) == VMM_ANSWER);
	assert_int_equal(efd_take(rig.efd), 0);
	rig_down(&rig);
}

static void without_rules_the_policy_does_as_it_likes(void **state)
{
	const struct hcbpf_rule rules[] = { rule(XEN, 29, ANY, HCBPF_RULE_PASS) };
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &xen64);
	put_port(rig.vm, GUEST_DATA, PORT);
	assert_true(xen_call(&rig, EVTCHN, SEND, GUEST_DATA) == 0);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(xen_call(&rig, EVTCHN, SEND, GUEST_DATA) == VMM_ANSWER);
	assert_ok(set_rules(&rig, NULL, 0));
	assert_true(xen_call(&rig, EVTCHN, SEND, GUEST_DATA) == 0);
	assert_int_equal(efd_take(rig.efd), 2);
	rig_down(&rig);
}

/* The rules of one ABI mean nothing in another. */
static void rules_belong_to_an_abi(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(XEN, ANY, ANY, -1), deny(HCBPF_ABI_HYPERV, ANY, ANY, -2),
		deny(FOREIGN_ABI, ANY, ANY, -3), deny(KVM, 0x90, ANY, -4),
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(kvm_call(&rig, 0x80, 0) == KVM_ANSWER);
	assert_int_equal((int64_t)kvm_call(&rig, 0x90, 0), -4);
	rig_down(&rig);
}

/* ---- what a rule does ---- */

static void a_denied_call_gets_its_result_sign_extended(void **state)
{
	static const int32_t rets[] = { 0, 1, -38, INT32_MAX, INT32_MIN };
	struct hcbpf_rule rules[1];
	struct rig rig;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rets); i++) {
		rules[0] = deny(KVM, 0x90, ANY, rets[i]);
		rig_up(&rig, &kvm64, NULL);
		assert_ok(SET_RULES(&rig, rules));
		assert_true(kvm_call(&rig, 0x90, 0) == (uint64_t)(int64_t)rets[i]);
		rig_down(&rig);
		rig_up(&rig, &kvm32, NULL);
		assert_ok(SET_RULES(&rig, rules));
		assert_true(kvm_call(&rig, 0x90, 0) == (uint32_t)rets[i]);
		rig_down(&rig);
	}
}

static int answer_77(struct kvm_vcpu *vcpu, void *arg)
{
	(void)arg;
	vcpu->run->hypercall.ret = 77;
	return 0;
}

static void an_exit_rule_asks_the_vmm(void **state)
{
	const struct hcbpf_rule rules[] = { rule(XEN, 29, 3, HCBPF_RULE_EXIT) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &xen64, NULL);
	rig.vm->on_exit = answer_77;
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal(xen_call(&rig, 29, 3, 0), 77);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 1);
	expect_xen_exits(rig.vm, 0);
	assert_int_equal(rig_stats(&rig).exits, 1);
	rig_down(&rig);
}

/* What becomes of a port that is known, and of one that is not. */
static void expect_otherwise(uint8_t otherwise, int32_t ret, uint64_t unknown)
{
	const struct hcbpf_rule rules[] = {
		port_rule(XEN, EVTCHN, SEND, HCBPF_RULE_SEND, otherwise, ret),
		port_rule(XEN, HCBPF_HC_DOORBELL, ANY, HCBPF_RULE_DOORBELL, otherwise, ret),
		/* The number is the rule's: any call can be a doorbell. */
		port_rule(XEN, 50, ANY, HCBPF_RULE_DOORBELL, otherwise, ret),
	};
	struct rig rig;
	uint64_t passed;

	rig_up_serving(&rig, &xen64);
	rig.vm->on_exit = otherwise == HCBPF_RULE_EXIT ? answer_77 : NULL;
	assert_ok(SET_RULES(&rig, rules));
	put_port(rig.vm, GUEST_DATA, PORT);
	put_port(rig.vm, GUEST_DATA + 8, PORT + 1);
	assert_int_equal(xen_call(&rig, EVTCHN, SEND, GUEST_DATA), 0);
	assert_int_equal(xen_call(&rig, HCBPF_HC_DOORBELL, PORT, 0), 0);
	assert_int_equal(xen_call(&rig, 50, PORT, 0), 0);
	assert_int_equal(efd_take(rig.efd), 3);
	assert_true(xen_call(&rig, EVTCHN, SEND, GUEST_DATA + 8) == unknown);
	assert_true(xen_call(&rig, HCBPF_HC_DOORBELL, PORT + 1, 0) == unknown);
	assert_true(xen_call(&rig, 50, PORT + 1, 0) == unknown);
	/* A known port whose slot is empty is not known enough. */
	assert_ok(hcbpf_port_set(rig.hc, PORT, 7));
	assert_true(xen_call(&rig, 50, PORT, 0) == unknown);
	assert_int_equal(efd_take(rig.efd), 0);
	passed = otherwise == HCBPF_RULE_PASS ? 4 : 0;
	assert_int_equal(rig_stats(&rig).pass, passed);
	assert_int_equal(rig_stats(&rig).exits, otherwise == HCBPF_RULE_EXIT ? 4 : 0);
	assert_int_equal(rig_stats(&rig).signals, 3);
	rig_down(&rig);
}

static void unknown_ports_get_what_otherwise_says(void **state)
{
	(void)state;
	expect_otherwise(HCBPF_RULE_PASS, 0, VMM_ANSWER);
	expect_otherwise(HCBPF_RULE_DENY, -22, (uint64_t)-22);
	expect_otherwise(HCBPF_RULE_EXIT, 0, 77);
}

/*
 * A guest hibernated on an old host goes on on a new one, which serves FIFO
 * event channels. Its boot kernel must not find them, or it switches the host
 * to FIFO under a kernel that knows two levels only.
 */
static void a_hibernated_guest_finds_no_fifo_on_a_new_host(void **state)
{
	enum { INIT_CONTROL = 11, EXPAND_ARRAY = 12, SET_PRIORITY = 13 };
	const struct hcbpf_rule old_host[] = {
		deny(XEN, EVTCHN, INIT_CONTROL, -ENOSYS), deny(XEN, EVTCHN, EXPAND_ARRAY, -ENOSYS),
		deny(XEN, EVTCHN, SET_PRIORITY, -ENOSYS),
		port_rule(XEN, EVTCHN, SEND, HCBPF_RULE_SEND, HCBPF_RULE_PASS, 0),
	};
	struct rig rig;
	int op;

	(void)state;
	rig_up_serving(&rig, &xen64);
	rig.vm->on_exit = NULL;
	put_port(rig.vm, GUEST_DATA, PORT);
	/* The new host's VMM serves them: it would be asked. */
	for (op = INIT_CONTROL; op <= SET_PRIORITY; op++) {
		xen_call(&rig, EVTCHN, op, GUEST_DATA);
		expect_xen_exits(rig.vm, 1);
	}
	assert_ok(SET_RULES(&rig, old_host));
	for (op = INIT_CONTROL; op <= SET_PRIORITY; op++) {
		assert_true(xen_call(&rig, EVTCHN, op, GUEST_DATA) == (uint64_t)-ENOSYS);
		expect_xen_exits(rig.vm, 0);
	}
	assert_int_equal(xen_call(&rig, EVTCHN, SEND, GUEST_DATA), 0);
	assert_int_equal(efd_take(rig.efd), 1);
	xen_call(&rig, EVTCHN, 6 /* alloc_unbound */, GUEST_DATA);
	expect_xen_exits(rig.vm, 1);
	/* And nobody opens them by accident. */
	assert_return(set_rules(&rig, old_host + 1, 3), -EBUSY);
	assert_return(set_rules(&rig, NULL, 0), -EBUSY);
	rig_down(&rig);
}

/* ---- callers that no policy is asked about ---- */

#ifdef __x86_64__	/* elsewhere user mode has no hypercalls */
static const struct kvm_vm_conf user_vms[] = {
	{ .cpl = 3, .xen = true }, { .cpl = 3, .xen = true, .mode = GUEST_32 }, { .cpl = 3 },
};

static uint64_t user_call(struct rig *rig, bool xen, uint64_t arg)
{
	uint64_t got = xen ? xen_call(rig, 29, arg, 0) : kvm_call(rig, 29, arg);

	return (int32_t)got;
}

/* By the number or by the default, and of calls that it would serve: KVM and VMM are not asked. */
static void what_rules_deny_is_denied_to_user_programs(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(user_vms); i++) {
		bool xen = user_vms[i].xen;
		uint8_t abi = xen ? XEN : KVM;
		const struct hcbpf_rule rules[][1] = {
			{ deny(abi, 29, ANY, -38) }, { deny(abi, ANY, ANY, -38) },
			{ port_rule(abi, 29, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -38) },
		};
		unsigned int j;

		for (j = 0; j < ARRAY_LEN(rules); j++) {
			struct rig rig;

			rig_up_serving(&rig, &user_vms[i]);
			assert_ok(SET_RULES(&rig, rules[j]));
			assert_int_equal((int64_t)user_call(&rig, xen, PORT), -38);
			expect_xen_exits(rig.vm, 0);
			assert_int_equal(rig_stats(&rig).done, 1);
			assert_int_equal(rig_stats(&rig).user_mode, 0);
			assert_int_equal(efd_take(rig.efd), 0);
			rig_down(&rig);
		}
	}
}

/* What a rule gives to the guest's kernel, user programs do not get. */
static void other_rules_give_user_programs_nothing(void **state)
{
	const struct hcbpf_rule rules[] = {
		rule(XEN, 29, 1, HCBPF_RULE_EXIT),
		port_rule(XEN, 29, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_EXIT, 0),
	};
	struct rig rig;

	(void)state;
	rig_up_serving(&rig, &user_vms[0]);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(xen_call(&rig, 29, 1, 0) == VMM_ANSWER);
	assert_true(xen_call(&rig, 29, PORT, 0) == VMM_ANSWER);
	expect_xen_exits(rig.vm, 1);
	assert_int_equal(rig.vm->vcpus[0].exits.hypercall, 0);
	assert_int_equal(rig_stats(&rig).user_mode, 2);
	assert_int_equal(efd_take(rig.efd), 0);
	rig_down(&rig);
}

static void a_rule_may_say_otherwise_for_user_programs(void **state)
{
	struct hcbpf_rule rules[] = { deny(XEN, 29, 1, -38), rule(XEN, 29, 2, HCBPF_RULE_PASS) };
	struct rig rig;

	(void)state;
	rules[0].user = HCBPF_RULE_PASS;
	rules[1].user = HCBPF_RULE_DENY;
	rules[1].ret = -22;
	rig_up(&rig, &user_vms[0], NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_true(xen_call(&rig, 29, 1, 0) == VMM_ANSWER);
	assert_int_equal((int64_t)xen_call(&rig, 29, 2, 0), -22);
	/* To let them in again is to answer what was denied. */
	rules[1].user = rules[1].ret = 0;
	assert_return(SET_RULES(&rig, rules), -EBUSY);
	rig_down(&rig);
	rules[1].user = HCBPF_RULE_DENY;
	rig_up(&rig, &xen64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal((int64_t)xen_call(&rig, 29, 1, 0), -38);
	assert_true(xen_call(&rig, 29, 2, 0) == VMM_ANSWER);
	rig_down(&rig);
}
#endif

/* An operator who replaces a policy the blunt way leaves no gap in what is denied. */
static void without_a_policy_what_rules_deny_is_denied(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(KVM, 0x90, ANY, -4), rule(KVM, 0x80, ANY, HCBPF_RULE_EXIT),
	};
	struct rig rig;

	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, rules));
	standard_teardown(state);
	assert_int_equal((int64_t)kvm_call(&rig, 0x90, 0), -4);
	assert_true(kvm_call(&rig, 0x80, 0) == KVM_ANSWER);
	assert_int_equal(rig_stats(&rig).done, 1);
	assert_int_equal(rig_stats(&rig).no_policy, 1);
	assert_int_equal(standard_setup(state), 0);
	rig_down(&rig);
}

/* ---- taking rules ---- */

static uint32_t nr_rules(struct rig *rig)
{
	return rig_info(rig).nr_rules;
}

static struct hcbpf_rule user_rule(uint8_t abi, uint32_t nr, uint8_t action, uint8_t user,
				   int32_t ret)
{
	return (struct hcbpf_rule){
		.abi = abi, .nr = nr, .sub = ANY, .action = action, .user = user, .ret = ret,
	};
}

/* What <hcbpf/rule.h> allows, alone and beside all the others. */
static void well_formed_rules_are_taken(void **state)
{
	const struct hcbpf_rule rules[] = {
		rule(KVM, 1, ANY, HCBPF_RULE_PASS), deny(KVM, 2, ANY, -1), deny(KVM, 3, ANY, 0),
		rule(KVM, 4, ANY, HCBPF_RULE_EXIT), rule(KVM, ANY, ANY, HCBPF_RULE_EXIT),
		port_rule(KVM, 5, ANY, HCBPF_RULE_SEND, HCBPF_RULE_PASS, 0),
		port_rule(KVM, 6, ANY, HCBPF_RULE_SEND, HCBPF_RULE_DENY, -1),
		port_rule(KVM, 7, ANY, HCBPF_RULE_SEND, HCBPF_RULE_EXIT, 0),
		port_rule(KVM, 8, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -1),
		port_rule(KVM, 9, ANY, HCBPF_RULE_TRACK, HCBPF_RULE_DENY, -1),
		port_rule(KVM, 10, ANY, HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_EXIT, 0),
		rule(KVM, HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER),
		rule(KVM, HCBPF_HC_BUFFER_INSERT, ANY, HCBPF_RULE_BUFFER),
		rule(KVM, HCBPF_HC_BUFFER_PURGE, ANY, HCBPF_RULE_BUFFER),
		rule(KVM, 11, ANY, HCBPF_RULE_SDEI),
		rule(HCBPF_ABI_SMCCC, HCBPF_SMCCC_ARCH_FEATURES, ANY, HCBPF_RULE_DISCOVER),
		user_rule(KVM, 12, HCBPF_RULE_DENY, HCBPF_RULE_PASS, -1),
		user_rule(KVM, 13, HCBPF_RULE_EXIT, HCBPF_RULE_DENY, -1),
		user_rule(KVM, 14, HCBPF_RULE_EXIT, HCBPF_RULE_PASS, 0),
		/* Like one above but for the ABI or the sub-operation: another call. */
		rule(XEN, 1, ANY, HCBPF_RULE_PASS), rule(KVM, 1, 0, HCBPF_RULE_PASS),
		rule(KVM, 1, ANY - 1, HCBPF_RULE_PASS), rule(XEN, ANY, ANY, HCBPF_RULE_PASS),
	};
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	for (i = 0; i < ARRAY_LEN(rules); i++)
		if (set_rules(&rig, &rules[i], 1))
			fail_msg("rule %u was refused", i);
	assert_ok(SET_RULES(&rig, rules));
	assert_int_equal(nr_rules(&rig), ARRAY_LEN(rules));
	rig_down(&rig);
}

static void malformed_rules_change_nothing(void **state)
{
	const struct hcbpf_rule good = deny(KVM, 0x90, ANY, -4);
	const struct hcbpf_rule bad[] = {
		{ .abi = HCBPF_ABI_AUTO, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS },
		{ .abi = HCBPF_NR_ABIS, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS },
		{ .abi = 255, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS },
		rule(KVM, 1, ANY, HCBPF_RULE_NONE),
		rule(KVM, 1, ANY, HCBPF_RULE_DOORBELL + 1),
		rule(KVM, 1, ANY, 255),
		rule(KVM, ANY, 1, HCBPF_RULE_PASS),
		{ .abi = KVM, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS, .user = 255 },
		{ .abi = KVM, .nr = 1, .sub = ANY, .action = HCBPF_RULE_EXIT,
		  .user = HCBPF_RULE_EXIT },
		{ .abi = KVM, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS,
		  .user = HCBPF_RULE_PASS, .ret = 1 },
		{ .abi = KVM, .nr = 1, .sub = ANY, .action = HCBPF_RULE_PASS, .ret = 1 },
		{ .abi = KVM, .nr = 1, .sub = ANY, .action = HCBPF_RULE_EXIT, .ret = 1 },
		port_rule(KVM, 1, ANY, HCBPF_RULE_PASS, HCBPF_RULE_PASS, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_DENY, HCBPF_RULE_DENY, -1),
		port_rule(KVM, 1, ANY, HCBPF_RULE_EXIT, HCBPF_RULE_EXIT, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_SEND, HCBPF_RULE_NONE, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_SEND, HCBPF_RULE_SEND, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DOORBELL, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_DOORBELL, 255, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_PASS, -1),
		port_rule(KVM, 1, ANY, HCBPF_RULE_SEND, HCBPF_RULE_EXIT, 1),
		good,	/* there twice, see below */
		rule(KVM, 1, ANY, HCBPF_NR_ACTIONS),
		rule(HCBPF_ABI_KVM, HCBPF_SMCCC_ARCH_FEATURES, ANY, HCBPF_RULE_DISCOVER),
		rule(HCBPF_ABI_SMCCC, HCBPF_SMCCC_ARCH_FEATURES + 1, ANY, HCBPF_RULE_DISCOVER),
		rule(HCBPF_ABI_SMCCC, ANY, ANY, HCBPF_RULE_DISCOVER),
		rule(KVM, 1, ANY, HCBPF_RULE_TRACK),
		rule(KVM, 1, ANY, HCBPF_RULE_TRACK_EXIT),
		port_rule(KVM, 1, ANY, HCBPF_RULE_TRACK_EXIT, HCBPF_RULE_TRACK, 0),
		rule(KVM, 1, ANY, HCBPF_RULE_BUFFER),
		rule(KVM, ANY, ANY, HCBPF_RULE_BUFFER),
		rule(KVM, HCBPF_HC_DOORBELL, ANY, HCBPF_RULE_BUFFER),
		port_rule(KVM, HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER, HCBPF_RULE_PASS, 0),
		port_rule(KVM, HCBPF_HC_FEATURES, ANY, HCBPF_RULE_BUFFER, 0, -1),
		port_rule(KVM, 1, ANY, HCBPF_RULE_SDEI, HCBPF_RULE_PASS, 0),
		port_rule(KVM, 1, ANY, HCBPF_RULE_SDEI, 0, -1),
		user_rule(KVM, 1, HCBPF_RULE_EXIT, HCBPF_RULE_DOORBELL, 0),
		user_rule(KVM, 1, HCBPF_RULE_DENY, HCBPF_RULE_EXIT, -1),
	};
	struct hcbpf_rule rules[3] = { good, rule(KVM, 0x80, ANY, HCBPF_RULE_PASS) };
	struct rig rig;
	unsigned int i;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(set_rules(&rig, &good, 1));
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		rules[2] = bad[i];
		if (SET_RULES(&rig, rules) != -EINVAL)
			fail_msg("bad rule %u was taken", i);
		assert_int_equal(nr_rules(&rig), 1);
		assert_int_equal(rig_info(&rig).rules_generation, 1);
		assert_int_equal((int64_t)kvm_call(&rig, 0x90, 0), -4);
	}
	rules[2] = deny(KVM, 0x90, ANY, -5);	/* not the same, but for the same call */
	assert_return(SET_RULES(&rig, rules), -EINVAL);
	rules[2] = rules[1] = deny(KVM, ANY, ANY, -5);
	assert_return(SET_RULES(&rig, rules), -EINVAL);
	assert_return(set_rules_with(&rig, &good, 1, 4, 0), -EINVAL);
	assert_return(set_rules(&rig, (void *)8, 1), -EFAULT);
	assert_string_equal(rig_info(&rig).profile, "test");
	rig_down(&rig);
}

static struct hcbpf_rule *many_rules(uint32_t nr)
{
	struct hcbpf_rule *rules = calloc(nr, sizeof(*rules));
	uint32_t i;

	assert_non_null(rules);
	for (i = 0; i < nr; i++)
		rules[i] = deny(XEN, i % 256, i / 256, -1000 - (int32_t)i);
	return rules;
}

static void many_rules_are_taken_and_found(void **state)
{
	struct hcbpf_rule *rules = many_rules(MAX_RULES + 1);
	struct rig rig;
	uint32_t i;

	(void)state;
	rig_up(&rig, &xen64, NULL);
	assert_return(set_rules(&rig, rules, MAX_RULES + 1), -E2BIG);
	assert_return(set_rules(&rig, rules, UINT32_MAX), -E2BIG);
	assert_int_equal(nr_rules(&rig), 0);
	assert_ok(set_rules(&rig, rules, MAX_RULES));
	assert_int_equal(nr_rules(&rig), MAX_RULES);
	assert_true(rig_info(&rig).memory > MAX_RULES * sizeof(*rules));
	for (i = 0; i < MAX_RULES; i += 997)
		assert_int_equal((int64_t)xen_call(&rig, i % 256, i / 256, 0), -1000 - (int32_t)i);
	assert_true(xen_call(&rig, 256, 0, 0) == VMM_ANSWER);
	rig_down(&rig);
	free(rules);
}

/* ---- adding calls under a running guest ---- */

static void calls_are_not_added_under_a_running_guest(void **state)
{
	const struct hcbpf_rule closed[] = {
		deny(KVM, ANY, ANY, -1), rule(KVM, 0x80, ANY, HCBPF_RULE_PASS),
	};
	const struct hcbpf_rule open[] = {
		deny(KVM, ANY, ANY, -1), rule(KVM, 0x80, ANY, HCBPF_RULE_PASS),
		rule(KVM, 0x90, ANY, HCBPF_RULE_PASS),
	};
	const struct hcbpf_rule by_default[] = { rule(KVM, ANY, ANY, HCBPF_RULE_EXIT) };
	const struct hcbpf_rule tighter[] = { deny(KVM, ANY, ANY, -2) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	/* Before the first call everything goes. */
	assert_ok(SET_RULES(&rig, closed));
	assert_ok(SET_RULES(&rig, open));
	assert_ok(SET_RULES(&rig, closed));
	assert_int_equal((int64_t)kvm_call(&rig, 0x90, 0), -1);

	assert_return(SET_RULES(&rig, open), -EBUSY);
	assert_return(SET_RULES(&rig, by_default), -EBUSY);
	assert_return(set_rules(&rig, NULL, 0), -EBUSY);
	assert_int_equal((int64_t)kvm_call(&rig, 0x90, 0), -1);
	assert_int_equal(rig_info(&rig).rules_generation, 3);
	assert_int_equal(rig_info(&rig).rules_forced, 0);

	assert_ok(SET_RULES(&rig, closed));	/* the same again adds nothing */
	assert_ok(SET_RULES(&rig, tighter));	/* nor does taking away */
	assert_int_equal((int64_t)kvm_call(&rig, 0x80, 0), -2);
	assert_int_equal(rig_info(&rig).rules_forced, 0);

	assert_ok(set_rules_with(&rig, open, ARRAY_LEN(open), HCBPF_RULES_FORCE, 0));
	assert_true(kvm_call(&rig, 0x90, 0) == KVM_ANSWER);
	assert_int_equal(rig_info(&rig).rules_forced, 1);
	/* Force that was not needed is not counted. */
	assert_ok(set_rules_with(&rig, tighter, 1, HCBPF_RULES_FORCE, 0));
	assert_int_equal(rig_info(&rig).rules_forced, 1);
	rig_down(&rig);
}

/* A rule for one sub-operation opens it if its number was denied. */
static void a_sub_operation_is_a_call_of_its_own(void **state)
{
	const struct hcbpf_rule closed[] = { deny(XEN, 29, ANY, -1) };
	const struct hcbpf_rule open[] = { deny(XEN, 29, ANY, -1), rule(XEN, 29, 3, HCBPF_RULE_EXIT) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &xen64, NULL);
	assert_ok(SET_RULES(&rig, closed));
	xen_call(&rig, 29, 3, 0);
	assert_return(SET_RULES(&rig, open), -EBUSY);
	rig_down(&rig);
}

/* Calls on ports that nobody has set are calls, too. */
static void otherwise_opens_and_closes_as_well(void **state)
{
	const struct hcbpf_rule closed[] = {
		port_rule(KVM, 50, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_DENY, -1),
	};
	const struct hcbpf_rule open[] = {
		port_rule(KVM, 50, ANY, HCBPF_RULE_DOORBELL, HCBPF_RULE_PASS, 0),
	};
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(SET_RULES(&rig, closed));
	assert_int_equal((int64_t)kvm_call(&rig, 50, PORT), -1);
	assert_return(SET_RULES(&rig, open), -EBUSY);
	assert_ok(set_rules_with(&rig, open, 1, HCBPF_RULES_FORCE, 0));
	assert_ok(SET_RULES(&rig, closed));
	rig_down(&rig);
}

static void a_change_may_be_bound_to_a_generation(void **state)
{
	const struct hcbpf_rule one = deny(KVM, 0x90, ANY, -4);
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(set_rules_with(&rig, &one, 1, HCBPF_RULES_IF_GENERATION, 0));
	assert_return(set_rules_with(&rig, &one, 1, HCBPF_RULES_IF_GENERATION, 0), -EAGAIN);
	assert_return(set_rules_with(&rig, &one, 1, HCBPF_RULES_IF_GENERATION, 2), -EAGAIN);
	assert_ok(set_rules_with(&rig, &one, 1, HCBPF_RULES_IF_GENERATION, 1));
	assert_int_equal(rig_info(&rig).rules_generation, 2);
	rig_down(&rig);
}

static void rules_are_read_back(void **state)
{
	const struct hcbpf_rule rules[] = {
		deny(XEN, 29, 3, -11), deny(XEN, ANY, ANY, -33),
		port_rule(XEN, EVTCHN, SEND, HCBPF_RULE_SEND, HCBPF_RULE_DENY, -5),
	};
	struct hcbpf_rule got[ARRAY_LEN(rules) + 1];
	struct hcbpf_rules req = { .size = sizeof(req), .rules = (uintptr_t)got };
	struct rig rig;
	uint32_t room, i;

	(void)state;
	rig_up(&rig, &xen64, NULL);
	req.nr = 1;
	assert_ok(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_GET_RULES, &req));
	assert_int_equal(req.nr, 0);
	assert_ok(SET_RULES(&rig, rules));
	for (room = 0; room <= ARRAY_LEN(got); room++) {
		memset(got, 0xee, sizeof(got));
		req.nr = room;
		assert_ok(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_GET_RULES, &req));
		assert_int_equal(req.nr, ARRAY_LEN(rules));
		assert_int_equal(req.generation, 1);
		assert_string_equal(req.profile, "test");
		for (i = 0; i < ARRAY_LEN(got); i++)
			if (i >= room || i >= ARRAY_LEN(rules))
				assert_int_equal(got[i].nr, 0xeeeeeeee);
	}
	assert_memory_equal(got, rules, sizeof(rules));
	req.rules = 8;
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_GET_RULES, &req), -EFAULT);
	req.flags = HCBPF_RULES_FORCE;
	assert_return(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_GET_RULES, &req), -EINVAL);
	rig_down(&rig);
}

static void after_the_end_rules_are_gone(void **state)
{
	const struct hcbpf_rule one = deny(KVM, 0x90, ANY, -4);
	struct hcbpf_rules req = { .size = sizeof(req) };
	struct rig rig;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(set_rules(&rig, &one, 1));
	assert_ok(hcbpf_vm_unbind(rig.hc));
	assert_return(set_rules(&rig, &one, 1), -ENODEV);
	assert_ok(hc_ioctl(hcbpf_vm_fd(rig.hc), HCBPF_VM_GET_RULES, &req));
	assert_int_equal(req.nr, 0);
	assert_true(kvm_call(&rig, 0x90, 0) == KVM_ANSWER);
	rig_down(&rig);
}

/* ---- replacing under load ---- */

/*
 * Two calls in turn, forever: numbers 0x90 and 0x91. Each answer must be at least
 * the one before it, else it is a bad round. RSP, X19: the block; RBX, X20: the last
 * answer.
 */
extern const char watcher[], watcher_end[];
#ifdef __x86_64__
asm(".pushsection .rodata\n"
    "watcher:\n"
    "	xor	%ebx, %ebx\n"
    "1:	mov	$0x90, %eax\n"
    "	vmmcall\n"
    "	cmp	%rbx, %rax\n"
    "	jl	2f\n"
    "	mov	%rax, %rbx\n"
    "	mov	$0x91, %eax\n"
    "	vmmcall\n"
    "	cmp	%rbx, %rax\n"
    "	jl	2f\n"
    "	mov	%rax, %rbx\n"
    "	addq	$1, 16(%rsp)\n"		/* zero: good rounds */
    "	mov	%rbx, 32(%rsp)\n"	/* last */
    "	jmp	1b\n"
    "2:	addq	$1, 24(%rsp)\n"		/* other: bad ones */
    "	jmp	1b\n"
    "watcher_end:\n"
    ".popsection\n");
#else
asm(".pushsection .rodata\n"
    ".balign 4\n"
    ".globl watcher, watcher_end\n"	/* the GOT confuses local ones */
    "watcher:\n"
    "	mov	x20, #0\n"
    "1:	mov	x0, #0x90\n"
    "	hvc	#0\n"
    "	cmp	x0, x20\n"
    "	b.lt	2f\n"
    "	mov	x20, x0\n"
    "	mov	x0, #0x91\n"
    "	hvc	#0\n"
    "	cmp	x0, x20\n"
    "	b.lt	2f\n"
    "	mov	x20, x0\n"
    "	ldr	x9, [x19, #16]\n"	/* zero: good rounds */
    "	add	x9, x9, #1\n"
    "	str	x9, [x19, #16]\n"
    "	str	x20, [x19, #32]\n"	/* last */
    "	b	1b\n"
    "2:	ldr	x9, [x19, #24]\n"	/* other: bad ones */
    "	add	x9, x9, #1\n"
    "	str	x9, [x19, #24]\n"
    "	b	1b\n"
    "watcher_end:\n"
    ".popsection\n");
#endif

_Static_assert(BLOCK_ZERO == 16 && BLOCK_OTHER == 24 && BLOCK_LAST == 32, "see watcher");

#define VCPUS 4

#define READ_LAST(vcpu) (*(volatile uint64_t *)&kvm_block(vcpu)->last)

static void start_watcher(struct kvm_vcpu *vcpu)
{
	const struct kvm_start start = { .program = GUEST_NOTHING };
	struct kvm_regs regs;

	assert_kvm(kvm_vcpu_start(vcpu, &start));
	assert_kvm(kvm_vcpu_regs(vcpu, &regs));
	kvm_pc(&regs) = GUEST_DATA;
	assert_kvm(kvm_vcpu_set_regs(vcpu, &regs));
	assert_kvm(kvm_vcpu_run_thread(vcpu));
}

/*
 * Set number k answers both calls with k. A call that saw the rules before the
 * ones that an earlier call has seen, or none, gives a smaller answer.
 */
static void rules_are_replaced_as_a_whole(void **state)
{
	const struct kvm_vm_conf conf = { .nr_vcpus = VCPUS };
	struct hcbpf_rule rules[202];
	uint64_t rounds = 0, bad = 0;
	struct rig rig;
	int i, k;

	(void)state;
	rig_up(&rig, &conf, NULL);
	memcpy(kvm_at(rig.vm, GUEST_DATA), watcher, watcher_end - watcher);
	for (i = 2; i < (int)ARRAY_LEN(rules); i++)
		rules[i] = rule(KVM, 1000 + i, ANY, HCBPF_RULE_PASS);
	for (k = 1; k <= 300; k++) {
		rules[0] = deny(KVM, 0x90, ANY, k);
		rules[1] = deny(KVM, 0x91, ANY, k);
		/* Different sizes and orders make different tables. */
		assert_ok(set_rules(&rig, rules, 2 + k % 200));
		for (i = 0; k == 1 && i < VCPUS; i++)
			start_watcher(&rig.vm->vcpus[i]);
	}
	/* Each sees the last rules as soon as it makes its next call. */
	for (i = 0; i < VCPUS; i++)
		assert_true(wait_until(READ_LAST(&rig.vm->vcpus[i]) == 300, 10000));
	for (i = 0; i < VCPUS; i++) {
		assert_kvm(kvm_vcpu_stop(&rig.vm->vcpus[i]));
		rounds += kvm_block(&rig.vm->vcpus[i])->zero;
		bad += kvm_block(&rig.vm->vcpus[i])->other;
		assert_int_equal(kvm_block(&rig.vm->vcpus[i])->last, 300);
	}
	print_message("# %llu rounds\n", (unsigned long long)rounds);
	assert_int_equal(bad, 0);
	assert_true(rounds > 1000);
	assert_int_equal(rig_stats(&rig).pass, 0);
	rig_down(&rig);
}

/* ---- a VMM that means harm ---- */

struct slow_reader {
	int fd;
	void *buffer;
	int ret;
};

static void *read_slowly(void *arg)
{
	struct slow_reader *reader = arg;
	struct hcbpf_rules req = {
		.size = sizeof(req), .nr = 1, .rules = (uintptr_t)reader->buffer,
	};

	reader->ret = hc_ioctl(reader->fd, HCBPF_VM_GET_RULES, &req);
	return NULL;
}

static void *get_info(void *arg)
{
	struct hcbpf_vm_info info = { .size = sizeof(info) };
	struct slow_reader *reader = arg;

	reader->ret = hc_ioctl(reader->fd, HCBPF_VM_GET_INFO, &info);
	return NULL;
}

/* Memory whose first touch waits until the descriptor is closed. */
static int waiting_page(void **page)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);

	*page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(*page != MAP_FAILED);
	reg.range.start = (uintptr_t)*page;
	reg.range.len = 4096;
	if (uffd < 0 || ioctl(uffd, UFFDIO_API, &api) || ioctl(uffd, UFFDIO_REGISTER, &reg)) {
		print_message("# no userfaultfd here\n");
		skip();
	}
	return uffd;
}

static void a_reader_that_hangs_does_not_hang_others(void **state)
{
	const struct hcbpf_rule one = deny(KVM, 0x90, ANY, -4);
	struct slow_reader slow, quick;
	pthread_t slow_thread, quick_thread;
	struct rig rig;
	int uffd, waits;
	bool answered;

	(void)state;
	rig_up(&rig, &kvm64, NULL);
	assert_ok(set_rules(&rig, &one, 1));
	uffd = waiting_page(&slow.buffer);
	slow.fd = quick.fd = hcbpf_vm_fd(rig.hc);
	slow.ret = quick.ret = 1;
	pthread_create(&slow_thread, NULL, read_slowly, &slow);
	sleep_ms(300);
	pthread_create(&quick_thread, NULL, get_info, &quick);
	answered = wait_until(__atomic_load_n(&quick.ret, __ATOMIC_ACQUIRE) != 1, 5000);
	waits = slow.ret;
	close(uffd);
	pthread_join(slow_thread, NULL);
	pthread_join(quick_thread, NULL);
	assert_true(answered);
	assert_int_equal(quick.ret, 0);
	assert_int_equal(waits, 1);
	rig_down(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_exact_rule_counts),
		cmocka_unit_test(without_a_default_unnamed_calls_pass),
		cmocka_unit_test(without_rules_the_policy_does_as_it_likes),
		cmocka_unit_test(rules_belong_to_an_abi),
		cmocka_unit_test(a_denied_call_gets_its_result_sign_extended),
		cmocka_unit_test(an_exit_rule_asks_the_vmm),
		cmocka_unit_test(unknown_ports_get_what_otherwise_says),
		cmocka_unit_test(a_hibernated_guest_finds_no_fifo_on_a_new_host),
#ifdef __x86_64__
		cmocka_unit_test(what_rules_deny_is_denied_to_user_programs),
		cmocka_unit_test(other_rules_give_user_programs_nothing),
		cmocka_unit_test(a_rule_may_say_otherwise_for_user_programs),
#endif
		cmocka_unit_test(without_a_policy_what_rules_deny_is_denied),
		cmocka_unit_test(well_formed_rules_are_taken),
		cmocka_unit_test(malformed_rules_change_nothing),
		cmocka_unit_test(many_rules_are_taken_and_found),
		cmocka_unit_test(calls_are_not_added_under_a_running_guest),
		cmocka_unit_test(a_sub_operation_is_a_call_of_its_own),
		cmocka_unit_test(otherwise_opens_and_closes_as_well),
		cmocka_unit_test(a_change_may_be_bound_to_a_generation),
		cmocka_unit_test(rules_are_read_back),
		cmocka_unit_test(after_the_end_rules_are_gone),
		cmocka_unit_test(rules_are_replaced_as_a_whole),
		cmocka_unit_test(a_reader_that_hangs_does_not_hang_others),
	};

	return cmocka_run_group_tests_name("rules", tests, standard_setup, standard_teardown);
}
