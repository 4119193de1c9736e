/* SPDX-License-Identifier: GPL-2.0-only */
/* The same random numbers each time, from a seed that is not 0. */
#ifndef TESTS_SUITES_WALK_RANDOM_H
#define TESTS_SUITES_WALK_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static uint64_t random_state = 4711;

static inline uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static inline bool one_in(unsigned int n)
{
	return random64() % n == 0;
}

static inline uint64_t bits(unsigned int high, unsigned int low)
{
	return (~0ULL >> (63 - high)) & (~0ULL << low);
}

#endif /* TESTS_SUITES_WALK_RANDOM_H */
