/* SPDX-License-Identifier: GPL-2.0-only */
/* Between decision.bpf.c and decision.c. */
#ifndef TESTS_BENCH_DECISION_H
#define TESTS_BENCH_DECISION_H

#define DECISION_LOOPS 1000000	/* in one run */
#define DECISION_ENTRIES 1024	/* of the maps, and ports */
#define DECISION_PORT 5

struct decision_run {
	__u64 ns;		/* of all loops */
	__u64 result;
};

#endif /* TESTS_BENCH_DECISION_H */
