// SPDX-License-Identifier: GPL-2.0-only
/* Words of the command line, and of others' command lines: what is understood reads back. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "host/vmm_name.h"
#include "seed.h"
#include "text/abi_names.h"
#include "text/gpa_words.h"
#include "text/rules.h"

size_t fuzz_seed(uint8_t *to, size_t room)
{
	return snprintf((char *)to, room, "event_channel_op:send");
}

static void check_call(uint32_t abi, const char *text)
{
	uint32_t nr, sub, nr2, sub2;
	char again[NAMES_TEXT];

	if (call_parse(abi, text, &nr, &sub))
		return;
	call_text(again, abi, nr, sub);
	if (call_parse(abi, again, &nr2, &sub2) || nr != nr2 || sub != sub2)
		abort();
}

static void check_ret(uint32_t abi, const char *text)
{
	char again[NAMES_TEXT];
	int32_t ret, ret2;

	if (ret_parse(abi, text, &ret))
		return;
	ret_text(again, abi, ret);
	if (ret_parse(abi, again, &ret2) || ret != ret2)
		abort();
}

static void check_words(const char *text)
{
	uint32_t number, pid, fd, abi;
	uint64_t address;

	for (abi = 0; abi < HCBPF_NR_ABIS; abi++) {
		if (!abi_has_calls(abi))
			continue;
		check_call(abi, text);
		check_ret(abi, text);
	}
	abi_by_name(text, &abi);
	action_by_name(text, &number);
	parse_pid_fd(text, &pid, &fd);
	parse_address(text, &address);
	if (!name_problem(text) && strlen(text) >= 32)
		abort();
}

static void check_clean(char *text)
{
	char *once, *c;

	text_clean(text, false);
	for (c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			abort();
	once = strdup(text);
	text_clean(text, false);
	if (!once || strcmp(once, text))
		abort();
	free(once);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), name[VMM_NAME_LEN];

	if (!text)
		abort();
	memcpy(text, data, size);
	vmm_name_parse(text, size, name);
	if (strlen(name) >= sizeof(name))
		abort();
	text[size] = '\0';
	check_words(text);
	check_clean(text);
	free(text);
	return 0;
}
