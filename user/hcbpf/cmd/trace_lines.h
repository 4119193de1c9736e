/* SPDX-License-Identifier: GPL-2.0-only */
/* What `hcbpf trace` says: a line for each call, in words or as JSON. */
#ifndef TRACE_LINES_H
#define TRACE_LINES_H

#include <stdint.h>
#include <json-c/json.h>

#include "bpf/tracer.h"

#define CLOCK_TEXT sizeof("2026-12-31T23:59:59.999999Z")

/* A time of CLOCK_MONOTONIC, as people at this machine write it, and as JSON has it. */
void clock_text(char text[CLOCK_TEXT], uint64_t monotonic);
void clock_json(struct json_object *object, uint64_t monotonic);
uint64_t clock_now(void);

void trace_print_call(const struct trace_record *record);

/* Calls, or records, so far; @dropped: NULL: nobody knows. */
void trace_print_counts(uint64_t shown, const uint64_t *dropped);

#endif /* TRACE_LINES_H */
