// SPDX-License-Identifier: GPL-2.0-only
/* stats: what became of the VMs' hypercalls. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/stats.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/module.h"
#include "text/counters.h"

const struct option stats_options[] = {
	{ "watch SECONDS", "again and again, at this interval" },
	{ 0 }
};

#define NO_VM "no VM is bound"

static const struct column columns[] = {
	{ "id", "VM" }, { "policy", "POLICY" }, { "done", "DONE" }, { "pass", "PASS" },
	{ "exits", "EXITS" }, { "bad_verdict", "BAD-VERDICT" }, { "no_policy", "NO-POLICY" },
	{ "user_mode", "USER-MODE" }, { "nested", "NESTED" }, { "signals", "SIGNALS" },
	{ "faults", "FAULTS" }, { "gpa_sets", "GPA-SETS" }, { "gpa_failures", "GPA-FAILURES" },
	{ "buffer_hits", "BUFFER-HITS" }, { "buffer_misses", "BUFFER-MISSES" }, { "walks", "WALKS" }, { 0 }
};

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

static int add_vm(struct json_object *rows, struct hcbpf_vm *vm)
{
	struct json_object *object;
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (!err)
		err = hcbpf_vm_stats(vm, &stats);
	if (err)
		return fail(err, "cannot read the counters of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "policy", info.policy);
	stats_add(object, &stats);
	stats_add_warning(object, info.policy, &stats);
	json_object_array_add(rows, object);
	return 0;
}

static int add_all(struct json_object *rows)
{
	struct hcbpf_vm *vm;
	int dev, err, status = 0;
	uint32_t id = 0;

	dev = device_open();
	if (dev < 0)
		return EXIT_FAILURE;
	while (!status && !(err = vm_next(dev, &id, &vm))) {
		status = add_vm(rows, vm);
		hcbpf_vm_close(vm);
	}
	close(dev);
	return status || err == -ENOENT ? status : fail_vm_list(err);
}

static uint64_t counter(struct json_object *row, const char *name)
{
	return json_object_get_uint64(json_object_object_get(row, name));
}

static struct json_object *row_of(struct json_object *rows, uint64_t id)
{
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++)
		if (counter(json_object_array_get_idx(rows, i), "id") == id)
			return json_object_array_get_idx(rows, i);
	return NULL;
}

/* Per second, since @before; from the start for a VM that is new. */
static struct json_object *rates(struct json_object *now, struct json_object *before,
				 uint32_t seconds)
{
	struct json_object *rows = json_object_new_array(), *row, *rate, *old;
	size_t i, c;

	for (i = 0; i < json_object_array_length(now); i++) {
		row = json_object_array_get_idx(now, i);
		old = row_of(before, counter(row, "id"));
		rate = json_object_new_object();
		add_number(rate, "id", counter(row, "id"));
		add_text(rate, "policy",
			 json_object_get_string(json_object_object_get(row, "policy")));
		for (c = 0; counters[c].name; c++)
			add_number(rate, counters[c].name,
				   (counter(row, counters[c].name) -
				    (old ? counter(old, counters[c].name) : 0)) / seconds);
		json_object_array_add(rows, rate);
	}
	return rows;
}

/* For people: a line of sums below two VMs or more. */
static void add_total(struct json_object *rows)
{
	size_t nr = json_object_array_length(rows), i, c;
	struct json_object *total;
	uint64_t sum;

	if (out_is_json() || nr < 2)
		return;
	total = json_object_new_object();
	add_text(total, "id", "total");
	for (c = 0; counters[c].name; c++) {
		for (sum = 0, i = 0; i < nr; i++)
			sum += counter(json_object_array_get_idx(rows, i), counters[c].name);
		add_number(total, counters[c].name, sum);
	}
	json_object_array_add(rows, total);
}

static struct json_object *collect(struct hcbpf_vm *vm)
{
	struct json_object *rows = json_object_new_array();

	if (!(vm ? add_vm(rows, vm) : add_all(rows)))
		return rows;
	json_object_put(rows);
	return NULL;
}

/* Until interrupted, or until the VM cannot be asked any more. */
static int watch(struct hcbpf_vm *vm, uint32_t seconds)
{
	struct json_object *before = collect(vm), *now, *rows;

	while (before) {
		sleep(seconds);
		now = collect(vm);
		if (now) {
			rows = rates(now, before, seconds);
			add_total(rows);
			out_table(rows, columns, NO_VM);
			fflush(stdout);
		}
		json_object_put(before);
		before = now;
	}
	return EXIT_FAILURE;
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
			out_progress("VM %u: %s", (unsigned int)counter(row, "id"),
				     json_object_get_string(text));
	}
}

static int once(struct hcbpf_vm *vm)
{
	struct json_object *rows = collect(vm);

	if (!rows)
		return EXIT_FAILURE;
	add_total(rows);
	json_object_get(rows);
	out_table(rows, columns, NO_VM);
	fflush(stdout);
	say_warnings(rows);
	json_object_put(rows);
	return EXIT_SUCCESS;
}

int stats_run(const struct args *args)
{
	const char *every = option_value(args, "watch");
	struct hcbpf_vm *vm = NULL;
	uint32_t seconds = 0;
	int status;

	if (every && (parse_u32(every, &seconds) || !seconds || seconds > 86400))
		return fail_usage("\"%s\" is not a number of seconds", every);
	if (every && out_is_json())
		return fail_usage("--watch has no JSON form\ncall `hcbpf -j stats` repeatedly");
	if (args->nr_words) {
		vm = which_vm(args);
		if (!vm)
			return EXIT_FAILURE;
	}
	status = every ? watch(vm, seconds) : once(vm);
	hcbpf_vm_close(vm);
	return status;
}
