// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "text/operators_part.h"

/* Both in the order of the format; a rule has no padding. */
static bool same_rules(const struct hcbpf_saved *a, const struct hcbpf_saved *b)
{
	return a->nr_rules == b->nr_rules &&
	       (!a->nr_rules || !memcmp(a->rules, b->rules, a->nr_rules * sizeof(*a->rules)));
}

const char *operators_part_differs(const struct hcbpf_saved *a, const struct hcbpf_saved *b)
{
	if (strcmp(a->policy, b->policy))
		return "the policy";
	if (a->abi != b->abi)
		return "the ABI";
	if (strcmp(a->profile, b->profile))
		return "the profile";
	if (!same_rules(a, b))
		return "a rule";
	if (a->param != b->param)
		return "the parameter";
	return NULL;
}
