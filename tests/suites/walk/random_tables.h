/* SPDX-License-Identifier: GPL-2.0-only */
/* Random x86 page tables, mostly sound, for the unit test and for the lab. */
#ifndef TESTS_SUITES_WALK_RANDOM_TABLES_H
#define TESTS_SUITES_WALK_RANDOM_TABLES_H

#include "random.h"

#define TABLES 0x40000000ULL	/* where the guest's tables are, PAGES of them */
#define PAGES 16

#define P (1ULL << 0)
#define RW (1ULL << 1)
#define US (1ULL << 2)
#define A (1ULL << 5)
#define D (1ULL << 6)
#define PS (1ULL << 7)		/* in the last level: PAT */
#define G (1ULL << 8)
#define PAT_LARGE (1ULL << 12)
#define NX (1ULL << 63)

/*
 * One in thirty has a bit that is wrong, one in forty leads out of memory. Half may be
 * pages of programs, a third of those that may be large are.
 */
static inline uint64_t random_entry(bool nx, bool amd)
{
	uint64_t entry = random64() & (bits(11, 9) | G | NX | RW | US | D | PS);

	entry |= P | A;
	entry |= one_in(40) ? random64() & bits(51, 12) : TABLES + (random64() % PAGES << 12);
	if (one_in(2))
		entry &= ~US;
	if (!one_in(8))
		entry |= RW;
	if (!one_in(3))
		entry &= ~PS;
	if (entry & PS && !one_in(3))
		entry &= ~bits(29, 13);
	if (!nx && !one_in(10))
		entry &= ~NX;
	if (amd && !one_in(5))
		entry &= ~G;
	if (one_in(30))
		entry ^= 1ULL << random64() % 64;
	return entry;
}

/* Canonical, but for one in fifty. */
static inline uint64_t random_address(unsigned int levels)
{
	uint64_t addr = (uint64_t)((int64_t)random64() >> (levels == 4 ? 16 : 7));

	return one_in(50) ? addr ^ 1ULL << random64() % 64 : addr;
}

#endif /* TESTS_SUITES_WALK_RANDOM_TABLES_H */
