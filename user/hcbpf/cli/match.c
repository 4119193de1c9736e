// SPDX-License-Identifier: GPL-2.0-only
/* Finding words in command tables. */
#include <ctype.h>
#include <string.h>

#include "cli/command.h"

bool word_is_option(const char *word)
{
	return word[0] == '-' && word[1] && !isdigit((unsigned char)word[1]) &&
	       !(word[1] == 'E' && word[2]);
}

const struct command *command_find(const struct command *table, const char *word,
				   bool *ambiguous)
{
	const struct command *found = NULL;

	*ambiguous = false;
	for (; table->name; table++) {
		if (!strcmp(table->name, word))
			break;
		if (word[0] && !strncmp(table->name, word, strlen(word))) {
			*ambiguous = found || *ambiguous;
			found = table;
		}
	}
	if (table->name) {
		*ambiguous = false;
		return table;
	}
	return *ambiguous ? NULL : found;
}

const struct option *command_option(const struct command *command, int index)
{
	const struct option *own = command->options;

	for (; own && own->form; own++)
		if (!index--)
			return own;
	if (!command->takes_vm)
		return NULL;
	for (own = vm_options; own->form; own++)
		if (!index--)
			return own;
	return NULL;
}

int option_index(const struct command *command, const char *name, int len)
{
	const struct option *option;
	int i;

	for (i = 0; (option = command_option(command, i)); i++)
		if ((int)strcspn(option->form, " ") == len && !strncmp(option->form, name, len))
			return i;
	return -1;
}

const char *option_value(const struct args *args, const char *name)
{
	int i = option_index(args->command, name, strlen(name));

	return i < 0 ? NULL : args->values[i];
}
