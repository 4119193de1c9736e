/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two halves of `hcbpf trace` have in common: when it ends. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

/* How long what is in a ring buffer may lie there, unless there is much of it. */
#define TRACE_PAUSE_MS 50

struct trace_end {
	uint64_t deadline;	/* CLOCK_MONOTONIC in ns; 0: none */
	uint64_t shown;
	uint32_t count;		/* 0: any */
	bool draining;		/* no more comes: what is there is still wanted */
};

/* What --count and --timeout say; signals count from here on. Returns the exit status. */
int trace_end_begin(const struct args *args, struct trace_end *end);

/* So many as asked for, its time is over, a signal has come, or nobody reads what is printed. */
bool trace_end_reached(const struct trace_end *end);

/* The last line, of how many there were; @dropped: NULL: nobody knows. */
void trace_end_say(const struct trace_end *end, const char *what, const uint64_t *dropped);

/* trace --policy. */
int trace_policy(const struct args *args);

#endif /* TRACE_H */
