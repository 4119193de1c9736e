// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/usage.h"

/* The words before the last one. */
static struct line {
	const struct command *table, *command;
	const struct option *pending;	/* waits for its value */
	bool given[MAX_OPTIONS];
	bool literal;			/* after "--" */
	const char *words[MAX_WORDS];
	int nr;
} line;

/* The last word: what precedes each offer, what each must begin with, how many there were. */
static const char *before = "", *typed = "";
static int offers;

/* And no option, nor a message to the shell. */
static bool is_plain(const char *word)
{
	size_t i;

	for (i = 0; word[i]; i++)
		if (!isalnum((unsigned char)word[i]) && !strchr("_.,:+@/-", word[i]))
			return false;
	return word[0] && !strchr(":-", word[0]);
}

static void print_offer(const char *word)
{
	if (strncmp(word, typed, strlen(typed)))
		return;
	printf("%s%s\n", before, word);
	offers++;
}

void complete_offer(const char *word)
{
	if (is_plain(word))
		print_offer(word);
}

void complete_files(void)
{
	puts(":files");
	offers++;
}

const char *complete_argument(int index)
{
	if (index < 0)
		index += line.nr;
	return index >= 0 && index < line.nr ? line.words[index] : NULL;
}

static void offer_word(void *data, const char *word, int len)
{
	const struct kind *kind;
	char text[64];

	(void)data;
	snprintf(text, sizeof(text), "%.*s", len, word);
	if (!usage_is_kind(word)) {
		complete_offer(text);
		return;
	}
	for (kind = kinds; kind->name && strcmp(kind->name, text); kind++)
		;
	if (kind->name && kind->list)
		kind->list();
}

static void offer_options(const struct command *command)
{
	const struct option *option;
	char text[64];
	int i;

	for (i = 0; command && (option = command_option(command, i)); i++) {
		if (command != &any_command && line.given[i])
			continue;
		snprintf(text, sizeof(text), "--%.*s", (int)strcspn(option->form, " "),
			 option->form);
		print_offer(text);
	}
}

static void offer_names(const struct command *table)
{
	for (; table->name; table++)
		complete_offer(table->name);
	complete_offer("help");
}

/* ---- the words before ---- */

static void take_option(const char *word)
{
	int len = strcspn(word, "="), index;

	index = line.command ? option_index(line.command, word + 2, len - 2) : -1;
	if (index < 0)
		return;
	line.given[index] = true;
	if (!word[len] && strchr(command_option(line.command, index)->form, ' '))
		line.pending = command_option(line.command, index);
}

/* False: it makes no sense, so nothing can follow. */
static bool take_word(const char *word)
{
	const struct command *found;
	bool ambiguous;

	if (line.table) {
		found = command_find(line.table, word, &ambiguous);
		if (!found)
			return false;
		line.table = found->verbs;
		if (!found->verbs)
			line.command = found;
		return true;
	}
	if (line.nr == MAX_WORDS)
		return false;
	line.words[line.nr++] = word;
	return true;
}

static bool take(const char *word)
{
	if (line.pending) {
		line.pending = NULL;
	} else if (!line.literal && !strcmp(word, "--")) {
		line.literal = true;
	} else if (!line.literal && !strncmp(word, "--", 2)) {
		take_option(word);
	} else if (line.literal || !word_is_option(word)) {
		return take_word(word);
	}
	return true;
}

/* An option that names the VM stands for the first word. */
static void make_room_for_vm(void)
{
	const char *const by[] = { "name", "pid", "tag" };
	size_t i;

	if (!line.command || !line.command->takes_vm || line.nr == MAX_WORDS)
		return;
	for (i = 0; i < sizeof(by) / sizeof(by[0]); i++)
		if (line.given[option_index(line.command, by[i], strlen(by[i]))]) {
			memmove(&line.words[1], line.words, line.nr * sizeof(line.words[0]));
			line.words[0] = "";
			line.nr++;
			return;
		}
}

/* ---- the last word ---- */

static void offer_value(const struct option *option)
{
	const char *value = strchr(option->form, ' ');

	if (value)
		usage_next(value + 1, NULL, 0, offer_word, NULL);
}

/* "--until=p": what is offered has that option before it. */
static void offer_behind_equals(char *word)
{
	char *equals = strchr(word, '=');
	int index = line.command ? option_index(line.command, word + 2, equals - word - 2) : -1;
	static char option[64];

	if (index < 0 || equals - word >= (int)sizeof(option) - 1)
		return;
	snprintf(option, sizeof(option), "%.*s=", (int)(equals - word), word);
	before = option;
	typed = equals + 1;
	offer_value(command_option(line.command, index));
}

static void offer(char *word)
{
	typed = word;
	if (line.pending) {
		offer_value(line.pending);
	} else if (!line.literal && !strncmp(word, "--", 2) && strchr(word, '=')) {
		offer_behind_equals(word);
	} else if (!line.literal && word[0] == '-') {
		offer_options(line.command);
		offer_options(&any_command);
	} else if (line.table) {
		offer_names(line.table);
	} else {
		usage_next(line.command->usage, line.words, line.nr, offer_word, NULL);
		/* Where no argument may follow, an option may. */
		if (!offers && !line.literal && !word[0])
			offer_options(line.command);
	}
}

int complete(const struct command *top, char **words, int nr)
{
	int i;

	line.table = top;
	for (i = 0; i + 1 < nr; i++)
		if (!take(words[i]))
			return EXIT_SUCCESS;
	make_room_for_vm();
	if (nr)
		offer(words[nr - 1]);
	return EXIT_SUCCESS;
}
