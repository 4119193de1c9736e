// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <string.h>

#include "cli/wrap.h"

/* Characters that take a column: all but the further bytes of one in UTF-8. */
static int columns_of(const char *text, size_t len)
{
	int columns = 0;

	for (; len; len--, text++)
		columns += (*text & 0xc0) != 0x80;
	return columns;
}

static size_t word_length(const char *text)
{
	return strcspn(text, " \n");
}

/* Up to a blank outside of brackets that does not come between an option and its value. */
static size_t usage_length(const char *text)
{
	size_t len = strcspn(text, " \n"), i;
	int depth = 0;

	for (i = 0; text[i] && text[i] != '\n'; i++) {
		if (text[i] == ' ' && !depth && i != len)
			return i;
		if (text[i] == ' ' && !depth && strncmp(text + strspn(text, "{"), "--", 2))
			return i;
		depth += (text[i] == '[') - (text[i] == ']');
	}
	return i;
}

static void wrap(FILE *f, const char *text, size_t (*length)(const char *), int column, int indent,
		 int width)
{
	bool first = true;
	size_t len;
	int size;

	for (; *text; text += len) {
		len = length(text);
		size = columns_of(text, len);
		if (!first && column + 1 + size > width) {
			fprintf(f, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', f);
			column++;
		}
		fprintf(f, "%.*s", (int)len, text);
		column += size;
		first = text[len] == '\n';
		if (first) {
			fprintf(f, "\n%*s", indent, "");
			column = indent;
		}
		len += text[len] != '\0';
	}
	fputc('\n', f);
}

void wrap_text(FILE *f, const char *text, int column, int indent, int width)
{
	wrap(f, text, word_length, column, indent, width);
}

void wrap_usage(FILE *f, const char *usage, int column, int indent, int width)
{
	wrap(f, usage, usage_length, column, indent, width);
}
