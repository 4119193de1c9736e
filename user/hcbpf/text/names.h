/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the numbers of rules: ABIs, calls and their sub-operations,
 * actions, results. No function here prints or keeps state; those that read
 * words return 0 or -EINVAL.
 */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/rule.h>

#define NAMES_TEXT 96	/* room for any text made here */

/* NULL: no such number. */
const char *abi_name(uint32_t abi);
const char *action_name(uint32_t action);

/* What may turn out not to be possible, and then is what `otherwise` says. */
bool action_has_otherwise(uint32_t action);

int abi_by_name(const char *name, uint32_t *abi);	/* "auto" included */
int action_by_name(const char *name, uint32_t *action);

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

#endif /* NAMES_H */
