/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `hcbpf __complete [WORD]...`: what the last word may become. For the shell, which has
 * packaging/bash-completion/hcbpf. Prints nothing else, and no errors.
 */
#ifndef COMPLETE_H
#define COMPLETE_H

#include "cli/command.h"

/* A word in capital letters in usage, and what it stands for. */
struct kind {
	const char *name;
	const char *help;
	/* complete_offer() all that there are; NULL: they cannot be listed. */
	void (*list)(void);
};

extern const struct kind kinds[];	/* ends with one without a name */

/*
 * Print a word if it goes on as what was typed. Words may come from other people's
 * processes: those with a letter that means something to a shell are left out.
 */
void complete_offer(const char *word);

/* The same for files, which the shell knows. */
void complete_files(void);

/* An argument before the last word, the last one of them if @index is -1; NULL: none. */
const char *complete_argument(int index);

/* One word a line; ":files" means that files may follow, too. */
int complete(const struct command *top, char **words, int nr);

#endif /* COMPLETE_H */
