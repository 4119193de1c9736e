// SPDX-License-Identifier: GPL-2.0-only
/* Help, from the command's own tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"
#include "cli/wrap.h"

#define TEXT_INDENT 8

void help_usage(FILE *f, const char *object, const struct command *command, int width)
{
	const char *usage = command->verbs ? "VERB" : command->usage;
	int column;

	column = fprintf(f, "  hcbpf %s%s%s%s", object, object[0] ? " " : "", command->name,
			 usage[0] ? " " : "");
	/* Under the first argument; where that leaves no room, nearer to the left. */
	wrap_usage(f, usage, column, column > width / 2 ? TEXT_INDENT : column, width);
}

/* "--pid PID", or with a letter "-j, --json" */
static int option_text(char *text, size_t size, const struct option *option, char letter)
{
	if (letter)
		return snprintf(text, size, "-%c, --%s", letter, option->form);
	return snprintf(text, size, "--%s", option->form);
}

/* @letters: those of the options, or "". */
static void print_options(FILE *f, const struct command *command, const char *letters, int width)
{
	const struct option *option;
	int widest = 0, len, i;
	char text[80];

	for (i = 0; (option = command_option(command, i)); i++) {
		len = option_text(text, sizeof(text), option, letters[0] ? letters[i] : 0);
		widest = len > widest ? len : widest;
	}
	for (i = 0; (option = command_option(command, i)); i++) {
		option_text(text, sizeof(text), option, letters[0] ? letters[i] : 0);
		fprintf(f, "  %-*s  ", widest, text);
		wrap_text(f, option->help, widest + 4, widest + 4, width);
	}
}

static FILE *begin(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		abort();
	fputs("Usage:\n", f);
	return f;
}

char *help_on_table(const char *object, const struct command *table, int width)
{
	size_t size;
	char *text;
	FILE *f = begin(&text, &size);

	for (; table->name; table++) {
		help_usage(f, object, table, width);
		fprintf(f, "%*s", TEXT_INDENT, "");
		wrap_text(f, table->help, TEXT_INDENT, TEXT_INDENT, width);
	}
	if (object[0]) {
		fprintf(f, "\n`hcbpf %s VERB help` explains a verb's options.\n", object);
	} else {
		fputs("\nOptions:\n", f);
		print_options(f, &any_command, global_letters, width);
		fputc('\n', f);
		wrap_text(f, "Objects and verbs may be shortened as long as they stay unambiguous. "
			  "`hcbpf OBJECT help` lists an object's verbs, `hcbpf OBJECT VERB help` "
			  "explains one, with its options.", 0, 0, width);
	}
	fclose(f);
	return text;
}

char *help_on_command(const char *object, const struct command *command, int width)
{
	size_t size;
	char *text;
	FILE *f = begin(&text, &size);

	help_usage(f, object, command, width);
	fputc('\n', f);
	wrap_text(f, command->help, 0, 0, width);
	if (command_option(command, 0)) {
		fputs("\nOptions:\n", f);
		print_options(f, command, "", width);
	}
	fclose(f);
	return text;
}
