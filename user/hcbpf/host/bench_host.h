/* SPDX-License-Identifier: GPL-2.0-only */
/* What a machine's figures depend on, and what they are counted in. */
#ifndef BENCH_HOST_H
#define BENCH_HOST_H

#include <stdint.h>

#include "cli/output.h"

/* For out_record(). */
extern const struct column bench_host_columns[];

/* Of guests that make so many calls on this CPU. */
struct json_object *bench_host(uint32_t cpu, uint32_t calls);

/* What the guest counted, in the unit that is said there. */
uint64_t bench_units(uint64_t ticks);

#endif /* BENCH_HOST_H */
