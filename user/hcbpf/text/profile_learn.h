/* SPDX-License-Identifier: GPL-2.0-only */
/* A profile of the calls that a VM was seen to make; docs/profiles.md has its format. */
#ifndef PROFILE_LEARN_H
#define PROFILE_LEARN_H

#include <stdbool.h>
#include <stdio.h>
#include <hcbpf/libhcbpf.h>

/* What was seen, and by which rules. */
struct lesson {
	const char *name;		/* of the profile */
	uint32_t id;			/* of the VM */
	const char *policy;		/* of the VM */
	const struct hcbpf_calls *calls;
	const struct hcbpf_rule *rules;	/* the VM's own, sorted */
	size_t nr_rules;
};

/* What nobody may miss: a sentence. */
typedef void learn_warn_fn(void *context, const char *warning);

/*
 * Write the profile under which each of these calls goes on as before, and all others are
 * denied. What cannot be said in rules stays denied, whatever the guest called, and is told.
 * Returns how many rules there are, or -ENOMEM.
 */
int profile_learn(FILE *to, const struct lesson *lesson, learn_warn_fn *warn, void *context);

#endif /* PROFILE_LEARN_H */
