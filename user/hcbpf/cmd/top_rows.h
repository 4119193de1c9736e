/* SPDX-License-Identifier: GPL-2.0-only */
/* What `top` shows: VMs with their rates, chosen and in order, each a line of 80 characters. */
#ifndef TOP_ROWS_H
#define TOP_ROWS_H

#include <stdbool.h>

#include "host/sample.h"

#define TOP_WIDTH 80

enum top_key {
	TOP_CALLS, TOP_DONE, TOP_PASS, TOP_EXITS, TOP_SIGNALS, TOP_TROUBLE,
	NR_TOP_RATES,
	TOP_VM = NR_TOP_RATES, TOP_NAME,
	NR_TOP_KEYS
};

/* What the screen shows: lines of a kind. */
struct top_table {
	char what[40];			/* "3 VMs" */
	char note[48];			/* on what is not there, or "" */
	char head[TOP_WIDTH + 1];
	size_t nr;
	double calls;			/* a second, of all, shown or not */
	const void *rows;
	void (*line)(char line[TOP_WIDTH + 1], const void *rows, size_t i);
};

struct top_row {
	struct vm_sample now;
	double rates[NR_TOP_RATES];	/* per second */
	struct vm_names names;
	char user[USER_NUMBER_LEN * 3];
};

struct top_rows {
	struct top_row *rows;
	size_t nr, all;			/* shown, and bound */
	double calls;			/* of all */
};

/*
 * How they are chosen: by a word in name, tag, policy, profile, template or user, or of calls
 * also in theirs; "" for all.
 */
struct top_order {
	enum top_key key;
	bool calls;			/* a row for each call, rather than for each VM */
	bool reverse;
	char filter[32];
};

const char *top_key_name(enum top_key key);
/* By its name. -1: there is none of that name. */
int top_key_find(const char *name);
/* Can rows for calls be in this order? */
bool top_key_is_of_calls(enum top_key key);
/* "calls, done, ..." */
const char *top_key_list(char *text, size_t size);

void top_rows_make(struct top_rows *rows, const struct sample *now, const struct sample *before,
		   const struct top_order *order);
void top_rows_free(struct top_rows *rows);

/* Is the VM one of those that a filter asks for? */
bool top_vm_fits(const struct vm_sample *vm, const struct vm_names *names, const char *user,
		 const char *filter);

/* Lines have nothing in them but printable ASCII: what is beyond may be of any width. */
void top_rows_table(struct top_table *table, const struct top_rows *rows);
void top_printable(char *text);

#endif /* TOP_ROWS_H */
