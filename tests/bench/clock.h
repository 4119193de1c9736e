/* SPDX-License-Identifier: GPL-2.0-only */
/* Nanoseconds: under --icount, instructions. */
#ifndef TESTS_BENCH_CLOCK_H
#define TESTS_BENCH_CLOCK_H

#include <time.h>

static inline double clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* What this thread had of the CPU, without waiting. */
static inline double thread_ran(void)
{
	return clock_read(CLOCK_THREAD_CPUTIME_ID);
}

#endif /* TESTS_BENCH_CLOCK_H */
