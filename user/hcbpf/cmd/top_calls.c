// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/stats_columns.h"
#include "cmd/top_calls.h"

/* ---- which, and how fast ---- */

/*
 * The calls of the same VM before; without kinds if it was not there. If it was, and its calls
 * were not asked for, what has come since is not known: nothing.
 */
static const struct hcbpf_calls *calls_before(const struct sample *before,
					      const struct vm_sample *vm)
{
	static const struct hcbpf_calls none;
	const struct vm_sample *old = sample_before(before, vm);

	if (!old)
		return &none;
	return old->calls ? old->calls : vm->calls;
}

static void fill(struct top_call *row, const struct hcbpf_calls *before, double seconds)
{
	double per = seconds > 0 ? 1 / seconds : 0;

	row->before = seen_find(before, row->now);
	row->since = seen_since(row->now, row->before);
	row->rates[TOP_CALLS] = seen_calls(&row->since) * per;
	row->rates[TOP_DONE] = row->since.count[HCBPF_DONE] * per;
	row->rates[TOP_PASS] = row->since.count[HCBPF_PASS] * per;
	row->rates[TOP_EXITS] = row->since.count[HCBPF_EXIT] * per;
	seen_text(row->call, row->now);
	seen_end_text(row->p99, row->vm->calls, seen_bucket(&row->since, 99));
}

static void add(struct top_calls *calls, const struct top_call *row)
{
	/* It doubles each time that it is full. */
	if (!(calls->nr & (calls->nr - 1))) {
		calls->rows = realloc(calls->rows, (calls->nr ? 2 * calls->nr : 1) * sizeof(*row));
		if (!calls->rows)
			abort();
	}
	calls->rows[calls->nr++] = *row;
}

static void add_vm(struct top_calls *calls, const struct vm_sample *vm,
		   const struct sample *before, double seconds, const char *filter)
{
	const struct hcbpf_calls *old = calls_before(before, vm);
	const struct hcbpf_seen *seen;
	struct top_call row;
	struct vm_names names;
	bool fits;

	vm_names(vm->info.pid, &names);
	fits = top_vm_fits(vm, &names, names.user, filter);
	for (seen = vm->calls->kinds; seen < vm->calls->kinds + vm->calls->nr; seen++) {
		row = (struct top_call){ .vm = vm, .now = seen };
		snprintf(row.name, sizeof(row.name), "%s", names.name);
		fill(&row, old, seconds);
		calls->calls += row.rates[TOP_CALLS];
		if (fits || strcasestr(row.call, filter) ||
		    strcasestr(seen_abi(seen) ?: "", filter))
			add(calls, &row);
	}
}

/* ---- their order ---- */

static int by_key(const struct top_call *a, const struct top_call *b, enum top_key key)
{
	if (key == TOP_NAME)
		return strcmp(a->name, b->name);
	if (key == TOP_VM || a->rates[key] == b->rates[key])
		return 0;
	return a->rates[key] > b->rates[key] ? -1 : 1;
}

/* Those that are equal stay where they are: by id of the VM, then by kind. */
static int in_order(const void *a, const void *b, void *data)
{
	const struct top_order *order = data;
	const struct top_call *one = a, *two = b;
	int result = by_key(one, two, order->key);

	if (!result && one->vm != two->vm)
		result = one->vm < two->vm ? -1 : 1;
	if (!result)
		result = one->now < two->now ? -1 : 1;
	return order->reverse ? -result : result;
}

void top_calls_make(struct top_calls *calls, const struct sample *now,
		    const struct sample *before, const struct top_order *order)
{
	double seconds = sample_seconds(before, now);
	size_t i;

	*calls = (struct top_calls){ .vms = now->nr, .left_out = now->left_out };
	for (i = 0; i < now->nr; i++) {
		calls->observed += now->vms[i].observed > 0;
		if (now->vms[i].calls)
			add_vm(calls, &now->vms[i], before, seconds, order->filter);
	}
	if (calls->nr)
		qsort_r(calls->rows, calls->nr, sizeof(*calls->rows), in_order, (void *)order);
}

void top_calls_free(struct top_calls *calls)
{
	free(calls->rows);
	calls->rows = NULL;
}

/* ---- as lines ---- */

static const char *rate_text(char text[SHORT_NUMBER], double rate)
{
	return short_number(text, rate + 0.5);
}

static void call_line(char line[TOP_WIDTH + 1], const void *rows, size_t i)
{
	char calls[SHORT_NUMBER], pass[SHORT_NUMBER], done[SHORT_NUMBER], exits[SHORT_NUMBER];
	const struct top_call *row = (const struct top_call *)rows + i;
	char text[3 * TOP_WIDTH];

	snprintf(text, sizeof(text), "%6u %-9.9s %-6.6s %-21.21s %6s %6s %6s %6s %6s",
		 row->vm->info.id, row->name[0] ? row->name : "-", seen_abi(row->now) ?: "-",
		 row->call, rate_text(calls, row->rates[TOP_CALLS]),
		 rate_text(pass, row->rates[TOP_PASS]), rate_text(done, row->rates[TOP_DONE]),
		 rate_text(exits, row->rates[TOP_EXITS]), row->p99);
	snprintf(line, TOP_WIDTH + 1, "%.*s", TOP_WIDTH, text);
	top_printable(line);
}

void top_calls_table(struct top_table *table, const struct top_calls *calls)
{
	*table = (struct top_table){
		.nr = calls->nr, .calls = calls->calls, .rows = calls->rows, .line = call_line,
	};
	snprintf(table->what, sizeof(table->what), "%zu of %zu VMs observed", calls->observed,
		 calls->vms);
	if (calls->left_out)
		snprintf(table->note, sizeof(table->note), "left out: %zu (--observed)",
			 calls->left_out);
	snprintf(table->head, sizeof(table->head), "%6s %-9s %-6s %-21s %6s %6s %6s %6s %6s", "VM",
		 "NAME", "ABI", "CALL", "CALLS", "PASS", "DONE", "EXITS", "P99");
}
