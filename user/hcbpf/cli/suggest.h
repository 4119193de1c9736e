/* SPDX-License-Identifier: GPL-2.0-only */
/* What somebody may have meant who misspelt a word. No function here prints. */
#ifndef SUGGEST_H
#define SUGGEST_H

#define SUGGESTIONS 3		/* more would be a list, and help has that */
#define SUGGESTION_NAME 32
#define SUGGESTION_TEXT 160

struct suggestion {
	const char *word;
	int len;		/* of the word, behind which there may be more */
	int distance, nr;	/* of the nearest so far, and how many of them there are */
	char names[SUGGESTIONS][SUGGESTION_NAME];
};

void suggest_begin(struct suggestion *suggestion, const char *word, int len);

/* Is this what was meant? @prefix and @name are what it is called then. */
void suggest_offer(struct suggestion *suggestion, const char *prefix, const char *name, int len);

/* "did you mean A or B?"; "" if nothing is near, or too much is. */
void suggest_text(const struct suggestion *suggestion, char text[SUGGESTION_TEXT]);

#endif /* SUGGEST_H */
