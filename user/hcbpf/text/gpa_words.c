// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hcbpf/gpa.h>

#include "text/gpa_words.h"

static const char units[] = "KMGTP";

void attr_text(char text[ATTR_TEXT], uint32_t attr)
{
	const char *negation = attr & HCBPF_GPA_ENCRYPTED ? "" : "not ";
	uint32_t key = attr >> HCBPF_GPA_KEY_SHIFT;

	if (attr & ~HCBPF_GPA_ATTR_MASK)
		snprintf(text, ATTR_TEXT, "unknown 0x%x", attr);
	else if (key)
		snprintf(text, ATTR_TEXT, "%sencrypted, key %u", negation, key);
	else
		snprintf(text, ATTR_TEXT, "%sencrypted", negation);
}

void size_text(char text[SIZE_TEXT], uint64_t bytes)
{
	uint64_t unit = 1, tenths;
	int u = -1;

	for (; units[u + 1] && bytes >> 10 >= unit; u++)
		unit <<= 10;
	if (u < 0) {
		snprintf(text, SIZE_TEXT, "%u B", (unsigned int)bytes);
		return;
	}
	/* No product that could wrap: up to 2^64 bytes. */
	tenths = bytes % unit * 10 / unit;
	if (!(bytes % unit))
		snprintf(text, SIZE_TEXT, "%llu %ciB", (unsigned long long)(bytes / unit),
			 units[u]);
	else
		snprintf(text, SIZE_TEXT, "%s%llu.%u %ciB", bytes % unit * 10 % unit ? "~" : "",
			 (unsigned long long)(bytes / unit), (unsigned int)tenths, units[u]);
}

int parse_address(const char *text, uint64_t *address)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long value;
	const char *unit;
	int shift = 0;
	char *end;

	text += hex ? 2 : 0;
	/* strtoull() alone would take blanks, signs and a second 0x. */
	if (hex ? !isxdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X' :
		  !isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, hex ? 16 : 10);
	if (errno)
		return -ERANGE;
	if (*end) {
		unit = strchr(units, toupper((unsigned char)*end));
		if (!unit || end[1])
			return -EINVAL;
		shift = 10 * (unit - units + 1);
	}
	if (value > UINT64_MAX >> shift)
		return -ERANGE;
	*address = value << shift;
	return 0;
}
