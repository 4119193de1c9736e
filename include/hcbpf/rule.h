/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * Rules: what a VM's guest may call, and what becomes of it. Xen's developers
 * asked for new hypercalls and sub-operations to be opt-in per domain, so that
 * a guest's environment does not change under it (Paul Durrant on
 * "domctl: introduce a new domain create flag", 2020-12-03), and for a way that
 * does not touch ten files per sub-operation (Jan Beulich, same thread). Here
 * it is one table per VM.
 *
 * Shared by the kernel module, BPF policies and userspace.
 */
#ifndef HCBPF_RULE_H
#define HCBPF_RULE_H

#include <linux/types.h>
#include <hcbpf/call.h>

/* hcbpf_rule.nr, hcbpf_rule.sub: every one that has no rule of its own. */
#define HCBPF_RULE_ANY 0xffffffffU

/*
 * NONE      (in look-ups only) the VM has no rules: the policy does as it likes
 * PASS      KVM's own handler
 * DENY      the guest gets @ret, as its ABI spells "no such hypercall"
 * EXIT      KVM_EXIT_HYPERCALL to the VMM
 * SEND      Xen's EVTCHNOP_send: signal the port that the argument names
 * DOORBELL  signal the port in argument 0
 * TRACK     the guest tells the attributes of its pages (KVM_HC_MAP_GPA_RANGE;
 *           on arm64 MEM_SHARE and MEM_UNSHARE): record them (<hcbpf/gpa.h>) and
 *           answer. If the VMM has asked KVM for exits on this number
 *           (KVM_CAP_EXIT_HYPERCALL), it gets them after the recording. What the map
 *           refuses (no memory there, attributes that nobody knows) the guest is
 *           refused, -EINVAL as its ABI spells it, and the VMM is not asked.
 * TRACK_EXIT  record, then KVM_EXIT_HYPERCALL: the VMM converts the memory. One
 *           that refuses takes the record back with HCBPF_VM_GPA_SET.
 * BUFFER    let the guest register hypercall buffers: for HCBPF_HC_FEATURES,
 *           HCBPF_HC_BUFFER_INSERT and HCBPF_HC_BUFFER_PURGE only (<hcbpf/guest.h>)
 * SDEI      arm64: SDEI's calls, to the module's own implementation (<hcbpf/sdei.h>);
 *           NOT_SUPPORTED where the VM has none
 */
enum hcbpf_action {
	HCBPF_RULE_NONE = 0,
	HCBPF_RULE_PASS = 1,
	HCBPF_RULE_DENY = 2,
	HCBPF_RULE_EXIT = 3,
	HCBPF_RULE_SEND = 4,
	HCBPF_RULE_DOORBELL = 5,
	HCBPF_RULE_TRACK = 6,
	HCBPF_RULE_TRACK_EXIT = 7,
	HCBPF_RULE_BUFFER = 8,
	HCBPF_RULE_SDEI = 9,
};

/*
 * One rule. The most exact one counts: (abi, nr, sub), then (abi, nr, ANY),
 * then (abi, ANY, ANY), which is the ABI's default; without that, PASS.
 *
 * @sub is the sub-operation, see hcbpf_rule_sub(); ANY for calls without. A policy of
 * one's own may take it from elsewhere.
 *
 * A call with physical addresses has a number of its own, the usual one plus
 * HCBPF_HC_PHYSICAL (<hcbpf/guest.h>), and thus rules of its own.
 *
 * @otherwise: PASS, DENY or EXIT: for SEND and DOORBELL, what happens on a port
 * that the VMM has not set; for TRACK and TRACK_EXIT, on a call that cannot be
 * recorded, because there is no memory for it or it is no such call. 0 for the
 * other actions.
 *
 * @user: what becomes of a call that is not made by the guest's kernel but by one of
 * its programs (hcbpf_call.user), unless the policy wants such calls (HCBPF_OPS_USER):
 * PASS or DENY; 0: DENY if @action or @otherwise is DENY, else PASS. KVM refuses such
 * calls itself in its own ABI and Hyper-V's; Xen's it gives to the VMM. No program of the
 * guest ever gets more than PASS.
 *
 * @ret: the guest's result on DENY, sign-extended to 64 bits; 0 where none of @action,
 * @otherwise and @user is DENY.
 *
 * The answer of a rule does not depend on a policy's being asked. Where it is not (user
 * callers, vCPUs whose registers are encrypted, a policy that was unloaded),
 * hcbpf_rule_unasked() of the rule still holds.
 */
struct hcbpf_rule {
	__u32 nr;
	__u32 sub;
	__u8 abi;		/* enum hcbpf_abi, not AUTO */
	__u8 action;		/* enum hcbpf_action, not NONE */
	__u8 otherwise;
	__u8 user;
	__s32 ret;
};

/*
 * What a look-up gives, in one word:
 * 63..56 zero   55..48 user   47..40 otherwise   39..32 action   31..0 ret
 */
typedef __u64 hcbpf_rule_t;

static inline __attribute__((always_inline)) hcbpf_rule_t
hcbpf_rule_make(__u8 action, __u8 otherwise, __s32 ret)
{
	return (__u64)otherwise << 40 | (__u64)action << 32 | (__u32)ret;
}

static inline __attribute__((always_inline)) hcbpf_rule_t
hcbpf_rule_word(const struct hcbpf_rule *rule)
{
	return (__u64)rule->user << 48 |
	       hcbpf_rule_make(rule->action, rule->otherwise, rule->ret);
}

static inline __attribute__((always_inline)) __u8 hcbpf_rule_action(hcbpf_rule_t rule)
{
	return rule >> 32;
}

static inline __attribute__((always_inline)) __u8 hcbpf_rule_otherwise(hcbpf_rule_t rule)
{
	return rule >> 40;
}

static inline __attribute__((always_inline)) __u8 hcbpf_rule_user(hcbpf_rule_t rule)
{
	return rule >> 48;
}

static inline __attribute__((always_inline)) __s64 hcbpf_rule_ret(hcbpf_rule_t rule)
{
	return (__s32)rule;
}

/* PASS or DENY: what a call gets about which no policy is asked; @user: of hcbpf_call. */
static inline __attribute__((always_inline)) __u8
hcbpf_rule_unasked(hcbpf_rule_t rule, __u8 user)
{
	if (user && hcbpf_rule_user(rule))
		return hcbpf_rule_user(rule);
	return hcbpf_rule_action(rule) == HCBPF_RULE_DENY ||
	       hcbpf_rule_otherwise(rule) == HCBPF_RULE_DENY ? HCBPF_RULE_DENY : HCBPF_RULE_PASS;
}

/* The sub-operation of a call: Xen's multiplexed calls have it in argument 0. */
static inline __attribute__((always_inline)) __u32 hcbpf_rule_sub(const struct hcbpf_call *call)
{
	if (call->abi == HCBPF_ABI_XEN && call->args[0] < HCBPF_RULE_ANY)
		return call->args[0];
	return HCBPF_RULE_ANY;
}

#endif /* HCBPF_RULE_H */
