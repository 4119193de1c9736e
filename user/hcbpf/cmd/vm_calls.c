// SPDX-License-Identifier: GPL-2.0-only
/* vm calls: which hypercalls an observed VM's guest makes, what becomes of them, how long it takes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/stats.h"
#include "cmd/stats_columns.h"
#include "cmd/vm.h"
#include "cmd/watch.h"
#include "cmd/which_vm.h"
#include "host/sample.h"
#include "text/gpa_picture.h"
#include "text/seen.h"

const struct option calls_options[] = {
	{ "times", "how long decisions took, as bars" },
	{ "watch [SECONDS]", "what happens per second, again and again, at this interval (default: 1)" },
	{ "count N", "with --watch: end after this many times" },
	{ 0 }
};

static const struct column columns[] = {
	{ "abi", "ABI" }, { "call", "CALL" }, { "share", "SHARE" }, { "pass", "PASS" },
	{ "done", "DONE" }, { "exits", "EXITS" }, { "median", "MEDIAN" },
	{ "p99", "P99" }, { "max", "MAX" }, { 0 }
};

/* ---- in which order ---- */

static int by_calls(const void *a, const void *b)
{
	const struct hcbpf_seen *one = a, *two = b;
	uint64_t x = seen_calls(one), y = seen_calls(two);

	if (seen_is_other(one) != seen_is_other(two))
		return seen_is_other(one) - seen_is_other(two);
	return x < y ? 1 : -(x > y);
}

/* Those that are made most come first, others last. */
static void sort(struct hcbpf_calls *calls)
{
	if (calls->nr)
		qsort(calls->kinds, calls->nr, sizeof(*calls->kinds), by_calls);
}

/* ---- for programs ---- */

static struct json_object *head_json(const struct vm_sample *vm)
{
	struct json_object *object = json_object_new_object();
	struct vm_names names;

	vm_names(vm->info.pid, &names);
	add_number(object, "id", vm->info.id);
	add_text(object, "name", names.name);
	add_text(object, "tag", vm->info.tag);
	add_text(object, "policy", vm->info.policy);
	add_number(object, "nr_calls", seen_all_calls(vm->calls));
	return object;
}

/* With rates if @before is not NULL. */
static struct json_object *calls_json(const struct vm_sample *vm, const struct vm_sample *before,
				      double seconds)
{
	struct json_object *object = head_json(vm), *kinds = json_object_new_array(), *row;
	uint64_t all = seen_all_calls(vm->calls);
	const struct hcbpf_seen *seen;

	for (seen = vm->calls->kinds; seen < vm->calls->kinds + vm->calls->nr; seen++) {
		row = json_object_new_object();
		calls_add(row, vm->calls, seen, all);
		if (before)
			calls_add_rates(row, seen, seen_find(before->calls, seen), seconds);
		json_object_array_add(kinds, row);
	}
	json_object_object_add(object, "kinds", kinds);
	return object;
}

/* ---- for people ---- */

/* A number for the table, which has those to the right, that looks like this. */
static void add_figure(struct json_object *row, const char *key, const char *text)
{
	struct json_object *number = json_object_new_int(0);
	char *copy = strdup(text);

	if (!number || !copy)
		abort();
	json_object_set_serializer(number, json_object_userdata_to_json_string, copy,
				   json_object_free_userdata);
	json_object_object_add(row, key, number);
}

static void add_short(struct json_object *row, const char *key, double number)
{
	char text[SHORT_NUMBER];

	add_figure(row, key, short_number(text, number + 0.5));
}

static void add_end(struct json_object *row, const char *key, const struct hcbpf_calls *calls,
		    int bucket)
{
	char text[NS_TEXT];

	add_figure(row, key, seen_end_text(text, calls, bucket));
}

static struct json_object *row(const struct hcbpf_calls *calls, const struct hcbpf_seen *seen,
			       uint64_t all, double seconds)
{
	struct json_object *object = json_object_new_object();
	char text[NAMES_TEXT];

	add_text(object, "abi", seen_abi(seen) ?: "");
	seen_text(text, seen);
	add_text(object, "call", text);
	snprintf(text, sizeof(text), "%.1f%%", all ? 100.0 * seen_calls(seen) / all : 0);
	add_figure(object, "share", text);
	add_short(object, "pass", seen->count[HCBPF_PASS] / seconds);
	add_short(object, "done", seen->count[HCBPF_DONE] / seconds);
	add_short(object, "exits", seen->count[HCBPF_EXIT] / seconds);
	add_end(object, "median", calls, seen_bucket(seen, 50));
	add_end(object, "p99", calls, seen_bucket(seen, 99));
	add_end(object, "max", calls, seen_bucket(seen, 100));
	return object;
}

/* What is in that row nobody can guess. */
static void say_others(const struct hcbpf_calls *calls)
{
	if (calls->nr && seen_is_other(&calls->kinds[calls->nr - 1]))
		out_progress("other: calls of more kinds than the %d that each CPU tells apart, "
			     "or with numbers of more than 32 bits", HCBPF_SEEN_KINDS);
}

static void print_table(const struct hcbpf_calls *calls, double seconds)
{
	struct json_object *rows = json_object_new_array();
	uint64_t all = seen_all_calls(calls);
	size_t i;

	for (i = 0; i < calls->nr; i++)
		if (seen_calls(&calls->kinds[i]))
			json_object_array_add(rows, row(calls, &calls->kinds[i], all, seconds));
	out_table(rows, columns, "it has made no calls");
	fflush(stdout);
}

static void print_times(const struct hcbpf_calls *calls)
{
	const struct hcbpf_seen *seen;
	char text[NAMES_TEXT];

	for (seen = calls->kinds; seen < calls->kinds + calls->nr; seen++) {
		seen_text(text, seen);
		printf("%s%s%s%s: decided in less than\n", seen == calls->kinds ? "" : "\n",
		       seen_abi(seen) ?: "", seen_abi(seen) ? " " : "", text);
		seen_bars(stdout, calls, seen, locale_is_utf8());
	}
	fflush(stdout);
}

/* ---- once, and again and again ---- */

static int read_vm(void *source, struct sample *sample)
{
	struct hcbpf_vm *vm = source;
	int err = sample_take_one(vm, sample);

	if (!err)
		err = hcbpf_vm_calls(vm, &sample->vms[0].calls);
	if (!err) {
		sort(sample->vms[0].calls);
		return 0;
	}
	sample_free(sample);
	return fail_calls(vm, err);
}

static int once(struct hcbpf_vm *vm, bool times)
{
	struct sample sample;
	int status = read_vm(vm, &sample);

	if (status)
		return status;
	if (out_is_json())
		out_record(calls_json(&sample.vms[0], NULL, 0), NULL);
	else if (times)
		print_times(sample.vms[0].calls);
	else
		print_table(sample.vms[0].calls, 1);
	say_others(sample.vms[0].calls);
	sample_free(&sample);
	return EXIT_SUCCESS;
}

static void print_line(const struct sample *now, const struct sample *before)
{
	double seconds = sample_seconds(before, now);
	struct json_object *object = calls_json(&now->vms[0], &before->vms[0], seconds);

	add_time(object, "time");
	add_real(object, "seconds", seconds);
	out_line(object);
}

static void print_rates(const struct sample *now, const struct sample *before)
{
	const struct hcbpf_calls *all = now->vms[0].calls;
	struct hcbpf_calls calls = { .ticks_khz = all->ticks_khz, .nr = all->nr };
	size_t i;

	calls.kinds = calloc(all->nr + 1, sizeof(*calls.kinds));
	if (!calls.kinds)
		abort();
	for (i = 0; i < all->nr; i++)
		calls.kinds[i] = seen_since(&all->kinds[i], seen_find(before->vms[0].calls,
								      &all->kinds[i]));
	sort(&calls);
	print_table(&calls, sample_seconds(before, now));
	free(calls.kinds);
}

static void show(void *vm, const struct sample *now, const struct sample *before)
{
	(void)vm;
	if (out_is_json())
		print_line(now, before);
	else
		print_rates(now, before);
}

int calls_run(const struct args *args)
{
	const char *watched = option_value(args, "watch"), *times = option_value(args, "times");
	uint32_t seconds, count;
	struct watch how = { .read = read_vm, .show = show };
	struct hcbpf_vm *vm;
	int status = stats_interval(args, "watch", &seconds, &count);

	if (!status && option_value(args, "count") && !watched)
		status = fail_usage("--count goes with --watch");
	if (!status && watched && times)
		status = fail_usage("--times shows all that was counted\nleave --watch out");
	if (status)
		return status;
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	how.source = vm;
	status = watched ? watch(&how, seconds, count) : once(vm, times);
	hcbpf_vm_close(vm);
	return status;
}
