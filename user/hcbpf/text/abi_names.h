/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the numbers of ABIs, of calls and their sub-operations, and of results.
 * No function here prints or keeps state; those that read words return 0 or -EINVAL.
 */
#ifndef ABI_NAMES_H
#define ABI_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/rule.h>

#define NAMES_TEXT 96	/* room for any text made here */

/* NULL: no such number. */
const char *abi_name(uint32_t abi);

int abi_by_name(const char *name, uint32_t *abi);	/* "auto" included */

bool abi_has_calls(uint32_t abi);		/* all but "auto" */
bool abi_is_of_this_machine(uint32_t abi);	/* VMs can be bound with it here */

/* "kvm, xen or smccc": those that @is_one says yes to. */
void abi_list(char text[NAMES_TEXT], bool (*is_one)(uint32_t abi));

/* "one, two or three" */
void choice_text(char text[NAMES_TEXT], const char *const *words, size_t nr);

/* A call's name or number. */
int call_by_name(uint32_t abi, const char *name, uint32_t *nr);
int op_by_name(uint32_t abi, uint32_t nr, const char *name, uint32_t *sub);

/* Call @fn with the name of each call, and with "CALL:OP" for each of its sub-operations. */
void call_names(uint32_t abi, void (*fn)(const char *name));

/* "NR", "NR:SUB" or "default", by name or number. */
int call_parse(uint32_t abi, const char *text, uint32_t *nr, uint32_t *sub);
void call_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub);

/*
 * The same with names alone, of which there is a known number: a sub-operation without one is
 * left out, and so is where addresses are. False: the call has none.
 */
bool call_named_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub);

/* A sub-operation's name or number; has the call any with names? */
void op_text(char text[NAMES_TEXT], uint32_t abi, uint32_t nr, uint32_t sub);
bool call_has_ops(uint32_t abi, uint32_t nr);

/* How the ABI says "no such call", and "no such port". */
int32_t ret_no_call(uint32_t abi);
int32_t ret_no_port(uint32_t abi);

/*
 * A result: a number, or the name of an error, with or without '-' in front.
 * ENOSYS is a name in each ABI, for ret_no_call().
 */
int ret_parse(uint32_t abi, const char *text, int32_t *ret);
void ret_text(char text[NAMES_TEXT], uint32_t abi, int32_t ret);

#endif /* ABI_NAMES_H */
