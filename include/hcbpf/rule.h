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
 *           (KVM_CAP_EXIT_HYPERCALL), it gets them after the recording, also
 *           where @otherwise would apply.
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
 * @sub is the sub-operation. Which argument carries it is the policy's
 * business; the standard policy takes Xen's argument 0. ANY for calls without.
 *
 * A call with physical addresses has a number of its own, the usual one plus
 * HCBPF_HC_PHYSICAL (<hcbpf/guest.h>), and thus rules of its own.
 *
 * @otherwise: PASS, DENY or EXIT: for SEND and DOORBELL, what happens on a port
 * that the VMM has not set; for TRACK and TRACK_EXIT, on a call that cannot be
 * recorded, because there is no memory for it or it is no such call. 0 for the
 * other actions.
 *
 * @ret: the guest's result on DENY, sign-extended to 64 bits; 0 where neither
 * @action nor @otherwise is DENY.
 */
struct hcbpf_rule {
	__u32 nr;
	__u32 sub;
	__u8 abi;		/* enum hcbpf_abi, not AUTO */
	__u8 action;		/* enum hcbpf_action, not NONE */
	__u8 otherwise;
	__u8 reserved;		/* 0 */
	__s32 ret;
};

/*
 * What a look-up gives, in one word:
 * 63..48 zero   47..40 otherwise   39..32 action   31..0 ret
 */
typedef __u64 hcbpf_rule_t;

static inline __attribute__((always_inline)) hcbpf_rule_t
hcbpf_rule_make(__u8 action, __u8 otherwise, __s32 ret)
{
	return (__u64)otherwise << 40 | (__u64)action << 32 | (__u32)ret;
}

static inline __attribute__((always_inline)) __u8 hcbpf_rule_action(hcbpf_rule_t rule)
{
	return rule >> 32;
}

static inline __attribute__((always_inline)) __u8 hcbpf_rule_otherwise(hcbpf_rule_t rule)
{
	return rule >> 40;
}

static inline __attribute__((always_inline)) __s64 hcbpf_rule_ret(hcbpf_rule_t rule)
{
	return (__s32)rule;
}

#endif /* HCBPF_RULE_H */
