/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the numbers of rules: ABIs, calls and their sub-operations,
 * actions, results. No function here prints or keeps state; those that read
 * words return 0 or -EINVAL.
 */
#ifndef ABI_NAMES_H
#define ABI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/rule.h>

#define NAMES_TEXT 96	/* room for any text made here */

/*
 * The actions: for each a row with its word and with what finds rules that nobody can
 * have meant. All that is a matter of what an action does is in <hcbpf/rule.h>.
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
	row(SDEI, "sdei", sdei_mistake)

/* All the words, each with a space before it: for texts that the compiler makes. */
#define ACTION_WORD(action, word, mistake) " " word
#define ACTION_LIST ACTION_WORDS(ACTION_WORD)

/* NULL: no such number. */
const char *abi_name(uint32_t abi);
const char *action_name(uint32_t action);

int abi_by_name(const char *name, uint32_t *abi);	/* "auto" included */
int action_by_name(const char *name, uint32_t *action);

/* "pass, deny or exit": those that @is_one says yes to. */
void action_list(char text[NAMES_TEXT], int (*is_one)(__u8 action));

/* A call's name or number. */
int call_by_name(uint32_t abi, const char *name, uint32_t *nr);
int op_by_name(uint32_t abi, uint32_t nr, const char *name, uint32_t *sub);

/* "NR", "NR:SUB" or "default", by name or number. */
int call_parse(uint32_t abi, const char *text, uint32_t *nr, uint32_t *sub);
void call_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub);

/* How the ABI says "no such call", and "no such port". */
int32_t ret_no_call(uint32_t abi);
int32_t ret_no_port(uint32_t abi);

/*
 * A result: a number, or the name of an error, with or without '-' in front.
 * ENOSYS is a name in each ABI, for ret_no_call().
 */
int ret_parse(uint32_t abi, const char *text, int32_t *ret);
void ret_text(char text[NAMES_TEXT], uint32_t abi, int32_t ret);

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

#endif /* ABI_NAMES_H */
