/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

#include "cli/command.h"

/* How a command is written, "hcbpf vm ..."; each line begins with two blanks. */
void help_usage(FILE *f, const char *object, const struct command *command, int width);

/*
 * Help on everything in @table, whose object is called @object ("" for the top), in lines
 * of at most @width columns; to be freed.
 */
char *help_on_table(const char *object, const struct command *table, int width);

/* Help on one command, with its options. */
char *help_on_command(const char *object, const struct command *command, int width);

#endif /* HELP_H */
