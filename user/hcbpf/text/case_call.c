// SPDX-License-Identifier: GPL-2.0-only
/* Of a step: the call, and the guest's memory that its arguments name. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text/abi_names.h"
#include "text/case_step.h"

/* ---- the call ---- */

static int read_nr(const struct place *place, const struct node *node, struct hcbpf_call *call)
{
	uint32_t nr;

	if (node_kind(node) == IS_NUMBER) {
		call->nr = node_number(node);
		return 0;
	}
	if (call_by_name(call->abi, node->text, &nr))
		return complain(place, node, "\"%.64s\" is not a call of ABI %s", node->text,
				abi_name(call->abi));
	call->nr = nr;
	return 0;
}

static void read_args(const struct node *list, struct hcbpf_call *call)
{
	const struct node *node;
	int i = 0;

	memset(call->args, 0, sizeof(call->args));
	for (node = list->first; node; node = node->next)
		call->args[i++] = node_number(node);
}

int read_call(const struct place *place, const struct node *map, struct hcbpf_call *call)
{
	const struct node *abi = node_get(map, "abi"), *nr = node_get(map, "nr");
	const struct node *args = node_get(map, "args"), *mode = node_get(map, "mode");
	uint32_t number;

	if (abi && !abi_by_name(abi->text, &number))
		call->abi = number;
	if (args)
		read_args(args, call);
	if (mode)
		call->mode = node_number(mode) == 64 ? HCBPF_MODE_64 : HCBPF_MODE_32;
	call->user = bool_of(map, "user", call->user);
	call->vcpu_id = number_of(map, "vcpu", call->vcpu_id);
	return nr ? read_nr(place, nr, call) : 0;
}

/* ---- guest memory ---- */

static void read_words(const struct node *list, struct hcbpf_test_call *test)
{
	const struct node *node;
	uint32_t word;

	for (node = list->first; node; node = node->next) {
		word = node_number(node);
		memcpy(test->mem + test->mem_len, &word, sizeof(word));
		test->mem_len += sizeof(word);
	}
}

/* Pairs of digits, with or without a space between two of them. */
static int read_hex(const struct place *place, const struct node *node,
		    struct hcbpf_test_call *test)
{
	const char *text;

	test->mem_len = 0;
	for (text = node->text; *text; text += 2) {
		text += *text == ' ';
		if (test->mem_len == HCBPF_TEST_MEM)
			return complain(place, node, "more than %d bytes", HCBPF_TEST_MEM);
		if (strspn(text, "0123456789abcdefABCDEF") < 2)
			return complain(place, node, "bytes are missing: \"05 00 00 00\"");
		sscanf(text, "%2hhx", &test->mem[test->mem_len++]);
	}
	return 0;
}

int read_memory(const struct place *place, const struct node *map, struct hcbpf_test_call *test)
{
	const struct node *words = node_get(map, "words"), *hex = node_get(map, "hex");

	memset(test->mem, 0, sizeof(test->mem));
	test->mem_len = 0;
	test->mem_addr = number_of(map, "addr", test->mem_addr);
	if (words && hex)
		return complain(place, hex, "either \"words\" or \"hex\"");
	if (words)
		read_words(words, test);
	return hex ? read_hex(place, hex, test) : 0;
}
