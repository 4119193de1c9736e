/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bound VM whose vCPUs make calls of every kind, and the books: what the calls came
 * to, the binding's counters and the signals that arrived must agree to the last call.
 */
#ifndef TESTS_LAB_PARALLEL_BOUND_H
#define TESTS_LAB_PARALLEL_BOUND_H

#include "callers.h"

#define UNSET_PORT 6
#define NR_DENIED 100
#define NR_EXITS 101
#define NR_UNKNOWN 102
#define NR_MAP_GPA 12		/* KVM_HC_MAP_GPA_RANGE, of KVM's ABI */
#define ENCRYPTED (1ULL << 4)	/* its attribute */

#define DENIED_RET (-1234)
#define UNSET_RET (-1235)	/* under strict rules */
#define UNTRACKED_RET (-1236)

#define FAR 0x70000000ULL	/* nothing is mapped there: only a registered buffer leads on */
#define GUEST_UNSET (GUEST_DATA + 64)
#define SIZE 4096

/* Those by Xen's ABI in a VM that has it, by KVM's in others. In the order of the calls. */
enum kind {
	INSERT,
	SEND,		/* KVM's ABI has none: a doorbell, and so for the next two */
	UNSET,
	SEND_FAR,	/* through the buffer */
	PURGE,
	DOORBELL,
	DENIED,
	EXITS,
	UNKNOWN,
	ENCRYPT,	/* Xen's ABI has none: unknown */
	DECRYPT,
	NONSENSE,
	NR_KINDS,
};

struct bound {
	struct guest guest;
	struct hcbpf_vm *hc;
	const char *policy;	/* NULL: the standard one */
	int efd[2];		/* of the slots 0 and 1 */
	uint64_t signals;	/* taken from them and from those before them */
};

/* What bindings have counted: one, or several of one VM. */
struct books {
	uint64_t done, exits, passed, signals, gpa_sets, gpa_failures, senseless;
};

enum strictness { NO_RULES, USUAL_RULES, STRICT_RULES, NR_STRICTNESS };

int bound_set_rules(struct bound *bound, enum strictness strictness);

/* The VM, not bound yet; then its binding, with port, eventfds and the usual rules. */
void bound_up(struct bound *bound, const struct kvm_vm_conf *conf);
int bound_bind(struct bound *bound);
void bound_down(struct bound *bound);

/* Add what the binding has counted. */
int bound_read(struct bound *bound, struct books *books);
/* Take the signals that have arrived. */
void bound_take(struct bound *bound);

/* After the last call: all that was answered, left to the VMM and signalled is in the books. */
void bound_expect(struct bound *bound, const struct books *books);
/* And what passed, too: the VM was bound all the time. */
void bound_expect_all(struct bound *bound);

#endif /* TESTS_LAB_PARALLEL_BOUND_H */
