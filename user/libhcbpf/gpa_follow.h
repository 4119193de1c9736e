/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What taking a snapshot has to know of a follower. */
#ifndef GPA_FOLLOW_H
#define GPA_FOLLOW_H

#include <stdbool.h>
#include "internal.h"

struct hcbpf_gpa_follower {
	struct hcbpf_vm *vm;
	uint32_t flags;
	uint64_t since;		/* what the round asks for */
	uint64_t gfn;		/* where it goes on; 0: it has not begun */
	uint64_t generation;	/* what its first call gave */
	bool torn;		/* a later call of the round gave another */
	uint32_t default_attr;	/* what its last call gave */
};

#endif /* GPA_FOLLOW_H */
