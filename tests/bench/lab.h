/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths in the lab, where the module comes and goes and any failure ends the program. */
#ifndef TESTS_BENCH_LAB_H
#define TESTS_BENCH_LAB_H

#include "../../user/bench/paths.h"

/* Load module and policy, unless the module is there. */
void lab_module_up(void);

/* path_up(), with the module in the state that it wants. */
void lab_path_up(const struct path *path, struct path_vm *vm);

/* path_measure() */
double lab_path_measure(const struct path *path, struct path_vm *vm);

#endif /* TESTS_BENCH_LAB_H */
