// SPDX-License-Identifier: GPL-2.0-only
/*
 * Usage is read from left to right, with a set of the numbers of arguments that what was
 * read may have taken: all alternatives are followed at once.
 */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "cli/usage.h"

struct reading {
	const char *at;
	const char *const *words;
	int nr;
	usage_fn *fn;
	void *data;
};

static uint32_t read_alternatives(struct reading *r, uint32_t in);

bool usage_is_kind(const char *word)
{
	return isupper((unsigned char)word[0]);
}

/* To the end of a word; brackets in it belong to it: "NR[:SUB]". */
static int word_length(const char *text)
{
	int len, depth = 0;

	for (len = 0; text[len]; len++) {
		if (text[len] == ' ' || text[len] == '|' || text[len] == '}')
			break;
		if (text[len] == ']' && !depth)
			break;
		depth += (text[len] == '[') - (text[len] == ']');
	}
	return len;
}

static bool fits(const char *word, int len, const char *argument)
{
	return usage_is_kind(word) ||
	       ((int)strlen(argument) == len && !strncmp(argument, word, len));
}

static uint32_t read_word(struct reading *r, uint32_t in)
{
	int len = word_length(r->at), i;
	uint32_t out = 0;

	for (i = 0; i < r->nr; i++)
		if (in & (1U << i) && fits(r->at, len, r->words[i]))
			out |= 2U << i;
	if (in & (1U << r->nr))
		r->fn(r->data, r->at, len);
	r->at += len;
	return out;
}

/* "FILE|NAME", without blanks. */
static uint32_t read_words(struct reading *r, uint32_t in)
{
	uint32_t out = read_word(r, in);

	while (*r->at == '|') {
		r->at++;
		out |= read_word(r, in);
	}
	return out;
}

/* "--pid PID", "--watch [SECONDS]": it takes no arguments. */
static uint32_t skip_option(struct reading *r, uint32_t in)
{
	r->at += word_length(r->at);
	if (!strncmp(r->at, " [", 2) && isupper((unsigned char)r->at[2]))
		r->at += strcspn(r->at, "]") + 1;
	else if (r->at[0] == ' ' && isalnum((unsigned char)r->at[1]))
		r->at += 1 + strcspn(r->at + 1, " ]}");
	return in;
}

static uint32_t read_item(struct reading *r, uint32_t in)
{
	uint32_t out;
	char open = *r->at;

	if (!strncmp(r->at, "--", 2))
		return skip_option(r, in);
	if (open != '[' && open != '{')
		return read_words(r, in);
	r->at++;
	out = read_alternatives(r, in);
	r->at += *r->at != '\0';
	return open == '[' ? in | out : out;
}

static uint32_t read_sequence(struct reading *r, uint32_t in)
{
	while (true) {
		r->at += strspn(r->at, " ");
		if (!*r->at || strchr("|]}", *r->at))
			return in;
		in = read_item(r, in);
	}
}

static uint32_t read_alternatives(struct reading *r, uint32_t in)
{
	uint32_t out = read_sequence(r, in);

	while (*r->at == '|') {
		r->at++;
		out |= read_sequence(r, in);
	}
	return out;
}

void usage_next(const char *usage, const char *const *words, int nr, usage_fn *fn, void *data)
{
	struct reading r = { .at = usage, .words = words, .nr = nr, .fn = fn, .data = data };

	if (nr < USAGE_WORDS)
		read_alternatives(&r, 1);
}
