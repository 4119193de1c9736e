/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules and actions in words. Nothing here prints or keeps state. */
#ifndef RULES_H
#define RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/rule.h>

#include "text/abi_names.h"

/*
 * The actions: for each a row with its word and with what finds rules that nobody can
 * have meant. Everything about what an action does is in <hcbpf/rule.h>.
 */
#define ACTION_WORDS(row)			\
	row(PASS, "pass", NULL)			\
	row(DENY, "deny", NULL)			\
	row(EXIT, "exit", NULL)			\
	row(SEND, "send", send_mistake)		\
	row(DOORBELL, "doorbell", doorbell_mistake) \
	row(TRACK, "track", track_mistake)	\
	row(TRACK_EXIT, "track-exit", track_mistake) \
	row(BUFFER, "buffer", NULL)		\
	row(SDEI, "sdei", sdei_mistake)		\
	row(DISCOVER, "discover", NULL)

/* All the words, each with a space before it: for texts that the compiler makes. */
#define ACTION_WORD(action, word, mistake) " " word
#define ACTION_LIST ACTION_WORDS(ACTION_WORD)

/* NULL: no such number. */
const char *action_name(uint32_t action);
int action_by_name(const char *name, uint32_t *action);

/* "pass, deny or exit": those that @is_one says yes to. */
void action_list(char text[NAMES_TEXT], int (*is_one)(__u8 action));

/* By ABI, number, sub-operation: defaults last. 0: for the same call. For qsort() too. */
int rule_order(const void *a, const void *b);

/* "send, otherwise deny -ENOENT" */
void rule_text(char text[NAMES_TEXT], const struct hcbpf_rule *rule);

/*
 * Complete a rule: @otherwise becomes that of an action that lacks one; a
 * denial without a result (!@has_ret) gets the usual one.
 */
void rule_complete(struct hcbpf_rule *rule, uint32_t otherwise, bool has_ret);

/*
 * What is wrong with a rule, in words; NULL: nothing. The first knows all that
 * the kernel refuses; the second adds what could never have been meant.
 */
const char *rule_problem(const struct hcbpf_rule *rule);
const char *rule_mistake(const struct hcbpf_rule *rule);

/*
 * Compare two sorted lists: how many rules only one of them has, or both have
 * differently. @tell, if not NULL, gets each; the one that is missing is NULL.
 */
typedef void differ_fn(void *context, const struct hcbpf_rule *a, const struct hcbpf_rule *b);
size_t rules_differ(const struct hcbpf_rule *a, size_t nr_a, const struct hcbpf_rule *b,
		    size_t nr_b, differ_fn *tell, void *context);

#endif /* RULES_H */
