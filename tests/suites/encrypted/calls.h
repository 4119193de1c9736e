/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest with encrypted registers calls, in KVM's ABI, and what is to become of it;
 * the calls come in this order.
 */
#ifndef TESTS_ENCRYPTED_CALLS_H
#define TESTS_ENCRYPTED_CALLS_H

#include <kvm.h>
#include "rules.h"

#define NR_DENIED 100
#define NR_EXITS 101
#define NR_UNKNOWN 102
#define NR_SEND 103		/* a port's number in memory, as in Xen's call */
#define NR_MAP_GPA 12		/* KVM_HC_MAP_GPA_RANGE */
#define ENCRYPTED (1ULL << 4)	/* its attribute */

#define DENIED_RET (-1234)
#define EXIT_RET 4321
#define UNSET_PORT 6

#define GUEST_SHARED 0x180000	/* a page that the guest shares; the next ones it does not */
#define FAR 0x70000000ULL	/* registered, and not in anybody's page tables */
#define FRAME 4096

enum fate {
	ANSWERED,	/* the guest has its answer at once */
	EXITS,		/* KVM_EXIT_HYPERCALL */
};

struct call {
	const char *what;
	uint64_t nr;
	uint64_t args[4];
	enum fate fate;
	int64_t answer;		/* if ANSWERED */
	uint64_t exit_ret;	/* what the VMM says, else */
	unsigned int signals;
};

#define KVM_PORT_RULE(nr_, action_)						\
	{ .abi = HCBPF_ABI_KVM, .nr = nr_, .sub = HCBPF_RULE_ANY,		\
	  .action = HCBPF_RULE_##action_, .otherwise = HCBPF_RULE_PASS }

static const struct hcbpf_rule kernel_rules[] = {
	{ .abi = HCBPF_ABI_KVM, .nr = NR_DENIED, .sub = ANY, .action = HCBPF_RULE_DENY,
	  .ret = DENIED_RET },
	{ .abi = HCBPF_ABI_KVM, .nr = NR_EXITS, .sub = ANY, .action = HCBPF_RULE_EXIT },
	{ .abi = HCBPF_ABI_KVM, .nr = HCBPF_HC_FEATURES, .sub = ANY, .action = HCBPF_RULE_BUFFER },
	{ .abi = HCBPF_ABI_KVM, .nr = HCBPF_HC_BUFFER_INSERT, .sub = ANY,
	  .action = HCBPF_RULE_BUFFER },
	{ .abi = HCBPF_ABI_KVM, .nr = HCBPF_HC_BUFFER_PURGE, .sub = ANY,
	  .action = HCBPF_RULE_BUFFER },
	KVM_PORT_RULE(HCBPF_HC_DOORBELL, DOORBELL),
	KVM_PORT_RULE(NR_SEND, SEND),
	KVM_PORT_RULE(NR_SEND | HCBPF_HC_PHYSICAL, SEND),
	KVM_PORT_RULE(NR_MAP_GPA, TRACK),
};

#define REGISTERED HCBPF_HC_BUFFER_INSERT
#define PURGED HCBPF_HC_BUFFER_PURGE
#define PHYSICAL_SEND (NR_SEND | HCBPF_HC_PHYSICAL)
#define LIMIT 64ULL		/* the module's max_buffers */

static const struct call kernel_calls[] = {
	{ "denied", NR_DENIED, .answer = DENIED_RET },
	{ "nobody knows it", NR_UNKNOWN, .answer = PLAIN_ANSWER },
	{ "to the VMM", NR_EXITS, { 1, 2, 3, 4 }, .fate = EXITS, .exit_ret = EXIT_RET },
	{ "a doorbell", HCBPF_HC_DOORBELL, { PORT }, .signals = 1 },
	{ "one that is not set", HCBPF_HC_DOORBELL, { UNSET_PORT }, .answer = PLAIN_ANSWER },
	{ "features: no walks", HCBPF_HC_FEATURES,
	  .answer = HCBPF_FEATURE_REGISTERED | HCBPF_FEATURE_PHYSICAL |
		    LIMIT << HCBPF_FEATURE_LIMIT_SHIFT },
	/* Of a page of which nothing was said yet. */
	{ "physical, not shared", PHYSICAL_SEND, { 4, GUEST_SHARED }, .answer = -HCBPF_EFAULT },
	{ "a buffer, not shared", REGISTERED, { FAR, GUEST_SHARED, FRAME },
	  .answer = -HCBPF_EACCES },
	{ "a page is shared", NR_MAP_GPA, { GUEST_SHARED, 1, 0 } },
	{ "physical", PHYSICAL_SEND, { 4, GUEST_SHARED }, .signals = 1 },
	{ "a buffer", REGISTERED, { FAR, GUEST_SHARED, FRAME } },
	{ "in the buffer", NR_SEND, { 4, FAR }, .signals = 1 },
	{ "beyond it", NR_SEND, { 4, FAR + FRAME - 2 }, .answer = -HCBPF_EFAULT },
	{ "virtual, as it may be mapped", NR_SEND, { 4, GUEST_DATA }, .answer = -HCBPF_EFAULT },
	{ "physical, partly shared", PHYSICAL_SEND, { 4, GUEST_SHARED + FRAME - 2 },
	  .answer = -HCBPF_EFAULT },
	{ "no longer shared", NR_MAP_GPA, { GUEST_SHARED, 1, ENCRYPTED } },
	{ "in the buffer, not shared", NR_SEND, { 4, FAR }, .answer = -HCBPF_EFAULT },
	{ "shared again", NR_MAP_GPA, { GUEST_SHARED, 1, 0 } },
	{ "in the buffer again", NR_SEND, { 4, FAR }, .signals = 1 },
	{ "nonsense about pages", NR_MAP_GPA, { 1, 1, 0 }, .answer = -HCBPF_EINVAL },
	{ "no such buffer", PURGED, { GUEST_DATA }, .answer = -HCBPF_ENOENT },
	{ "the buffer goes", PURGED, { FAR } },
	{ "where it was", NR_SEND, { 4, FAR }, .answer = -HCBPF_EFAULT },
};

static inline uint64_t count_signals(const struct call *calls, size_t nr)
{
	uint64_t signals = 0;

	while (nr--)
		signals += calls++->signals;
	return signals;
}

#endif /* TESTS_ENCRYPTED_CALLS_H */
