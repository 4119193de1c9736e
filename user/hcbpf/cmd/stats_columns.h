/* SPDX-License-Identifier: GPL-2.0-only */
/* Which columns of `stats` people see. Those that they ask for are whole; the usual ones fit 80. */
#ifndef STATS_COLUMNS_H
#define STATS_COLUMNS_H

#include <stdbool.h>

#include "cli/command.h"
#include "cli/output.h"

#define MAX_COLUMNS 24

struct shown_columns {
	struct column columns[MAX_COLUMNS];
	bool brief;		/* long names are cut, large numbers shortened */
};

/* By --columns and --all. Says what is wrong with them, and returns the exit status. */
int columns_choose(const struct args *args, struct shown_columns *shown);

/* What a table shows of these rows, which stay as they are: with a line of sums below two VMs. */
struct json_object *columns_rows(const struct shown_columns *shown, struct json_object *rows);

/* Call @fn for the name of each column. */
void column_names(void (*fn)(const char *name));

/* At most 6 characters: 999999, 1.23M. */
#define SHORT_NUMBER 8
const char *short_number(char text[SHORT_NUMBER], uint64_t number);

#endif /* STATS_COLUMNS_H */
