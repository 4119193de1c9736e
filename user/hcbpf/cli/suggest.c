// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "cli/suggest.h"

#define FAR 99

static int least(int a, int b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be changed, added, left out or exchanged with their neighbour to
 * make @a of @b, by the usual table of the distances of their beginnings.
 */
static int distance(const char *a, int len_a, const char *b, int len_b)
{
	int d[SUGGESTION_NAME + 1][SUGGESTION_NAME + 1], i, j;

	if (len_a > SUGGESTION_NAME || len_b > SUGGESTION_NAME)
		return FAR;
	for (i = 0; i <= len_a; i++)
		d[i][0] = i;
	for (j = 0; j <= len_b; j++)
		d[0][j] = j;
	for (i = 1; i <= len_a; i++)
		for (j = 1; j <= len_b; j++) {
			d[i][j] = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
			d[i][j] = least(d[i][j], least(d[i - 1][j], d[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[len_a][len_b];
}

void suggest_begin(struct suggestion *suggestion, const char *word, int len)
{
	*suggestion = (struct suggestion){ .word = word, .len = len };
	/* Of a short word, little is left after two mistakes. */
	suggestion->distance = len < 3 ? 0 : len < 5 ? 1 : 2;
}

void suggest_offer(struct suggestion *suggestion, const char *prefix, const char *name, int len)
{
	int away = distance(suggestion->word, suggestion->len, name, len);

	/* What was cut short is what it begins, whatever it lacks. */
	if (suggestion->len > 2 && suggestion->len < len &&
	    !strncmp(suggestion->word, name, suggestion->len))
		away = least(away, 1);
	if (away > suggestion->distance)
		return;
	if (away < suggestion->distance)
		suggestion->nr = 0;
	suggestion->distance = away;
	if (suggestion->nr++ < SUGGESTIONS)
		snprintf(suggestion->names[suggestion->nr - 1], SUGGESTION_NAME, "%s%.*s", prefix,
			 len, name);
}

void suggest_text(const struct suggestion *suggestion, char text[SUGGESTION_TEXT])
{
	int i, nr = suggestion->nr, at = 0;

	text[0] = '\0';
	if (nr > SUGGESTIONS)
		return;
	for (i = 0; i < nr; i++)
		at += snprintf(text + at, SUGGESTION_TEXT - at, "%s\"%s\"%s",
			       !i ? "did you mean " : i + 1 < nr ? ", " : " or ",
			       suggestion->names[i], i + 1 < nr ? "" : "?");
}
