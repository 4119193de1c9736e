/* SPDX-License-Identifier: GPL-2.0-only */
/* Random arm64 page tables and registers, for the unit test and for the lab. */
#ifndef TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H
#define TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H

#include "random.h"

#define MEM_SIZE (1 << 20)
#define TABLES 0x40000000ULL	/* where the guest's tables begin; below only data */
#define MIRROR (1ULL << 35)	/* and there they are again, beyond 32 bits */

#define VALID 1ULL
#define TABLE 3ULL
#define PAGE 3ULL
#define AP_READ_ONLY (1ULL << 7)
#define AF (1ULL << 10)
#define AP_TABLE_READ_ONLY (1ULL << 62)

/* SCTLR_EL1 */
#define M (1ULL << 0)
#define EE (1ULL << 25)

/* TCR_EL1 */
#define EPD0 (1ULL << 7)
#define TG0_4K (0ULL << 14)
#define TG0_64K (1ULL << 14)
#define TG0_16K (2ULL << 14)
#define EPD1 (1ULL << 23)
#define TG1_16K (1ULL << 30)
#define TG1_4K (2ULL << 30)
#define TG1_64K (3ULL << 30)
#define IPS_48 (5ULL << 32)
#define IPS_52 (6ULL << 32)
#define TBI0 (1ULL << 37)
#define TBI1 (1ULL << 38)
#define HPD0 (1ULL << 41)
#define HPD1 (1ULL << 42)
#define DS (1ULL << 59)

/* A guest's. */
struct walk_regs {
	uint64_t sctlr, tcr, ttbr0, ttbr1;
};

/* Mostly sound. One in thirty has a bit that is wrong, one in forty leads out of memory. */
static inline uint64_t random_descriptor(void)
{
	uint64_t desc = VALID | AF | (random64() & (0x7ffULL << 51 | 0x8fc));

	desc |= one_in(40) ? random64() & 0xffffffffff00 : TABLES + (random64() % 16 << 16);
	if (!one_in(4))
		desc |= TABLE;
	if (one_in(4))
		desc |= MIRROR;
	if (one_in(8))
		desc ^= AP_READ_ONLY;
	if (one_in(8))
		desc |= AP_TABLE_READ_ONLY;
	if (one_in(30))
		desc ^= 1ULL << random64() % 64;
	return desc;
}

/* Halves alike in all but the granule, as which their fields differ. */
static inline struct walk_regs random_registers(void)
{
	struct walk_regs regs = { .sctlr = M };
	uint64_t size = one_in(20) ? random64() % 64 : 12 + random64() % 20;

	regs.tcr = size | size << 16 | (random64() & (3ULL << 14 | 3ULL << 30));
	if (one_in(3))
		regs.tcr = size | size << 16 | TG0_4K | TG1_4K;
	regs.tcr |= (one_in(3) ? random64() % 8 : 5 + random64() % 2) << 32;
	regs.tcr |= random64() & (TBI0 | TBI1 | HPD0 | HPD1 | DS);
	if (one_in(2))
		regs.tcr &= ~DS;
	if (one_in(20))
		regs.tcr |= one_in(2) ? EPD0 : EPD1;
	regs.ttbr0 = TABLES + (random64() % 16 << 16) + (random64() << 48 | one_in(2));
	regs.ttbr1 = TABLES + (random64() % 16 << 16) + (random64() << 48 | one_in(2));
	if (one_in(20))
		regs.ttbr0 ^= 1ULL << random64() % 64;
	return regs;
}

/* Of the size that the registers say, but for one in fifty. */
static inline uint64_t random_address(const struct walk_regs *regs)
{
	uint64_t addr = (int64_t)random64() >> (regs->tcr & 63);

	if (one_in(4))
		addr = (addr & ~0ULL >> 8) | random64() << 56;
	return one_in(50) ? addr ^ 1ULL << random64() % 64 : addr;
}

#endif /* TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H */
