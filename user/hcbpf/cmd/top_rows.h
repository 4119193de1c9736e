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

/* How they are chosen: by a word in name, tag, policy, profile, template or user; "" for all. */
struct top_order {
	enum top_key key;
	bool reverse;
	char filter[32];
};

const char *top_key_name(enum top_key key);
/* By its name. -1: there is none of that name. */
int top_key_find(const char *name);
/* "calls, done, ..." */
const char *top_key_list(char *text, size_t size);

void top_rows_make(struct top_rows *rows, const struct sample *now, const struct sample *before,
		   const struct top_order *order);
void top_rows_free(struct top_rows *rows);

/* Both with nothing in them but printable ASCII: what is beyond may be of any width. */
void top_head(char line[TOP_WIDTH + 1]);
void top_line(char line[TOP_WIDTH + 1], const struct top_row *row);
void top_printable(char *text);

#endif /* TOP_ROWS_H */
