// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "text/profile_draft.h"
#include "text/rules.h"

int entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = rule_order(&x->rule, &y->rule);

	return order ? order : x->order < y->order ? -1 : 1;
}

/* ---- drafts ---- */

void draft_free(struct draft *draft)
{
	free(draft->description);
	free(draft->entry);
}

int draft_add(struct draft *draft, const struct entry *entry)
{
	struct entry *more;

	/* Powers of two. */
	if (!(draft->nr & (draft->nr - 1))) {
		more = realloc(draft->entry, (draft->nr ? 2 * draft->nr : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		draft->entry = more;
	}
	draft->entry[draft->nr] = *entry;
	draft->entry[draft->nr].order = draft->nr;
	draft->nr++;
	return 0;
}

/* Sort, and of several entries for one call keep the last. */
static void draft_settle(struct draft *draft)
{
	struct entry *from = draft->entry;
	size_t i, to = 0;

	if (!draft->nr)
		return;
	qsort(from, draft->nr, sizeof(*from), entry_order);
	for (i = 0; i < draft->nr; i++)
		if (i + 1 == draft->nr || rule_order(&from[i].rule, &from[i + 1].rule))
			from[to++] = from[i];
	draft->nr = to;
	for (i = 0; i < to; i++)
		from[i].order = i;
}

int draft_override(struct draft *draft, const struct draft *from)
{
	size_t i, room = draft->nr + from->nr;
	struct entry *entry;

	if (from->unknown)
		draft->unknown = from->unknown;
	if (!from->nr)
		return 0;
	entry = realloc(draft->entry, room * sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	draft->entry = entry;
	for (i = 0; i < from->nr; i++) {
		entry[draft->nr] = from->entry[i];
		entry[draft->nr].order = draft->nr;
		draft->nr++;
	}
	draft_settle(draft);
	return 0;
}

/* ---- from draft to profile ---- */

static bool has_default(const struct draft *draft, uint32_t abi)
{
	size_t i;

	for (i = 0; i < draft->nr; i++)
		if (draft->entry[i].rule.abi == abi && draft->entry[i].rule.nr == HCBPF_RULE_ANY)
			return true;
	return false;
}

static struct hcbpf_rule unknown_call(uint32_t abi, uint32_t unknown)
{
	struct hcbpf_rule rule = {
		.abi = abi, .nr = HCBPF_RULE_ANY, .sub = HCBPF_RULE_ANY, .action = unknown
	};

	rule_complete(&rule, 0, false);
	return rule;
}

int draft_finish(const struct draft *draft, struct profile *profile)
{
	uint32_t abi;
	size_t i;

	profile->unknown = draft->unknown ? draft->unknown : HCBPF_RULE_PASS;
	profile->rules = calloc(draft->nr + HCBPF_NR_ABIS, sizeof(*profile->rules));
	if (!profile->rules)
		return -ENOMEM;
	for (i = 0; i < draft->nr; i++) {
		profile->rules[i] = draft->entry[i].rule;
		if (draft->entry[i].open)
			rule_complete(&profile->rules[i], profile->unknown,
				      profile->rules[i].ret);
	}
	profile->nr = draft->nr;
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++)
		if (!has_default(draft, abi))
			profile->rules[profile->nr++] = unknown_call(abi, profile->unknown);
	qsort(profile->rules, profile->nr, sizeof(*profile->rules), rule_order);
	return 0;
}
