/* SPDX-License-Identifier: GPL-2.0-only */
/* Random arm64 page tables and registers, for the unit test and for the lab. */
#ifndef TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H
#define TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H

#include "random.h"

/*
 * Where the guest's tables are, and again 4 GB further, and so on up to 48 bits. Nothing else
 * is memory.
 */
#define TABLES 0x40000000ULL
#define MEM_SIZE (1 << 20)
#define TABLES_END (1ULL << 48)

#define VALID 1ULL
#define TABLE 3ULL
#define PAGE 3ULL
#define AP_READ_ONLY (1ULL << 7)
#define SHARED (3ULL << 8)	/* with DS: bits of the address */
#define AF (1ULL << 10)
#define AP_TABLE_READ_ONLY (1ULL << 62)

/* SCTLR_EL1 */
#define M (1ULL << 0)
#define EE (1ULL << 25)
#define SCTLR_ELSE (bits(2, 1) | 1ULL << 12 | 1ULL << 19 | 1ULL << 23)	/* A C I WXN SPAN */

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
/* Of caches, ASIDs, programs, bits that are ignored: no matter where data of the kernel's are. */
#define TCR_ELSE (bits(13, 8) | 1ULL << 22 | bits(29, 24) | 1ULL << 36 | bits(58, 43))

/* A guest's. */
struct walk_regs {
	uint64_t sctlr, tcr, ttbr0, ttbr1;
};

static inline uint64_t random_table(void)
{
	uint64_t addr = TABLES + (random64() % 16 << 16);

	return one_in(4) ? addr | 1ULL << (32 + random64() % 16) : addr;
}

/*
 * Mostly sound. One in thirty has a bit that is wrong, one in thirty was never accessed, one in
 * forty leads out of memory.
 */
static inline uint64_t random_descriptor(void)
{
	uint64_t desc = VALID | (random64() & (bits(63, 50) | 0x8fc) & ~AP_TABLE_READ_ONLY);

	desc |= one_in(40) ? random64() & 0xffffffffff00 : random_table();
	if (!one_in(4))
		desc |= TABLE;
	if (!one_in(30))
		desc |= AF;
	if (one_in(8))
		desc |= random64() & SHARED;
	if (one_in(8))
		desc |= AP_TABLE_READ_ONLY;
	if (one_in(30))
		desc ^= 1ULL << random64() % 64;
	return desc;
}

static inline uint64_t random_size(void)
{
	return one_in(20) ? random64() % 64 : 12 + random64() % 20;
}

static inline uint64_t random_ttbr(void)
{
	uint64_t ttbr = random_table() | random64() << 48 | one_in(2);

	if (one_in(4))
		ttbr |= random64() & 0xffc0;
	return one_in(40) ? ttbr ^ 1ULL << random64() % 64 : ttbr;
}

static inline struct walk_regs random_registers(void)
{
	uint64_t tcr = random_size() | random_size() << 16;

	tcr |= one_in(3) ? TG0_4K | TG1_4K : random64() & (3ULL << 14 | 3ULL << 30);
	tcr |= (one_in(3) ? random64() % 8 : 5 + random64() % 2) << 32;
	tcr |= random64() & (TBI0 | TBI1 | HPD0 | HPD1 | TCR_ELSE);
	if (one_in(4))
		tcr |= DS;
	if (one_in(20))
		tcr |= one_in(2) ? EPD0 : EPD1;
	return (struct walk_regs){
		.sctlr = M | (random64() & SCTLR_ELSE), .tcr = tcr,
		.ttbr0 = random_ttbr(), .ttbr1 = random_ttbr(),
	};
}

/* In one of the halves, but for one in fifty; a quarter with a tag. */
static inline uint64_t random_address(const struct walk_regs *regs)
{
	bool upper = one_in(2);
	uint64_t range = ~0ULL >> (regs->tcr >> (upper ? 16 : 0) & 63);
	uint64_t addr = upper ? random64() | ~range : random64() & range;

	if (one_in(4))
		addr = (addr & bits(55, 0)) | random64() << 56;
	return one_in(50) ? addr ^ 1ULL << random64() % 64 : addr;
}

#endif /* TESTS_SUITES_WALK_RANDOM_TABLES_ARM64_H */
