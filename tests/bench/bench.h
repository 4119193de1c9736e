/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the bench, which runs in the lab and prints JSON. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <json-c/json.h>
#include "lab.h"

/* What every figure is free of; set before anything else is measured. */
extern double loop_ticks;	/* a round of an empty loop */
extern double skip_ticks;	/* stepping over a hypercall, see kvm_cost_skip() */

/* Instructions per call, net. Both end the program on failure. */
double net_cost(const struct path *path, struct path_vm *vm);

/* {"NAME": {"x": [...], "cost": [...], ...}, ...} */
struct json_object *scaling(void);

/*
 * The same of what a host does with VMs, as one of 1, @factor, ... @max that are bound, in
 * instructions of kernel and caller. @grow is of neighbours.h; @slow: and those that take long.
 */
struct json_object *operations(void (*grow)(unsigned int nr), unsigned int max,
			       unsigned int factor, bool slow);

/* The same of VMs that all start, then all end; by how many there are, @all the sizes or two. */
struct json_object *storms(void);

/* {"NAME": {"vcpus": [...], "cost": [...]}, ...} */
struct json_object *concurrency(void);

/* {"vm": BYTES, "port": BYTES, "rule": BYTES, ...}, by the kernel's accounting. */
struct json_object *memory(void);

/* Rounded to a tenth: more is noise, and would make the files differ in each run. */
struct json_object *json_figure(double value);

#endif /* TESTS_BENCH_BENCH_H */
