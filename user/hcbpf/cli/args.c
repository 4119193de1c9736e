// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <hcbpf/call.h>

#include "cli/args.h"

int parse_u64(const char *text, uint64_t *value)
{
	unsigned long long v;
	int base = 10;
	char *end;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	/* strtoull() alone would take blanks, signs and a second 0x. */
	if (!isxdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X')
		return -EINVAL;
	errno = 0;
	v = strtoull(text, &end, base);
	if (end == text || *end)
		return -EINVAL;
	if (errno)
		return -ERANGE;
	*value = v;
	return 0;
}

int parse_u32(const char *text, uint32_t *value)
{
	uint64_t v;
	int err = parse_u64(text, &v);

	if (err)
		return err;
	if (v > UINT32_MAX)
		return -ERANGE;
	*value = v;
	return 0;
}

int parse_pid_fd(const char *text, uint32_t *pid, uint32_t *fd)
{
	const char *colon = strchr(text, ':');
	char head[16];
	int err;

	if (!colon || (size_t)(colon - text) >= sizeof(head))
		return -EINVAL;
	memcpy(head, text, colon - text);
	head[colon - text] = '\0';
	err = parse_u32(head, pid);
	return err ? err : parse_u32(colon + 1, fd);
}

const char *name_problem(const char *name)
{
	if (!name[0])
		return "it is empty";
	if (strlen(name) >= HCBPF_NAME_LEN)
		return "it is longer than 31 characters";
	for (; *name; name++)
		if (!isascii((unsigned char)*name) ||
		    (!isalnum((unsigned char)*name) && !strchr("_.-", *name)))
			return "only letters, digits and _ . - are allowed";
	return NULL;
}

/* Length of the well-formed UTF-8 sequence at @s, 0 if there is none. */
static int utf8_length(const unsigned char *s)
{
	int len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* Overlong forms, surrogates, and what lies beyond U+10FFFF. */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	/* C1 control characters. */
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	return len;
}

/*
 * Does the character of @len bytes at @s move others about? What changes the direction
 * of text can show a row that is not what it says: U+061C, U+200E and U+200F, U+2028 to
 * U+202E, U+2066 to U+2069.
 */
static bool moves_others(const unsigned char *s, int len)
{
	if (len == 2)
		return s[0] == 0xd8 && s[1] == 0x9c;
	if (len != 3 || s[0] != 0xe2)
		return false;
	if (s[1] == 0x80)
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9;
}

void text_clean(char *text, bool keep_newlines)
{
	unsigned char *s = (unsigned char *)text;
	bool control;
	int len;

	while (*s) {
		len = utf8_length(s);
		control = len == 1 && iscntrl(*s) && !(*s == '\n' && keep_newlines);
		if (!len || control || moves_others(s, len))
			memset(s, '?', len ? len : 1);
		s += len ? len : 1;
	}
}
