/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VM's guest may call. */
#ifndef HCBPF_KMOD_RULES_H
#define HCBPF_KMOD_RULES_H

#include <linux/types.h>
#include <hcbpf/call.h>
#include <hcbpf/rule.h>

struct rule_slot {
	u64 key;		/* nr << 32 | sub */
	u8 abi;
	hcbpf_rule_t word;	/* 0: empty */
};

struct rules {
	u32 shift;		/* 64 - log2(slots) */
	u32 mask;		/* slots - 1 */
	u32 nr;
	u64 multiplier;		/* of the hash, random */
	u64 abi_multiplier;
	u64 filter;		/* a bit for each number that a rule names */
	u8 features[HCBPF_NR_ABIS];	/* hcbpf_rule_features() of all */
	struct hcbpf_rule *list;	/* as the VMM gave them */
	hcbpf_rule_t by_default[HCBPF_NR_ABIS];
	struct rule_slot slot[];
};

#define MAX_RULES 65536

struct rules *hcb_rules_create(struct hcbpf_rule *list, u32 nr);
void hcb_rules_free(struct rules *rules);
hcbpf_rule_t hcb_rules_get(const struct rules *rules, u8 abi, u64 nr, u32 sub);
bool hcb_rules_add_calls(const struct rules *old, const struct rules *new);
size_t hcb_rules_memory(const struct rules *rules);

#endif /* HCBPF_KMOD_RULES_H */
