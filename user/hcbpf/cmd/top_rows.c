// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/stats_columns.h"
#include "cmd/top_rows.h"
#include "text/counters.h"

static const char *const key_names[NR_TOP_KEYS] = {
	"calls", "done", "pass", "exits", "signals", "trouble", "vm", "name"
};

const char *top_key_name(enum top_key key)
{
	return key_names[key];
}

int top_key_find(const char *name)
{
	int key;

	for (key = 0; key < NR_TOP_KEYS; key++)
		if (!strcmp(key_names[key], name))
			return key;
	return -1;
}

bool top_key_is_of_calls(enum top_key key)
{
	return key != TOP_SIGNALS && key != TOP_TROUBLE;
}

const char *top_key_list(char *text, size_t size)
{
	size_t used = 0;
	int key;

	text[0] = '\0';
	for (key = 0; key < NR_TOP_KEYS && used < size; key++)
		used += snprintf(text + used, size - used, "%s%s", key ? ", " : "",
				 key_names[key]);
	return text;
}

/* ---- which, and how fast ---- */

static uint64_t counted(const struct hcbpf_vm_stats *stats, enum top_key key)
{
	switch (key) {
	case TOP_DONE: return stats->done;
	case TOP_PASS: return stats->pass;
	case TOP_EXITS: return stats->exits;
	case TOP_SIGNALS: return stats->signals;
	case TOP_TROUBLE: return counters_trouble(stats);
	default: return counters_calls(stats);
	}
}

static void fill(struct top_row *row, const struct vm_sample *now, const struct vm_sample *old,
		 double seconds)
{
	int key;

	row->now = *now;
	for (key = 0; key < NR_TOP_RATES; key++)
		row->rates[key] = seconds <= 0 ? 0 :
			(counted(&now->stats, key) - (old ? counted(&old->stats, key) : 0)) /
			seconds;
	vm_names(now->info.pid, &row->names);
	snprintf(row->user, sizeof(row->user), "%s", row->names.user);
	row->names.user = NULL;
}

bool top_vm_fits(const struct vm_sample *vm, const struct vm_names *names, const char *user,
		 const char *filter)
{
	const struct hcbpf_vm_info *info = &vm->info;

	return strcasestr(names->name, filter) || strcasestr(info->tag, filter) ||
	       strcasestr(info->policy, filter) || strcasestr(info->profile, filter) ||
	       strcasestr(info->template_name, filter) || strcasestr(user, filter);
}

/* ---- their order ---- */

static int by_key(const struct top_row *a, const struct top_row *b, enum top_key key)
{
	if (key == TOP_NAME)
		return strcmp(a->names.name, b->names.name);
	if (key == TOP_VM || a->rates[key] == b->rates[key])
		return 0;
	return a->rates[key] > b->rates[key] ? -1 : 1;
}

/* Rates that are equal stay where they are: by id. */
static int in_order(const void *a, const void *b, void *data)
{
	const struct top_order *order = data;
	const struct top_row *one = a, *two = b;
	int result = by_key(one, two, order->key);

	if (!result)
		result = one->now.info.id < two->now.info.id ? -1 : 1;
	return order->reverse ? -result : result;
}

void top_rows_make(struct top_rows *rows, const struct sample *now, const struct sample *before,
		   const struct top_order *order)
{
	double seconds = sample_seconds(before, now);
	struct top_row *row;
	size_t i;

	*rows = (struct top_rows){ .all = now->nr };
	rows->rows = calloc(now->nr + 1, sizeof(*rows->rows));
	if (!rows->rows)
		abort();
	for (i = 0; i < now->nr; i++) {
		row = &rows->rows[rows->nr];
		fill(row, &now->vms[i], sample_before(before, &now->vms[i]), seconds);
		rows->calls += row->rates[TOP_CALLS];
		rows->nr += top_vm_fits(&row->now, &row->names, row->user, order->filter);
	}
	qsort_r(rows->rows, rows->nr, sizeof(*rows->rows), in_order, (void *)order);
}

void top_rows_free(struct top_rows *rows)
{
	free(rows->rows);
	rows->rows = NULL;
}

/* ---- as lines ---- */

void top_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static const char *rate_text(char text[SHORT_NUMBER], double rate)
{
	return short_number(text, rate + 0.5);
}

static void row_line(char line[TOP_WIDTH + 1], const void *rows, size_t i)
{
	const struct top_row *row = (const struct top_row *)rows + i;
	char calls[SHORT_NUMBER], pass[SHORT_NUMBER], exits[SHORT_NUMBER], signals[SHORT_NUMBER];
	char trouble[SHORT_NUMBER], text[2 * TOP_WIDTH];

	snprintf(text, sizeof(text), "%6u %-14.14s %-10.10s %-10.10s %6s %6s %6s %7s %7s",
		 row->now.info.id, row->names.name[0] ? row->names.name : "-",
		 row->now.info.tag[0] ? row->now.info.tag : "-", row->now.info.policy,
		 rate_text(calls, row->rates[TOP_CALLS]), rate_text(pass, row->rates[TOP_PASS]),
		 rate_text(exits, row->rates[TOP_EXITS]),
		 rate_text(signals, row->rates[TOP_SIGNALS]),
		 rate_text(trouble, row->rates[TOP_TROUBLE]));
	/* A test's VM has an id of more digits. */
	snprintf(line, TOP_WIDTH + 1, "%.*s", TOP_WIDTH, text);
	top_printable(line);
}

void top_rows_table(struct top_table *table, const struct top_rows *rows)
{
	*table = (struct top_table){
		.nr = rows->nr, .calls = rows->calls, .rows = rows->rows, .line = row_line,
	};
	snprintf(table->what, sizeof(table->what), "%zu VMs", rows->all);
	snprintf(table->head, sizeof(table->head),
		 "%6s %-14s %-10s %-10s %6s %6s %6s %7s %7s", "VM", "NAME", "TAG", "POLICY",
		 "CALLS", "PASS", "EXITS", "SIGNALS", "TROUBLE");
}
