/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a profile while its files are read: later ones override, and `unknown`
 * is not settled before the end. Zeroed, a draft is empty.
 */
#ifndef PROFILE_DRAFT_H
#define PROFILE_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/rule.h>

#include "text/profile_file.h"

/* A rule as its file has it. */
struct entry {
	struct hcbpf_rule rule;
	bool open;		/* `otherwise` is for the profile's `unknown` to say */
	unsigned int line;
	size_t order;		/* later entries override */
};

/* What one file and those it includes make. */
struct draft {
	char name[HCBPF_NAME_LEN];
	char *description;
	uint32_t unknown;	/* 0: not said */
	struct entry *entry;
	size_t nr;
};

/* By rule_order(), then by @order. For qsort(). */
int entry_order(const void *a, const void *b);

/* Append. Only for a draft that nothing has overridden. -ENOMEM. */
int draft_add(struct draft *draft, const struct entry *entry);

/* What @from says counts over what @draft said. -ENOMEM. */
int draft_override(struct draft *draft, const struct draft *from);

/* Its rules become @profile's; `unknown` the default of each ABI, and of each port. -ENOMEM. */
int draft_finish(const struct draft *draft, struct profile *profile);

void draft_free(struct draft *draft);

#endif /* PROFILE_DRAFT_H */
