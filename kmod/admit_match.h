/* SPDX-License-Identifier: GPL-2.0-only */
/* Which rule of the table a VM falls under. Pure: tests/unit/test_admit_match.c. */
#ifndef HCBPF_KMOD_ADMIT_MATCH_H
#define HCBPF_KMOD_ADMIT_MATCH_H

#include <linux/types.h>
#include <hcbpf/admit.h>

/* What rules look at. */
struct admit_facts {
	u32 uid;
	const char *cgroup;	/* the whole path */
	const char *name;	/* "": none */
};

bool hcb_admit_rule_is_valid(const struct hcbpf_admit_rule *rule, u32 nr_templates);

/* 1 + the index of the first rule that matches, or 0. */
u32 hcb_admit_match(const struct hcbpf_admit_rule *rules, u32 nr, const struct admit_facts *facts);

#endif /* HCBPF_KMOD_ADMIT_MATCH_H */
