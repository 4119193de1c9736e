// SPDX-License-Identifier: GPL-2.0-only
/* trace: hypercalls, one by one, as they are decided. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "bpf/object.h"
#include "bpf/tracer.h"
#include "cli/args.h"
#include "cli/output.h"
#include "cmd/trace.h"
#include "cmd/trace_lines.h"
#include "cmd/which_vm.h"
#include "host/check.h"
#include "text/abi_names.h"
#include "text/gpa_words.h"

#define MIN_RING (64U << 10)
#define MAX_RING (64U << 20)
#define USUAL_RING (1U << 20)

/* Lines about what was dropped come no more often than this, in ns. */
#define SAY_DROPPED_EVERY 1000000000ULL

const struct option trace_options[] = {
	{ "abi ABI", "calls of this ABI" },
	{ "nr NR[:SUB]", "this call; a name needs --abi" },
	{ "vcpu VCPU", "calls of this vCPU" },
	{ "outcome OUTCOME", "calls that became this: pass, done or exit" },
	{ "count N", "end after this many lines" },
	{ "timeout SECONDS", "end after this time" },
	{ "ring SIZE",
	  "memory for calls that wait to be shown: a power of 2, 64K to 64M (default: 1M)" },
	{ "policy POLICY", "in place of calls, what this policy writes into its ring buffer" },
	{ "map MAP", "with --policy: the ring buffer, if the policy has several" },
	{ "type STRUCT", "with --policy: what its records are, if the policy does not say so" },
	{ 0 }
};

struct trace {
	struct trace_filter filter;
	uint64_t ring_size;
	struct hcbpf_vm *vm;	/* NULL: all */
	struct tracer *tracer;
	struct trace_end end;
	uint64_t dropped;	/* that have been told of */
	uint64_t dropped_at;	/* when */
};

/* ---- what was typed ---- */

static int parse_call(const char *text, struct trace_filter *filter)
{
	if (call_parse(filter->abi, text, &filter->nr, &filter->sub) ||
	    filter->nr == HCBPF_RULE_ANY) {
		if (filter->abi)
			return fail_usage("ABI %s has no call \"%s\"", abi_name(filter->abi), text);
		return fail_usage("\"%s\" is not a call's number\nsay whose name it is: --abi ABI",
				  text);
	}
	if (filter->sub != HCBPF_RULE_ANY && filter->abi != HCBPF_ABI_XEN)
		return fail_usage("\"%s\" has a sub-operation, which only Xen's calls have\n"
				  "use --abi xen", text);
	return 0;
}

static int parse_outcome(const char *text, uint32_t *outcome)
{
	static const char *const names[] = { "pass", "done", "exit" };

	/* They are in the order of enum hcbpf_verdict. */
	for (*outcome = 0; *outcome < 3; (*outcome)++)
		if (!strcmp(text, names[*outcome]))
			return 0;
	return fail_usage("no call becomes \"%s\"\nuse pass, done or exit", text);
}

static int parse_filter(const struct args *args, struct trace_filter *filter)
{
	const char *abi = option_value(args, "abi"), *nr = option_value(args, "nr");
	const char *vcpu = option_value(args, "vcpu"), *outcome = option_value(args, "outcome");
	char list[NAMES_TEXT];

	*filter = (struct trace_filter){
		.nr = HCBPF_RULE_ANY, .sub = HCBPF_RULE_ANY, .vcpu = TRACE_ANY,
		.outcome = TRACE_ANY,
	};
	abi_list(list, abi_has_calls);
	if (abi && (abi_by_name(abi, &filter->abi) || !abi_has_calls(filter->abi)))
		return fail_usage("there is no ABI \"%s\"\nuse %s", abi, list);
	if (vcpu && (parse_u32(vcpu, &filter->vcpu) || filter->vcpu == TRACE_ANY))
		return fail_usage("\"%s\" is not a vCPU's number", vcpu);
	if (outcome && parse_outcome(outcome, &filter->outcome))
		return EXIT_USAGE;
	return nr ? parse_call(nr, filter) : 0;
}

static int parse_ring(const struct args *args, uint64_t *size)
{
	const char *text = option_value(args, "ring");

	*size = USUAL_RING;
	if (!text)
		return 0;
	if (parse_address(text, size) || *size & (*size - 1) || *size < MIN_RING ||
	    *size > MAX_RING)
		return fail_usage("\"%s\" is not a power of 2 from 64K to 64M", text);
	return 0;
}

/* ---- following ---- */

/* @now: CLOCK_MONOTONIC; 0: whenever the last time was. */
static void say_dropped(struct trace *trace, uint64_t now)
{
	uint64_t dropped = tracer_dropped(trace->tracer);

	if (dropped == trace->dropped || (now && now - trace->dropped_at < SAY_DROPPED_EVERY))
		return;
	trace->dropped = dropped;
	trace->dropped_at = now;
	trace_print_counts(trace->end.shown, &dropped);
}

/* A record that it is called for is taken, whatever it returns. */
static int hear(void *data, const struct trace_record *record)
{
	struct trace *trace = data;

	trace_print_call(record);
	trace->end.shown++;
	say_dropped(trace, record->time);
	return trace_end_reached(&trace->end) ? -ECANCELED : 0;
}

static void read_calls(struct trace *trace)
{
	if (!trace_end_reached(&trace->end))
		tracer_read(trace->tracer, hear, trace);
}

/* Returns whether the VM has ended. */
static bool follow(struct trace *trace)
{
	struct pollfd polls[] = {
		{ .fd = tracer_fd(trace->tracer), .events = POLLIN },
		{ .fd = trace->vm ? hcbpf_vm_fd(trace->vm) : -1 },
	};

	while (!trace_end_reached(&trace->end) && !polls[1].revents) {
		if (poll(polls, 2, TRACE_PAUSE_MS) < 0)
			polls[1].revents = 0;
		read_calls(trace);
		say_dropped(trace, clock_now());
	}
	return polls[1].revents;
}

static int follow_to_the_end(struct trace *trace)
{
	bool ended;

	if (trace->vm)
		out_progress("tracing VM %u", hcbpf_vm_id(trace->vm));
	else
		out_progress("tracing all VMs");
	ended = follow(trace);
	tracer_stop(trace->tracer);
	trace->end.draining = true;
	read_calls(trace);
	trace->dropped = tracer_dropped(trace->tracer);
	trace_end_say(&trace->end, "calls", &trace->dropped);
	return ended ? fail(-ENODEV, "VM %u has ended", hcbpf_vm_id(trace->vm)) : EXIT_SUCCESS;
}

static int trace_calls(struct trace *trace)
{
	int status;

	libbpf_listen(false);
	trace->filter.vm = trace->vm ? hcbpf_vm_id(trace->vm) : 0;
	trace->filter.wake_at = trace->ring_size / 4;
	trace->tracer = tracer_open(&trace->filter, trace->ring_size);
	if (!trace->tracer)
		return EXIT_FAILURE;
	status = follow_to_the_end(trace);
	tracer_close(trace->tracer);
	return status;
}

int trace_run(const struct args *args)
{
	struct trace trace = { 0 };
	int status;

	if (option_value(args, "policy"))
		return trace_policy(args);
	if (option_value(args, "map") || option_value(args, "type"))
		return fail_usage("--map and --type go with --policy");
	status = parse_filter(args, &trace.filter);
	if (!status)
		status = parse_ring(args, &trace.ring_size);
	if (!status)
		status = trace_end_begin(args, &trace.end);
	if (status)
		return status;
	if (check_failed(check_tracing) || check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	if (args->nr_words) {
		trace.vm = which_vm(args);
		if (!trace.vm)
			return EXIT_FAILURE;
	}
	status = trace_calls(&trace);
	hcbpf_vm_close(trace.vm);
	return status;
}
