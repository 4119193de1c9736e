// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/verifier.h"

static bool starts(const char *line, const char *word)
{
	return !strncmp(line, word, strlen(word));
}

/* "arg#0 reference type('UNKNOWN ') size cannot be determined": of every program's context. */
static bool is_unknown_type(const char *line)
{
	const char *reason = strchr(line, ' ');

	return starts(line, "arg#") && reason && starts(reason, " reference type('UNKNOWN");
}

/* Lines about the verifier's own work rather than about the program. */
static bool is_noise(const char *line, size_t len)
{
	while (len && isspace((unsigned char)*line)) {
		line++;
		len--;
	}
	return !len || starts(line, "processed ") || starts(line, "verification time ") ||
	       starts(line, "stack depth ") || starts(line, "mark_precise:") ||
	       starts(line, "func#") || is_unknown_type(line);
}

/* Start of the line that ends before @end. */
static const char *line_before(const char *log, const char *end)
{
	while (end > log && end[-1] != '\n')
		end--;
	return end;
}

char *verifier_excerpt(const char *log, int max)
{
	const char *end = log + strlen(log), *line;
	size_t room = strlen(log) + 2;
	char *text, *to;

	text = malloc(room);
	if (!text)
		return NULL;
	/* Fill from the back: the last lines are found first. */
	to = text + room;
	*--to = '\0';
	while (max > 0) {
		line = line_before(log, end);
		if (!is_noise(line, end - line)) {
			*--to = '\n';
			to -= end - line;
			memcpy(to, line, end - line);
			max--;
		}
		if (line == log)
			break;
		end = line - 1;
	}
	memmove(text, to, text + room - to);
	return text;
}
