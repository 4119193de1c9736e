// SPDX-License-Identifier: GPL-2.0-only
/* top: the VMs that call most, or what observed VMs call most, in place. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/stats.h"
#include "cmd/top_calls.h"
#include "cmd/top_rows.h"
#include "cmd/top_screen.h"
#include "cmd/watch.h"
#include "host/device.h"

const struct option top_options[] = {
	{ "sort KEY", "by calls (default), done, pass, exits, signals, trouble, vm or name" },
	{ "filter TEXT", "VMs with this in their name, tag, policy, profile, template or user" },
	{ "calls", "the calls of VMs that are observed, rather than VMs" },
	{ "observed N", "the calls of at most N VMs (default: 100)" },
	{ "interval SECONDS", "how often to look (default: 1)" },
	{ "count N", "end after this many times" },
	{ 0 }
};

struct top {
	int dev;
	struct top_view view;
	uint32_t observed;	/* of so many VMs calls are read */
	uint32_t times;		/* 0: without end */
	struct sample before, now;	/* on a terminal */
	struct timespec next;
};

/* On failure says why, and returns the exit status. */
static int read_sample(void *data, struct sample *sample)
{
	const struct top *top = data;
	int err = sample_take(top->dev, sample);

	if (!err && top->view.order.calls)
		err = sample_read_calls(sample, top->observed, NULL, NULL);
	return err ? fail_vm_list(err) : 0;
}

/* ---- as a stream ---- */

static void print_line(const struct sample *now, const struct sample *before,
		       const struct top_order *order)
{
	struct sample chosen = { .at = now->at };
	struct top_rows rows;
	size_t i;

	top_rows_make(&rows, now, before, order);
	chosen.vms = calloc(rows.nr + 1, sizeof(*chosen.vms));
	if (!chosen.vms)
		abort();
	for (i = 0; i < rows.nr; i++)
		chosen.vms[chosen.nr++] = rows.rows[i].now;
	stats_print_line(&chosen, before);
	free(chosen.vms);	/* what is in them is still the sample's */
	top_rows_free(&rows);
}

static struct json_object *call_json(const struct top_call *row, double seconds)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "id", row->vm->info.id);
	add_text(object, "name", row->name);
	add_text(object, "tag", row->vm->info.tag);
	add_text(object, "policy", row->vm->info.policy);
	calls_add(object, row->vm->calls, row->now, seen_all_calls(row->vm->calls));
	calls_add_rates(object, row->now, row->before, seconds);
	return object;
}

static void print_calls_line(const struct sample *now, const struct sample *before,
			     const struct top_order *order)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();
	double seconds = sample_seconds(before, now);
	struct top_calls calls;
	size_t i;

	top_calls_make(&calls, now, before, order);
	for (i = 0; i < calls.nr; i++)
		json_object_array_add(list, call_json(&calls.rows[i], seconds));
	top_calls_free(&calls);
	add_time(object, "time");
	add_real(object, "seconds", seconds);
	json_object_object_add(object, "vm_calls", list);
	add_number(object, "nr_vms_left_out", now->left_out);
	out_line(object);
}

static void show_line(void *data, const struct sample *now, const struct sample *before)
{
	const struct top_order *order = &((const struct top *)data)->view.order;

	if (order->calls)
		print_calls_line(now, before, order);
	else
		print_line(now, before, order);
}

/* ---- on a terminal ---- */

static void draw_vms(struct top *top)
{
	struct top_table table;
	struct top_rows rows;

	top_rows_make(&rows, &top->now, &top->before, &top->view.order);
	top_rows_table(&table, &rows);
	screen_draw(&table, &top->view);
	top_rows_free(&rows);
}

static void draw_calls(struct top *top)
{
	struct top_table table;
	struct top_calls calls;

	top_calls_make(&calls, &top->now, &top->before, &top->view.order);
	top_calls_table(&table, &calls);
	screen_draw(&table, &top->view);
	top_calls_free(&calls);
}

static enum top_wish show(struct top *top)
{
	enum top_wish wish;

	do {
		if (top->view.order.calls)
			draw_calls(top);
		else
			draw_vms(top);
		wish = screen_wait(&top->view, &top->next);
	} while (wish == TOP_AGAIN);
	return wish;
}

/* The first rates are of a moment; those that follow are of the interval. */
static int first_sample(struct top *top)
{
	int status = read_sample(top, &top->now);

	top->next = top->now.at;
	top->next.tv_nsec += 200000000;
	if (top->next.tv_nsec >= 1000000000) {
		top->next.tv_nsec -= 1000000000;
		top->next.tv_sec++;
	}
	if (!status)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &top->next, NULL);
	return status;
}

/* What is now becomes what was. */
static int next_sample(struct top *top)
{
	sample_free(&top->before);
	top->before = top->now;
	top->next.tv_sec += top->view.seconds;
	return read_sample(top, &top->now);
}

static int draw(struct top *top)
{
	enum top_wish wish = TOP_NOTHING;
	int status = first_sample(top);

	if (!status)
		status = screen_open();
	if (status)
		return status;
	while (!status && wish != TOP_QUIT) {
		status = next_sample(top);
		if (!status)
			wish = show(top);
		if (!status && !--top->times)
			break;
	}
	screen_close();
	screen_die_of_signal();
	return status;
}

/* ---- what was typed ---- */

static int parse(const struct args *args, struct top *top)
{
	const char *sort = option_value(args, "sort"), *filter = option_value(args, "filter");
	int status = stats_interval(args, "interval", &top->view.seconds, &top->times), key;
	char list[128];

	if (!status)
		status = calls_most_vms(args, "observed", &top->observed);
	if (status)
		return status;
	key = sort ? top_key_find(sort) : TOP_CALLS;
	if (key < 0)
		return fail_usage("top cannot sort by \"%s\"\nuse %s", sort,
				  top_key_list(list, sizeof(list)));
	top->view.order.key = key;
	top->view.order.calls = option_value(args, "calls");
	if (top->view.order.calls && !top_key_is_of_calls(key))
		return fail_usage("calls cannot be sorted by \"%s\"\nuse calls, done, pass, exits, "
				  "vm or name", sort);
	if (filter && strlen(filter) >= sizeof(top->view.order.filter))
		return fail_usage("the filter is longer than %zu characters",
				  sizeof(top->view.order.filter) - 1);
	strcpy(top->view.order.filter, filter ? filter : "");
	return 0;
}

int top_run(const struct args *args)
{
	struct top top = { .dev = -1, .observed = USUAL_OBSERVED };
	const struct watch stream = { read_sample, show_line, &top };
	int status = parse(args, &top);

	if (status)
		return status;
	top.dev = device_open();
	if (top.dev < 0)
		return EXIT_FAILURE;
	status = out_is_json() ? watch(&stream, top.view.seconds, top.times) : draw(&top);
	sample_free(&top.before);
	sample_free(&top.now);
	close(top.dev);
	return status;
}
