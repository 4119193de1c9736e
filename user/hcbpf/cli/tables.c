// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/complete.h"
#include "cli/help.h"
#include "cli/tables.h"

#define USAGE_WIDTH 80

static void print_options(const char *name, const struct option *options, const char *letters)
{
	for (; options && options->form; options++) {
		printf("option\t%s\t", name);
		if (letters[0])
			printf("-%c, ", *letters++);
		printf("--%s\t%s\n", options->form, options->help);
	}
}

static void print_usage(const char *name, const char *object, const struct command *command)
{
	char *text, *at, *line;
	size_t size;
	FILE *f;

	f = open_memstream(&text, &size);
	if (!f)
		abort();
	help_usage(f, object, command, USAGE_WIDTH);
	fclose(f);
	for (at = text; (line = strsep(&at, "\n")) && line[0];)
		printf("usage\t%s\t%s\n", name, line + 2);
	free(text);
}

static bool has_room(const struct command *command)
{
	int nr = 0;

	while (command_option(command, nr))
		nr++;
	return nr <= MAX_OPTIONS && command->max_words <= MAX_WORDS;
}

/* Returns whether all of it fits. */
static bool print_command(const char *object, const struct command *command)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s%s", object, object[0] ? " " : "", command->name);
	printf("command\t%s\t%s\t%s\n", name, command->usage, command->help);
	print_usage(name, object, command);
	print_options(name, command->options, "");
	if (command->takes_vm)
		printf("vm-verb\t%s\n", name);
	return has_room(command);
}

int tables_print(const struct command *top)
{
	const struct option *option;
	const struct command *verb;
	const struct kind *kind;
	bool fits = true;

	print_options("", any_command.options, global_letters);
	for (; top->name; top++) {
		if (!top->verbs)
			fits &= print_command("", top);
		for (verb = top->verbs; verb && verb->name; verb++)
			fits &= print_command(top->name, verb);
	}
	for (option = vm_options; option->form; option++)
		printf("vm-option\t--%s\t%s\n", option->form, option->help);
	for (kind = kinds; kind->name; kind++)
		printf("kind\t%s\t%s\n", kind->name, kind->help);
	return fits ? EXIT_SUCCESS : EXIT_FAILURE;
}
