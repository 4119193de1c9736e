// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <stdio.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/trace.h"
#include "cmd/trace_lines.h"

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
	(void)signal;
	interrupted = 1;
}

/* The first is a wish to end, with all that is still to be said; the second ends at once. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = interrupt, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int trace_end_begin(const struct args *args, struct trace_end *end)
{
	const char *count = option_value(args, "count"), *timeout = option_value(args, "timeout");
	uint32_t seconds;

	if (count && (parse_u32(count, &end->count) || !end->count))
		return fail_usage("\"%s\" is not a number of lines", count);
	if (timeout && (parse_u32(timeout, &seconds) || !seconds))
		return fail_usage("\"%s\" is not a number of seconds", timeout);
	if (timeout)
		end->deadline = clock_now() + seconds * UINT64_C(1000000000);
	catch_signals();
	/* Whole lines, whenever it ends. */
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	return 0;
}

bool trace_end_reached(const struct trace_end *end)
{
	if (ferror(stdout) || (end->count && end->shown >= end->count))
		return true;
	if (end->draining)
		return false;
	return interrupted || (end->deadline && clock_now() >= end->deadline);
}

void trace_end_say(const struct trace_end *end, const char *what, const uint64_t *dropped)
{
	/* A write that a signal has ended is no failure. */
	if (interrupted)
		clearerr(stdout);
	if (out_is_json())
		trace_print_counts(end->shown, dropped);
	else if (dropped)
		out_progress("%s shown: %llu, dropped: %llu", what, (unsigned long long)end->shown,
			     (unsigned long long)*dropped);
	else
		out_progress("%s shown: %llu", what, (unsigned long long)end->shown);
}
