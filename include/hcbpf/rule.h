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

#include <hcbpf/types.h>
#include <hcbpf/call.h>
#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include <hcbpf/sdei.h>

/* hcbpf_rule.nr, hcbpf_rule.sub: every one that has no rule of its own. */
#define HCBPF_RULE_ANY 0xffffffffU

/*
 * NONE      (in look-ups only) the VM has no rules: the policy does as it likes
 * PASS      KVM's own handler
 * DENY      the guest gets @ret, as its ABI spells "no such hypercall"
 * EXIT      KVM_EXIT_HYPERCALL to the VMM
 * SEND      Xen's EVTCHNOP_send: signal the port that the argument names
 * DOORBELL  signal the port in argument 0
 * TRACK     the guest reports attributes of its pages (KVM_HC_MAP_GPA_RANGE;
 *           on arm64 MEM_SHARE and MEM_UNSHARE): record them (<hcbpf/gpa.h>) and
 *           answer. If the VMM has asked KVM for exits on this number
 *           (KVM_CAP_EXIT_HYPERCALL), it gets them after the recording. What the map
 *           refuses (no memory there, unknown attributes) the guest is refused,
 *           -EINVAL as its ABI spells it, and the VMM is not asked.
 * TRACK_EXIT  record, then KVM_EXIT_HYPERCALL: the VMM converts the memory. One
 *           that refuses takes the record back with HCBPF_VM_GPA_SET.
 * BUFFER    let the guest register hypercall buffers: for HCBPF_HC_FEATURES,
 *           HCBPF_HC_BUFFER_INSERT and HCBPF_HC_BUFFER_PURGE only (<hcbpf/guest.h>)
 * SDEI      arm64: SDEI's calls, to the module's own implementation (<hcbpf/sdei.h>);
 *           NOT_SUPPORTED where the VM has none
 * DISCOVER  arm64: say yes where the guest asks for a function that other rules of its VM have
 *           served here (HCBPF_SMCCC_ARCH_FEATURES, for this call only); else PASS
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
	HCBPF_RULE_DISCOVER = 10,
};

#define HCBPF_NR_ACTIONS 11	/* NONE included */

/* ---- what an action is: the module, policies and programs all ask here ---- */

static inline __attribute__((always_inline)) int hcbpf_action_is_known(__u8 action)
{
	return action > HCBPF_RULE_NONE && action < HCBPF_NR_ACTIONS;
}

/*
 * Is possible for every call. So it can be @otherwise, and what a profile says of
 * unknown calls.
 */
static inline __attribute__((always_inline)) int hcbpf_action_is_plain(__u8 action)
{
	return action == HCBPF_RULE_PASS || action == HCBPF_RULE_DENY || action == HCBPF_RULE_EXIT;
}

/* Can be @user. */
static inline __attribute__((always_inline)) int hcbpf_action_is_for_user(__u8 action)
{
	return action == HCBPF_RULE_PASS || action == HCBPF_RULE_DENY;
}

static inline __attribute__((always_inline)) int hcbpf_action_signals_port(__u8 action)
{
	return action == HCBPF_RULE_SEND || action == HCBPF_RULE_DOORBELL;
}

static inline __attribute__((always_inline)) int hcbpf_action_tracks_pages(__u8 action)
{
	return action == HCBPF_RULE_TRACK || action == HCBPF_RULE_TRACK_EXIT;
}

/* May turn out not to be possible, and then @otherwise counts. */
static inline __attribute__((always_inline)) int hcbpf_action_has_otherwise(__u8 action)
{
	return hcbpf_action_signals_port(action) || hcbpf_action_tracks_pages(action);
}

/* The calls that BUFFER is for. */
static inline __attribute__((always_inline)) int hcbpf_is_buffer_call(__u64 nr)
{
	return nr == HCBPF_HC_FEATURES || nr == HCBPF_HC_BUFFER_INSERT ||
	       nr == HCBPF_HC_BUFFER_PURGE;
}

/* Can it be a rule for this number? What the number means to a policy is not asked. */
static inline __attribute__((always_inline)) int hcbpf_action_is_for_call(__u8 action, __u32 nr)
{
	if (action == HCBPF_RULE_DISCOVER)
		return nr == HCBPF_SMCCC_ARCH_FEATURES;
	return action != HCBPF_RULE_BUFFER || hcbpf_is_buffer_call(nr);
}

/* Can it be a rule of this ABI? */
static inline __attribute__((always_inline)) int hcbpf_action_is_for_abi(__u8 action, __u8 abi)
{
	return action != HCBPF_RULE_DISCOVER || abi == HCBPF_ABI_SMCCC;
}

/* The calls that TRACK and TRACK_EXIT understand. */
static inline __attribute__((always_inline)) int hcbpf_is_page_report(__u8 abi, __u64 nr)
{
	if (abi == HCBPF_ABI_SMCCC)
		return nr == HCBPF_SMCCC_MEM_SHARE || nr == HCBPF_SMCCC_MEM_UNSHARE;
	return abi == HCBPF_ABI_KVM && nr == HCBPF_KVM_MAP_GPA_RANGE;
}

/* ---- rules ---- */

/*
 * One rule. The most exact one counts: (abi, nr, sub), then (abi, nr, ANY),
 * then (abi, ANY, ANY), which is the ABI's default; without that, PASS.
 *
 * @sub is the sub-operation, see hcbpf_rule_sub(); ANY for calls without. Other policies
 * may take it from elsewhere.
 *
 * A call with physical addresses, or with lists of page frames, has a number of its own, the
 * usual one plus HCBPF_HC_PHYSICAL, HCBPF_HC_LIST or both (<hcbpf/guest.h>), and thus rules of
 * its own.
 *
 * @otherwise: PASS, DENY or EXIT: for SEND and DOORBELL, what happens on a port
 * that the VMM has not set; for TRACK and TRACK_EXIT, on a call that cannot be
 * recorded, because there is no memory for it or it is no such call. 0 for the
 * other actions.
 *
 * @user: what becomes of a call that one of the guest's programs makes, not its kernel
 * (hcbpf_call.user), unless the policy wants such calls (HCBPF_OPS_USER): PASS or DENY;
 * 0: DENY if @action or @otherwise is DENY, else PASS. KVM itself refuses such calls in
 * its own ABI and Hyper-V's, and gives Xen's to the VMM. No program of the guest ever
 * gets more than PASS.
 *
 * @ret: the guest's result on DENY, sign-extended to 64 bits; 0 where none of @action,
 * @otherwise and @user is DENY.
 *
 * A rule's answer does not depend on a policy being asked. Where none is asked (user
 * callers, calls whose registers are encrypted, see <hcbpf/call.h>, a policy that was unloaded),
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

/* Does it use @ret? */
static inline __attribute__((always_inline)) int hcbpf_rule_denies(const struct hcbpf_rule *rule)
{
	return rule->action == HCBPF_RULE_DENY || rule->otherwise == HCBPF_RULE_DENY ||
	       rule->user == HCBPF_RULE_DENY;
}

/*
 * What HCBPF_HC_FEATURES tells the guest because of this rule: HCBPF_FEATURE_REGISTERED,
 * _PHYSICAL and _LIST. The rest is in hcbpf_features_word().
 */
static inline __attribute__((always_inline)) __u32
hcbpf_rule_features(const struct hcbpf_rule *rule)
{
	__u32 features = 0;

	if (rule->nr == HCBPF_RULE_ANY || rule->action == HCBPF_RULE_PASS ||
	    rule->action == HCBPF_RULE_DENY)
		return 0;
	if (rule->nr == HCBPF_HC_BUFFER_INSERT && rule->sub == HCBPF_RULE_ANY &&
	    rule->action == HCBPF_RULE_BUFFER)
		features |= HCBPF_FEATURE_REGISTERED;
	if (rule->nr & HCBPF_HC_PHYSICAL)
		features |= HCBPF_FEATURE_PHYSICAL;
	if (rule->nr & HCBPF_HC_LIST)
		features |= HCBPF_FEATURE_LIST;
	return features;
}

/*
 * What HCBPF_HC_FEATURES returns, and <hcbpf/guest.h> has in a CPUID leaf. @by_rules: what
 * hcbpf_rule_features() gives for all rules of the call's ABI; @limit: how many buffers the guest
 * may register; @encrypted: HCBPF_VM_ENCRYPTED.
 */
static inline __attribute__((always_inline)) __u32
hcbpf_features_word(__u32 by_rules, __u32 limit, int encrypted)
{
	__u32 word = by_rules;

	if (word & HCBPF_FEATURE_REGISTERED)
		word |= limit << HCBPF_FEATURE_LIMIT_SHIFT;
	if (!encrypted)
		word |= HCBPF_FEATURE_VIRTUAL;
	return word;
}

/* Why the module does not take a rule: what -EINVAL of HCBPF_VM_SET_RULES means. */
enum hcbpf_rule_flaw {
	HCBPF_RULE_SOUND = 0,
	HCBPF_RULE_FLAW_ABI = 1,	/* it is for no ABI, or for all */
	HCBPF_RULE_FLAW_ACTION = 2,	/* its action is not known */
	HCBPF_RULE_FLAW_SUB = 3,	/* a sub-operation of any number */
	HCBPF_RULE_FLAW_CALL = 4,	/* its action is for other calls */
	HCBPF_RULE_FLAW_NO_OTHERWISE = 5,	/* @otherwise of an action that has none */
	HCBPF_RULE_FLAW_OTHERWISE = 6,	/* @otherwise is missing, or no plain action */
	HCBPF_RULE_FLAW_USER = 7,
	HCBPF_RULE_FLAW_RET = 8,	/* @ret of what does not deny */
};

static inline enum hcbpf_rule_flaw hcbpf_rule_flaw(const struct hcbpf_rule *rule)
{
	if (rule->abi == HCBPF_ABI_AUTO || rule->abi >= HCBPF_NR_ABIS)
		return HCBPF_RULE_FLAW_ABI;
	if (!hcbpf_action_is_known(rule->action))
		return HCBPF_RULE_FLAW_ACTION;
	if (rule->nr == HCBPF_RULE_ANY && rule->sub != HCBPF_RULE_ANY)
		return HCBPF_RULE_FLAW_SUB;
	if (!hcbpf_action_is_for_call(rule->action, rule->nr) ||
	    !hcbpf_action_is_for_abi(rule->action, rule->abi))
		return HCBPF_RULE_FLAW_CALL;
	if (!hcbpf_action_has_otherwise(rule->action) && rule->otherwise)
		return HCBPF_RULE_FLAW_NO_OTHERWISE;
	if (hcbpf_action_has_otherwise(rule->action) && !hcbpf_action_is_plain(rule->otherwise))
		return HCBPF_RULE_FLAW_OTHERWISE;
	if (rule->user && !hcbpf_action_is_for_user(rule->user))
		return HCBPF_RULE_FLAW_USER;
	if (rule->ret && !hcbpf_rule_denies(rule))
		return HCBPF_RULE_FLAW_RET;
	return HCBPF_RULE_SOUND;
}

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

/* PASS or DENY: what a call gets that no policy is asked about; @user: of hcbpf_call. */
static inline __attribute__((always_inline)) __u8
hcbpf_rule_unasked(hcbpf_rule_t rule, __u8 user)
{
	if (user && hcbpf_rule_user(rule))
		return hcbpf_rule_user(rule);
	return hcbpf_rule_action(rule) == HCBPF_RULE_DENY ||
	       hcbpf_rule_otherwise(rule) == HCBPF_RULE_DENY ? HCBPF_RULE_DENY : HCBPF_RULE_PASS;
}

/* ---- DISCOVER ---- */

/* SMCCC's bit of function ids that only 64-bit callers have. */
#define HCBPF_SMCCC_64 0x40000000U

/* Functions that hcbpf can serve and a call asks for, HCBPF_SMCCC_ARCH_FEATURES with @function. */
static inline __attribute__((always_inline)) int
hcbpf_asks_for(const struct hcbpf_call *call, __u32 function)
{
	if (call->abi != HCBPF_ABI_SMCCC || call->nr != HCBPF_SMCCC_ARCH_FEATURES ||
	    (function & HCBPF_SMCCC_64 && call->mode != HCBPF_MODE_64))
		return 0;
	if (hcbpf_is_sdei_call(function))
		return function <= HCBPF_SDEI_SHARED_RESET;
	return function == HCBPF_SMCCC_DOORBELL || function == HCBPF_SMCCC_DOORBELL32 ||
	       hcbpf_is_page_report(HCBPF_ABI_SMCCC, function);
}

/* Is such a function there, by its own rule? @has_sdei: the vCPU has SDEI. */
static inline __attribute__((always_inline)) int
hcbpf_rule_serves(hcbpf_rule_t rule, int has_sdei)
{
	__u8 action = hcbpf_rule_action(rule);

	return hcbpf_action_signals_port(action) || hcbpf_action_tracks_pages(action) ||
	       (action == HCBPF_RULE_SDEI && has_sdei);
}

/* The sub-operation of a call: Xen's multiplexed calls have it in argument 0. */
static inline __attribute__((always_inline)) __u32 hcbpf_rule_sub(const struct hcbpf_call *call)
{
	if (call->abi == HCBPF_ABI_XEN && call->args[0] < HCBPF_RULE_ANY)
		return call->args[0];
	return HCBPF_RULE_ANY;
}

#endif /* HCBPF_RULE_H */
