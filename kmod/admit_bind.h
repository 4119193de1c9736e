/* SPDX-License-Identifier: GPL-2.0-only */
/* What becomes of a VM under the operator's table. */
#ifndef HCBPF_KMOD_ADMIT_BIND_H
#define HCBPF_KMOD_ADMIT_BIND_H

#include <linux/types.h>

struct admit_table;
struct kvm;

enum admit_fate {
	ADMIT_FREE,		/* it runs, and no template has it */
	ADMIT_BOUND,		/* it runs, bound just now */
	ADMIT_HELD,		/* it runs, by an operator's binding that was there */
	ADMIT_REFUSED,		/* not now: the VMM is told so */
	ADMIT_LATER,		/* it cannot be said yet: the VMM has to come again */
};

/*
 * Of a VM that the current thread runs, and holds. May sleep, for as long as the VMM likes. One
 * at a time for one VM.
 */
enum admit_fate hcb_admit_decide(const struct admit_table *table, struct kvm *kvm);

#endif /* HCBPF_KMOD_ADMIT_BIND_H */
