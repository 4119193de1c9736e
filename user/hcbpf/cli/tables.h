/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `hcbpf __tables`: the command's tables as text, for what else is made from them or
 * compared with them. Lines of fields with tabs between:
 *
 *	command NAME USAGE HELP
 *	usage NAME LINE		the same as help shows it, in lines
 *	option COMMAND FORM HELP	COMMAND is "" for the options of all
 *	vm-verb COMMAND			it takes the vm-options, too
 *	vm-option FORM HELP
 *	kind WORD HELP			a word in capital letters
 */
#ifndef TABLES_H
#define TABLES_H

#include "cli/command.h"

/* Returns the exit status: a failure if a table has what the parser has no room for. */
int tables_print(const struct command *top);

#endif /* TABLES_H */
