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
/* ---- the same inline, since every call that a policy asks about pays for it ---- */

static __always_inline u64 hcb_rule_key(u32 nr, u32 sub)
{
	return (u64)nr << 32 | sub;
}

/*
 * Where the search for a rule begins. That the shift is less than 64 is said for kernels that
 * check shifts (UBSAN): the call of what complains would have registers saved for it.
 */
static __always_inline u32 hcb_rules_home(const struct rules *rules, u8 abi, u64 key)
{
	return (key * rules->multiplier + abi * rules->abi_multiplier) >> (rules->shift & 63);
}

static __always_inline bool hcb_rule_ends_search(const struct rule_slot *slot, u8 abi, u64 key)
{
	return !slot->word || (slot->key == key && slot->abi == abi);
}

/*
 * @word, 0 if there is none, where the first slot tells: nearly always, in a table that is a
 * quarter full. False: it has to be searched for.
 */
static __always_inline bool hcb_rules_peek(const struct rules *rules, u8 abi, u64 key,
					   hcbpf_rule_t *word)
{
	const struct rule_slot *slot =
		&rules->slot[hcb_rules_home(rules, abi, key) & rules->mask];

	*word = slot->word;
	return likely(hcb_rule_ends_search(slot, abi, key));
}

/*
 * What hcb_rules_get() says, to *@word, where a rule is found at once, without a function that
 * has registers to save: 25 instructions less. False: ask that.
 */
static __always_inline bool hcb_rules_get_quickly(const struct rules *rules, u8 abi, u64 nr,
						  u32 sub, hcbpf_rule_t *word)
{
	if (unlikely(nr > HCBPF_RULE_ANY))
		return false;
	while (hcb_rules_peek(rules, abi, hcb_rule_key(nr, sub), word)) {
		if (*word)
			return true;
		if (sub == HCBPF_RULE_ANY) {
			*word = rules->by_default[abi];
			return true;
		}
		sub = HCBPF_RULE_ANY;
	}
	return false;
}

bool hcb_rules_add_calls(const struct rules *old, const struct rules *new);
size_t hcb_rules_memory(const struct rules *rules);

#endif /* HCBPF_KMOD_RULES_H */
