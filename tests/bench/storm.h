/* SPDX-License-Identifier: GPL-2.0-only */
/* Many VMs that come, are bound, and go. */
#ifndef TESTS_BENCH_STORM_H
#define TESTS_BENCH_STORM_H

/* A thousand, one after the other: instructions that binding adds to each. */
double storm_adds(void);

#endif /* TESTS_BENCH_STORM_H */
