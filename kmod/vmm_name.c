// SPDX-License-Identifier: GPL-2.0-only
/* Also part of the command, which shows by it whose VM is whose. */
#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <string.h>
#endif
#include "vmm_name.h"

/* The option of @len bytes at @text ends the name: ',', but not ",,". */
static size_t option_length(const char *text)
{
	size_t len = 0;

	while (text[len] && (text[len] != ',' || text[len + 1] == ','))
		len += text[len] == ',' ? 2 : 1;
	return len;
}

static void copy_name(const char *text, size_t len, char name[VMM_NAME_LEN])
{
	size_t i, used = 0;

	for (i = 0; i < len && used < VMM_NAME_LEN - 1; i++) {
		name[used++] = text[i];
		i += text[i] == ',';
	}
	name[i < len ? 0 : used] = '\0';
}

static void parse_value(const char *text, char name[VMM_NAME_LEN])
{
	static const char key[] = "guest=";
	bool first = true;
	size_t len;

	for (;; text += len + 1, first = false) {
		len = option_length(text);
		if (!strncmp(text, key, strlen(key)))
			copy_name(text + strlen(key), len - strlen(key), name);
		else if (first && !memchr(text, '=', len))
			copy_name(text, len, name);
		if (!text[len])
			return;
	}
}

void vmm_name_parse(const char *cmdline, size_t size, char name[VMM_NAME_LEN])
{
	const char *arg = cmdline, *end = cmdline + size, *next;

	name[0] = '\0';
	/* An argument without its end is one that was cut off. */
	for (; arg < end && memchr(arg, '\0', end - arg); arg = next) {
		next = arg + strlen(arg) + 1;
		if (!strncmp(arg, "--name=", 7))
			parse_value(arg + 7, name);
		if (strcmp(arg, "-name") && strcmp(arg, "--name"))
			continue;
		if (next >= end || !memchr(next, '\0', end - next))
			return;
		parse_value(next, name);
		next += strlen(next) + 1;
	}
}
