// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "cli/args.h"
#include "cmd/calls.h"
#include "text/seen.h"

void calls_add_observed(struct json_object *object, int observed)
{
	json_object_object_add(object, "observed",
			       observed < 0 ? NULL : json_object_new_boolean(observed));
}

static void add_key(struct json_object *row, const char *key, uint32_t number, bool is)
{
	json_object_object_add(row, key, is ? json_object_new_uint64(number) : NULL);
}

static void add_end(struct json_object *row, const char *key, const struct hcbpf_calls *calls,
		    int bucket)
{
	uint64_t ns = bucket < 0 ? 0 : seen_end_ns(calls, bucket);

	json_object_object_add(row, key, ns ? json_object_new_uint64(ns) : NULL);
}

static struct json_object *times_json(const struct hcbpf_calls *calls,
				      const struct hcbpf_seen *seen)
{
	struct json_object *times = json_object_new_array(), *object;
	int i;

	for (i = 0; i < HCBPF_SEEN_TIMES; i++) {
		if (!seen->times[i])
			continue;
		object = json_object_new_object();
		add_end(object, "below_ns", calls, i);
		add_number(object, "nr_calls", seen->times[i]);
		json_object_array_add(times, object);
	}
	return times;
}

void calls_add(struct json_object *row, const struct hcbpf_calls *calls,
	       const struct hcbpf_seen *seen, uint64_t all)
{
	char text[NAMES_TEXT];

	seen_text(text, seen);
	add_text(row, "abi", seen_abi(seen) ?: "");
	add_key(row, "nr", seen->nr, !seen_is_other(seen));
	add_key(row, "sub", seen->sub, !seen_is_other(seen) && seen->sub != HCBPF_RULE_ANY);
	add_text(row, "call", text);
	add_number(row, "nr_calls", seen_calls(seen));
	add_number(row, "done", seen->count[HCBPF_DONE]);
	add_number(row, "pass", seen->count[HCBPF_PASS]);
	add_number(row, "exits", seen->count[HCBPF_EXIT]);
	add_real(row, "share", all ? (double)seen_calls(seen) / all : 0);
	add_end(row, "median_ns", calls, seen_bucket(seen, 50));
	add_end(row, "p99_ns", calls, seen_bucket(seen, 99));
	add_end(row, "max_ns", calls, seen_bucket(seen, 100));
	json_object_object_add(row, "decisions", times_json(calls, seen));
}

void calls_add_rates(struct json_object *row, const struct hcbpf_seen *now,
		     const struct hcbpf_seen *before, double seconds)
{
	struct json_object *rates = json_object_new_object();
	struct hcbpf_seen seen = seen_since(now, before);
	double per = seconds > 0 ? 1 / seconds : 0;

	add_real(rates, "done", seen.count[HCBPF_DONE] * per);
	add_real(rates, "pass", seen.count[HCBPF_PASS] * per);
	add_real(rates, "exits", seen.count[HCBPF_EXIT] * per);
	json_object_object_add(row, "call_rates", rates);
}

int calls_most_vms(const struct args *args, const char *option, uint32_t *most)
{
	const char *text = option_value(args, option);

	if (text && parse_u32(text, most))
		return fail_usage("\"%s\" is not a number of VMs", text);
	return 0;
}

int fail_calls(struct hcbpf_vm *vm, int err)
{
	uint32_t id = hcbpf_vm_id(vm);

	if (err == -ENOENT)
		return fail(err, "VM %u is not observed\nuse `hcbpf vm observe %u`, and look again "
			    "after a while", id, id);
	if (err == -ENODEV)
		return fail(err, "VM %u has ended", id);
	return fail(err, "cannot read the calls of VM %u: %s", id, strerror(-err));
}
