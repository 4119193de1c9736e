// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's rules: a hash table that is built whole, published by one pointer and
 * never changed. Readers are a guest's calls, inside RCU; writers hold the VM's
 * lock. The VMM chooses the keys, so the hash is random for each table, and a
 * table in which a search would be long is built again: looking up takes at
 * most three searches of MAX_SEARCH slots, however many rules there are.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "filter.h"
#include "rules.h"

#define MAX_SEARCH 16

static size_t nr_slots(const struct rules *rules)
{
	return rules->mask + 1UL;
}

/* The slot of a rule, or the empty one where it would go; NULL: too far away. */
static struct rule_slot *slot_of(struct rules *rules, u8 abi, u64 key)
{
	u32 i = hcb_rules_home(rules, abi, key), n;

	for (n = 0; n < MAX_SEARCH; n++) {
		struct rule_slot *slot = &rules->slot[(i + n) & rules->mask];

		if (hcb_rule_ends_search(slot, abi, key))
			return slot;
	}
	return NULL;
}

static noinline hcbpf_rule_t searched_word_of(const struct rules *rules, u8 abi, u64 key)
{
	const struct rule_slot *slot = slot_of((struct rules *)rules, abi, key);

	return slot ? slot->word : 0;
}

static hcbpf_rule_t word_of(const struct rules *rules, u8 abi, u32 nr, u32 sub)
{
	u64 key = hcb_rule_key(nr, sub);
	hcbpf_rule_t word;

	return hcb_rules_peek(rules, abi, key, &word) ? word : searched_word_of(rules, abi, key);
}

static hcbpf_rule_t lookup(const struct rules *rules, u8 abi, u32 nr, u32 sub)
{
	hcbpf_rule_t word;

	if (!rules)
		return 0;
	if (sub != HCBPF_RULE_ANY) {
		word = word_of(rules, abi, nr, sub);
		if (word)
			return word;
	}
	word = word_of(rules, abi, nr, HCBPF_RULE_ANY);
	return likely(word) ? word : rules->by_default[abi];
}

hcbpf_rule_t hcb_rules_get(const struct rules *rules, u8 abi, u64 nr, u32 sub)
{
	/* Numbers have 32 bits: a larger one is no rule's. */
	return lookup(rules, abi, min_t(u64, nr, HCBPF_RULE_ANY), sub);
}

/* ---- building ---- */

/* -EINVAL: malformed, or there already. -EXFULL: the hash does not suit the rules. */
static int rules_add(struct rules *rules, const struct hcbpf_rule *rule)
{
	hcbpf_rule_t *word = &rules->by_default[array_index_nospec(rule->abi, HCBPF_NR_ABIS)];

	if (rule->nr != HCBPF_RULE_ANY) {
		u64 key = hcb_rule_key(rule->nr, rule->sub);
		struct rule_slot *slot = slot_of(rules, rule->abi, key);

		if (!slot)
			return -EXFULL;
		slot->key = key;
		slot->abi = rule->abi;
		word = &slot->word;
	}
	if (*word)
		return -EINVAL;
	*word = hcbpf_rule_word(rule);
	rules->features[array_index_nospec(rule->abi, HCBPF_NR_ABIS)] |= hcbpf_rule_features(rule);
	if (rule->nr != HCBPF_RULE_ANY)
		rules->filter |= hcb_filter_bit(rule->nr);
	else if (rule->action != HCBPF_RULE_PASS || rule->user == HCBPF_RULE_DENY)
		rules->filter = ~0ULL;
	return 0;
}

static int rules_fill_once(struct rules *rules)
{
	u32 i;
	int err;

	memset(rules->by_default, 0, sizeof(rules->by_default));
	memset(rules->slot, 0, sizeof(*rules->slot) * nr_slots(rules));
	rules->multiplier = get_random_u64() | 1;
	rules->abi_multiplier = get_random_u64();
	for (i = 0; i < rules->nr; i++) {
		err = rules_add(rules, &rules->list[i]);
		if (err)
			return err;
		cond_resched();
	}
	for (i = 0; i < HCBPF_NR_ABIS; i++)
		if (!rules->by_default[i])
			rules->by_default[i] = hcbpf_rule_make(HCBPF_RULE_PASS, 0, 0);
	return 0;
}

static int rules_fill(struct rules *rules)
{
	int err, tries;
	u32 i;

	for (i = 0; i < rules->nr; i++)
		if (hcbpf_rule_flaw(&rules->list[i]))
			return -EINVAL;
	/* At a quarter full, the first try nearly always succeeds. */
	for (tries = 0; tries < 32; tries++) {
		err = rules_fill_once(rules);
		if (err != -EXFULL)
			return err;
	}
	return -ENOMEM;
}

/* Takes ownership of @list, which came from kvmalloc, also on failure. */
struct rules *hcb_rules_create(struct hcbpf_rule *list, u32 nr)
{
	u32 bits = order_base_2(max(nr, 1U) * 4);
	struct rules *rules;
	int err;

	rules = kvzalloc(struct_size(rules, slot, 1UL << bits), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!rules) {
		kvfree(list);
		return ERR_PTR(-ENOMEM);
	}
	rules->shift = 64 - bits;
	rules->mask = (1U << bits) - 1;
	rules->list = list;
	rules->nr = nr;
	err = rules_fill(rules);
	if (!err)
		return rules;
	hcb_rules_free(rules);
	return ERR_PTR(err);
}

/* No reader is left. NULL is fine. */
void hcb_rules_free(struct rules *rules)
{
	if (!rules)
		return;
	kvfree(rules->list);
	kvfree(rules);
}

size_t hcb_rules_memory(const struct rules *rules)
{
	if (!rules)
		return 0;
	return struct_size(rules, slot, nr_slots(rules)) + rules->nr * sizeof(*rules->list);
}

/* ---- comparing ---- */

/* What a call gets an answer to: with a port that is set, with one that is not, from user mode. */
#define ANSWERS_SET BIT(0)
#define ANSWERS_UNSET BIT(1)
#define ANSWERS_USER BIT(2)

static u32 answers(const struct rules *rules, u8 abi, u32 nr, u32 sub)
{
	hcbpf_rule_t word = lookup(rules, abi, nr, sub);
	u32 user = hcbpf_rule_unasked(word, true) == HCBPF_RULE_DENY ? 0 : ANSWERS_USER;

	if (hcbpf_rule_action(word) == HCBPF_RULE_DENY)
		return user;
	if (hcbpf_rule_otherwise(word) == HCBPF_RULE_DENY)
		return ANSWERS_SET | user;
	return ANSWERS_SET | ANSWERS_UNSET | user;
}

static bool adds(const struct rules *old, const struct rules *new, u8 abi, u32 nr, u32 sub)
{
	return answers(new, abi, nr, sub) & ~answers(old, abi, nr, sub);
}

/* Does @new answer what @old denied, for one of the calls that @names has rules for? */
static bool adds_one_of(const struct rules *old, const struct rules *new,
			const struct rules *names)
{
	u32 i;

	for (i = 0; names && i < names->nr; i++) {
		const struct hcbpf_rule *rule = &names->list[i];

		if (adds(old, new, rule->abi, rule->nr, rule->sub))
			return true;
		cond_resched();
	}
	return false;
}

/*
 * Does @new answer a call that @old denied? A call that neither names is
 * decided by a rule for its number, which is among the named ones, or by the
 * defaults. NULL is no rules, which deny nothing.
 */
bool hcb_rules_add_calls(const struct rules *old, const struct rules *new)
{
	u8 abi;

	for (abi = 0; abi < HCBPF_NR_ABIS; abi++)
		if (adds(old, new, abi, HCBPF_RULE_ANY, HCBPF_RULE_ANY))
			return true;
	return adds_one_of(old, new, old) || adds_one_of(old, new, new);
}
