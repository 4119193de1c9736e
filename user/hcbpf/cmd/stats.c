// SPDX-License-Identifier: GPL-2.0-only
/* stats: what became of the VMs' hypercalls. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/stats.h"
#include "cmd/stats_columns.h"
#include "cmd/watch.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/sample.h"
#include "text/counters.h"

#define NO_VM "no VM is bound"

const struct option stats_options[] = {
	{ "watch [SECONDS]", "what happens per second, again and again, at this interval (default: 1)" },
	{ "count N", "with --watch: end after this many times" },
	{ "columns COLUMNS", "these columns, whole" },
	{ "all", "all columns, whole" },
	{ 0 }
};

/* ---- one VM ---- */

void stats_add(struct json_object *object, const struct hcbpf_vm_stats *stats)
{
	const struct counter *c;

	for (c = counters; c->name; c++)
		add_number(object, c->name, counter_value(c, stats));
}

void stats_add_warning(struct json_object *object, const char *policy,
		       const struct hcbpf_vm_stats *stats)
{
	char text[128];

	add_null(object, "warning");
	if (!stats->bad_verdict)
		return;
	snprintf(text, sizeof(text), "policy \"%s\" returned no valid verdict for %llu calls, "
		 "which passed", policy, (unsigned long long)stats->bad_verdict);
	add_text(object, "warning", text);
}

static struct json_object *names_json(const struct vm_sample *vm)
{
	struct json_object *object = json_object_new_object();
	struct vm_names names;

	vm_names(vm->info.pid, &names);
	add_number(object, "id", vm->info.id);
	add_text(object, "name", names.name);
	add_text(object, "tag", vm->info.tag);
	add_text(object, "policy", vm->info.policy);
	calls_add_observed(object, vm->observed);
	return object;
}

static struct json_object *vm_stats_json(const struct vm_sample *vm)
{
	struct json_object *object = names_json(vm);

	add_number(object, "nr_calls", counters_calls(&vm->stats));
	stats_add(object, &vm->stats);
	add_number(object, "trouble", counters_trouble(&vm->stats));
	stats_add_warning(object, vm->info.policy, &vm->stats);
	return object;
}

/* ---- all that are meant ---- */

/* Which VMs, and what of them. */
struct source {
	struct hcbpf_vm *vm;	/* NULL: all */
	int dev;
	const struct shown_columns *shown;
};

static int fail_read(struct hcbpf_vm *vm, int err)
{
	if (err == -ENODEV)
		return fail(err, "VM %u has ended", hcbpf_vm_id(vm));
	return fail(err, "cannot read the counters of VM %u: %s", hcbpf_vm_id(vm), strerror(-err));
}

/* On failure says why, and returns the exit status. */
static int read_sample(void *data, struct sample *sample)
{
	const struct source *source = data;
	int err;

	if (!source->vm) {
		err = sample_take(source->dev, sample);
		return err ? fail_vm_list(err) : 0;
	}
	err = sample_take_one(source->vm, sample);
	return err ? fail_read(source->vm, err) : 0;
}

static struct json_object *all_json(const struct sample *sample)
{
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < sample->nr; i++)
		json_object_array_add(rows, vm_stats_json(&sample->vms[i]));
	return rows;
}

/* For people: after the table, what is wrong with it. */
static void say_warnings(struct json_object *rows)
{
	struct json_object *row, *text;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		text = json_object_object_get(row, "warning");
		if (text)
			out_progress("VM %s: %s",
				     json_object_get_string(json_object_object_get(row, "id")),
				     json_object_get_string(text));
	}
}

/* Likewise, where there is more to see. The usual columns have no room for it. */
static void say_observed(const struct sample *sample)
{
	size_t i, nr = 0;
	uint32_t id = 0;

	for (i = 0; i < sample->nr; i++) {
		if (sample->vms[i].observed <= 0)
			continue;
		id = sample->vms[i].info.id;
		nr++;
	}
	if (nr == 1)
		out_progress("VM %u is observed; `hcbpf vm calls %u` shows its calls", id, id);
	else if (nr)
		out_progress("%zu VMs are observed; `hcbpf top --calls` shows their calls", nr);
}

static void print_once(const struct sample *sample, const struct shown_columns *shown)
{
	struct json_object *rows = all_json(sample);

	if (out_is_json()) {
		out_list(rows);
		return;
	}
	out_table(columns_rows(shown, rows), shown->columns, NO_VM);
	fflush(stdout);
	say_warnings(rows);
	if (shown->brief)
		say_observed(sample);
	json_object_put(rows);
}

static int once(struct source *source)
{
	struct sample sample;
	int status = read_sample(source, &sample);

	if (status)
		return status;
	print_once(&sample, source->shown);
	sample_free(&sample);
	return EXIT_SUCCESS;
}

/* ---- again and again ---- */

/* Of one that was not there before, all that it has counted. */
static double rate(uint64_t now, uint64_t before, double seconds)
{
	return seconds > 0 ? (now - before) / seconds : 0;
}

/* As a table has them: whole numbers, in place of the counters. */
static struct json_object *rates_row(const struct vm_sample *now, const struct vm_sample *before,
				     double seconds)
{
	static const struct vm_sample nothing;
	const struct hcbpf_vm_stats *old = before ? &before->stats : &nothing.stats;
	struct json_object *object = names_json(now);
	const struct counter *c;

	for (c = counters; c->name; c++)
		add_number(object, c->name, rate(counter_value(c, &now->stats),
						 counter_value(c, old), seconds) + 0.5);
	add_number(object, "nr_calls", rate(counters_calls(&now->stats), counters_calls(old),
					    seconds) + 0.5);
	add_number(object, "trouble", rate(counters_trouble(&now->stats), counters_trouble(old),
					   seconds) + 0.5);
	return object;
}

static void print_table(const struct sample *now, const struct sample *before,
			const struct shown_columns *shown)
{
	struct json_object *rows = json_object_new_array();
	double seconds = sample_seconds(before, now);
	size_t i;

	for (i = 0; i < now->nr; i++)
		json_object_array_add(rows, rates_row(&now->vms[i],
						      sample_before(before, &now->vms[i]),
						      seconds));
	out_table(columns_rows(shown, rows), shown->columns, NO_VM);
	json_object_put(rows);
	fflush(stdout);
}

static struct json_object *watched_json(const struct vm_sample *now, const struct vm_sample *before,
					double seconds)
{
	static const struct vm_sample nothing;
	const struct hcbpf_vm_stats *old = before ? &before->stats : &nothing.stats;
	struct json_object *object = vm_stats_json(now), *rates = json_object_new_object();
	const struct counter *c;

	for (c = counters; c->name; c++)
		add_real(rates, c->name, rate(counter_value(c, &now->stats),
					      counter_value(c, old), seconds));
	json_object_object_add(object, "rates", rates);
	return object;
}

void stats_print_line(const struct sample *now, const struct sample *before)
{
	struct json_object *object = json_object_new_object(), *vms = json_object_new_array();
	double seconds = sample_seconds(before, now);
	size_t i;

	for (i = 0; i < now->nr; i++)
		json_object_array_add(vms, watched_json(&now->vms[i],
							sample_before(before, &now->vms[i]),
							seconds));
	add_time(object, "time");
	add_real(object, "seconds", seconds);
	json_object_object_add(object, "vms", vms);
	out_line(object);
}

static void show(void *source, const struct sample *now, const struct sample *before)
{
	if (out_is_json())
		stats_print_line(now, before);
	else
		print_table(now, before, ((struct source *)source)->shown);
}

/* ---- what was typed ---- */

int stats_interval(const struct args *args, const char *option, uint32_t *seconds, uint32_t *times)
{
	const char *every = option_value(args, option), *count = option_value(args, "count");

	*seconds = 1;
	/* Counted down from 0, it never gets there. */
	*times = 0;
	if (every && every[0] && (parse_u32(every, seconds) || !*seconds || *seconds > 86400))
		return fail_usage("\"%s\" is not a number of seconds", every);
	if (count && (parse_u32(count, times) || !*times))
		return fail_usage("\"%s\" is not a number of times", count);
	return 0;
}

int stats_run(const struct args *args)
{
	struct shown_columns shown;
	struct source source = { .dev = -1, .shown = &shown };
	const struct watch watched = { read_sample, show, &source };
	uint32_t seconds, times;
	int status;

	status = stats_interval(args, "watch", &seconds, &times);
	if (!status && option_value(args, "count") && !option_value(args, "watch"))
		status = fail_usage("--count goes with --watch");
	if (!status)
		status = columns_choose(args, &shown);
	if (status)
		return status;
	if (args->nr_words)
		source.vm = which_vm(args);
	else
		source.dev = device_open();
	if (!source.vm && source.dev < 0)
		return EXIT_FAILURE;
	status = option_value(args, "watch") ? watch(&watched, seconds, times) : once(&source);
	hcbpf_vm_close(source.vm);
	if (source.dev >= 0)
		close(source.dev);
	return status;
}
