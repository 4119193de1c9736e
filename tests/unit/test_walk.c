// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of a guest's stage 1 tables: every granule and width against tables made
 * here by the architecture's rules, and what must fault.
 */
#include <string.h>
#include "unit.h"
#include "guest_access.h"
#include "arm64/walk.h"
#include "../suites/walk/random_tables_arm64.h"

static uint64_t mem[MEM_SIZE / 8];
static unsigned int reads;

static uint64_t *in_memory(uint64_t addr)
{
	uint64_t off = (addr & bits(31, 0)) - TABLES;

	return addr < TABLES_END && off < MEM_SIZE ? &mem[off / 8] : NULL;
}

bool hcb_access_entry(struct guest_access *access, uint64_t addr, uint64_t *desc)
{
	const uint64_t *place = in_memory(addr);

	(void)access;
	reads++;
	assert_int_equal(addr % 8, 0);
	if (!place)
		return false;
	*desc = *place;
	return true;
}

static void put(uint64_t table, unsigned int index, uint64_t desc)
{
	mem[(table - TABLES) / 8 + index] = desc;
}

static int setup(void **state)
{
	(void)state;
	memset(mem, 0, sizeof(mem));
	reads = 0;
	return 0;
}

static int walk(struct guest_access *access, uint64_t addr, const struct walk_regs *regs)
{
	return hcb_walk_stage1(access, addr, regs->sctlr, regs->tcr,
			       addr & WALK_UPPER ? regs->ttbr1 : regs->ttbr0);
}

static void expect(const struct walk_regs *regs, uint64_t addr, uint64_t expected)
{
	struct guest_access access = { .gpa = 0 };

	assert_int_equal(walk(&access, addr, regs), 0);
	if (access.gpa != expected)
		fail_msg("%#llx is at %#llx, not %#llx", (unsigned long long)addr,
			 (unsigned long long)access.gpa, (unsigned long long)expected);
}

static void expect_fault(const struct walk_regs *regs, uint64_t addr)
{
	struct guest_access access = { .gpa = 0x1234 };

	assert_int_equal(walk(&access, addr, regs), -EFAULT);
	assert_int_equal(access.gpa, 0x1234);
}

/* Tables of one entry each, from the first level down to a page. */
static void build(uint64_t addr, unsigned int granule, unsigned int va_bits, uint64_t page)
{
	unsigned int stride = granule - 3, bits = va_bits - granule;
	int levels = (bits + stride - 1) / stride, level;
	uint64_t table = TABLES;

	for (level = levels - 1; level >= 0; level--) {
		unsigned int shift = granule + level * stride;
		unsigned int width = level == levels - 1 ? va_bits - shift : stride;
		uint64_t index = addr >> shift & ((1ULL << width) - 1);

		put(table, index, level ? (table + (1 << granule)) | TABLE : page | AF | PAGE);
		table += 1 << granule;
	}
}

static void every_granule_and_width_is_walked(void **state)
{
	static const struct {
		uint64_t tg0, tg1;
		unsigned int granule, min, max;
	} granules[] = {
		{ TG0_4K, TG1_4K, 12, 16, 48 }, { TG0_16K, TG1_16K, 14, 16, 48 },
		{ TG0_64K, TG1_64K, 16, 17, 52 },
	};
	unsigned int g, bits;

	for (g = 0; g < 3; g++) {
		for (bits = granules[g].min; bits <= granules[g].max; bits++) {
			uint64_t low = 0x0005a5a5a5a5a5a5 & ((1ULL << bits) - 1),
				 page = 0x123456780000;
			uint64_t high = low | ~((1ULL << bits) - 1);
			uint64_t offset = low & ((1ULL << granules[g].granule) - 1);
			struct walk_regs regs = {
				.sctlr = M, .ttbr0 = TABLES,
				.tcr = granules[g].tg0 | (64 - bits) | EPD1 | IPS_48,
			};

			setup(state);
			build(low, granules[g].granule, bits, page);
			expect(&regs, low, page | offset);
			expect_fault(&regs, high);
			if (bits < 52)
				expect_fault(&regs, low | 1ULL << bits);
			/* The same by the other half. */
			regs.ttbr1 = TABLES;
			regs.tcr = granules[g].tg1 | (uint64_t)(64 - bits) << 16 | EPD0 | IPS_48;
			expect(&regs, high, page | offset);
			expect_fault(&regs, low);
			if (bits < 52)
				expect_fault(&regs, high & ~(1ULL << bits));
		}
	}
}

static void blocks_are_where_the_architecture_has_them(void **state)
{
	const struct walk_regs four = { .sctlr = M, .tcr = TG0_4K | 16 | IPS_48, .ttbr0 = TABLES };
	const struct walk_regs ds = { .sctlr = M, .tcr = TG0_4K | 16 | DS | IPS_52,
				       .ttbr0 = TABLES };

	(void)state;
	/* Level 0: 512 GB, with 52-bit descriptors only. */
	put(TABLES, 1, 0x8000000000 | AF | VALID);
	expect_fault(&four, 0x8000001234);
	expect(&ds, 0x8000001234, 0x8000001234);
	/* Level 1: 1 GB; level 2: 2 MB. */
	put(TABLES, 0, (TABLES + 0x1000) | TABLE);
	put(TABLES + 0x1000, 2, 0x1c0000000 | AF | VALID);
	expect(&four, 0x80000000 + 0x3fffffff, 0x1c0000000 + 0x3fffffff);
	put(TABLES + 0x1000, 0, (TABLES + 0x2000) | TABLE);
	put(TABLES + 0x2000, 3, 0x12200000 | AF | VALID);
	expect(&four, 0x600000 + 0x1fffff, 0x12200000 + 0x1fffff);
	/* Level 3: a block there is reserved. */
	put(TABLES + 0x2000, 4, (TABLES + 0x3000) | TABLE);
	put(TABLES + 0x3000, 0, 0x5000 | AF | VALID);
	expect_fault(&four, 0x800000);
}

static void addresses_of_52_bits_are_put_together(void **state)
{
	const struct walk_regs lpa = {
		.sctlr = M, .tcr = TG0_64K | 22 | IPS_52, .ttbr0 = TABLES,
	};
	const struct walk_regs lpa2 = { .sctlr = M, .tcr = TG0_4K | 34 | DS | IPS_52,
					 .ttbr0 = TABLES };

	(void)state;
	/* 64 KB: bits 51..48 in 15..12. 42 bits of addresses: one level of 2^26 / 2^13. */
	put(TABLES, 0, (TABLES + 0x10000) | TABLE);
	put(TABLES + 0x10000, 1, 0x123412340000 | 0xaULL << 12 | AF | PAGE);
	expect(&lpa, 0x1abcd, 0x000a123412340000 | 0xabcd);
	/* 4 KB: bits 51..50 in 9..8. 30 bits of addresses: two levels. */
	setup(state);
	put(TABLES, 0, (TABLES + 0x1000) | TABLE);
	put(TABLES + 0x1000, 1, 0x0003123412340000 | 2ULL << 8 | AF | PAGE);
	expect(&lpa2, 0x1abc, 0x000b123412340abc);
	/* TTBR: bits 51..48 in 5..2; a table up there is nowhere. */
	expect_fault(&(struct walk_regs){ .sctlr = M, .tcr = lpa2.tcr, .ttbr0 = TABLES | 1 << 2 },
		     0x1abc);
}

/* TCR.IPS: a CPU reports an address size fault. */
static void no_address_has_more_bits_than_the_guest_says(void **state)
{
	struct walk_regs regs = { .sctlr = M, .tcr = TG0_4K | 25, .ttbr0 = TABLES };

	build(0x1000, 12, 39, 0xfffff000);
	expect(&regs, 0x1234, 0xfffff234);
	setup(state);
	build(0x1000, 12, 39, 0x100000000);
	expect_fault(&regs, 0x1234);
	regs.tcr |= 1ULL << 32;		/* 36 bits */
	expect(&regs, 0x1234, 0x100000234);
}

static void the_first_table_is_aligned_to_its_size_and_the_asid_ignored(void **state)
{
	/* 39 bits: one page. 40 bits from level 0: two entries, 16 bytes. */
	const struct walk_regs regs = {
		.sctlr = M, .tcr = TG0_4K | 24 | IPS_48,
		.ttbr0 = 0xabcdULL << 48 | (TABLES + 0x50) | 1,
	};

	(void)state;
	mem[0x50 / 8 + 1] = (TABLES + 0x1000) | TABLE;
	put(TABLES + 0x1000, 0, 0x40000000 | AF | VALID);
	expect(&regs, 0x8000000000, 0x40000000);
}

static void what_is_not_mapped_faults(void **state)
{
	const struct walk_regs regs = { .sctlr = M, .tcr = TG0_4K | 25 | IPS_48, .ttbr0 = TABLES };
	struct walk_regs bad = regs;

	(void)state;
	build(0x1000, 12, 39, 0x7000);
	expect(&regs, 0x1ff8, 0x7ff8);
	expect_fault(&regs, 0x2000);			/* invalid at the last level */
	expect_fault(&regs, 0x200000);			/* at the middle one */
	expect_fault(&regs, 0x40000000);		/* at the first */
	put(TABLES + 0x2000, 1, 0x7000 | PAGE);		/* never accessed */
	expect_fault(&regs, 0x1000);
	bad.ttbr0 = TABLES + MEM_SIZE;			/* the table is not there */
	expect_fault(&bad, 0x1000);
	bad = regs;
	bad.tcr |= EPD0;
	reads = 0;
	expect_fault(&bad, 0x1000);
	bad = regs;
	bad.tcr |= TG0_64K | TG0_16K;			/* reserved */
	expect_fault(&bad, 0x1000);
	bad.tcr = TG0_4K | 15;				/* 49 bits need DS */
	expect_fault(&bad, 0x1000);
	bad.tcr = TG0_64K | 11;				/* 53 bits: nobody has them */
	expect_fault(&bad, 0x1000);
	bad.tcr = TG0_4K | 49;				/* 15 bits: no CPU has so few */
	expect_fault(&bad, 0);
	bad.tcr = TG0_16K | 49;
	expect_fault(&bad, 0);
	bad.tcr = TG0_64K | 48;				/* nor as few as a page has */
	expect_fault(&bad, 0);
	assert_int_equal(reads, 0);
}

/* A table that points to itself: the walk ends at the last level all the same. */
static void loops_end(void **state)
{
	const struct walk_regs regs = { .sctlr = M, .tcr = TG0_4K | 16 | IPS_48, .ttbr0 = TABLES };
	unsigned int i;

	(void)state;
	for (i = 0; i < 512; i++)
		put(TABLES, i, TABLES | AF | TABLE);
	expect(&regs, 0x123456789abc, TABLES | 0xabc);
	assert_int_equal(reads, 4);
}

static void the_top_byte_is_ignored_where_the_guest_says_so(void **state)
{
	struct walk_regs regs = { .sctlr = M, .tcr = TG0_4K | 25 | IPS_48, .ttbr0 = TABLES };

	(void)state;
	build(0x1000, 12, 39, 0x7000);
	expect_fault(&regs, 0x5a00000000001000);
	regs.tcr |= TBI0;
	expect(&regs, 0x5a00000000001000, 0x7000);
	expect_fault(&regs, 0x5a10000000001000);	/* bit 52 is not of that byte */
}

static void big_endian_tables_are_read(void **state)
{
	const struct walk_regs regs = {
		.sctlr = M | EE, .tcr = TG0_4K | 25 | IPS_48, .ttbr0 = TABLES,
	};
	unsigned int i;

	(void)state;
	build(0x1000, 12, 39, 0x7000);
	expect_fault(&regs, 0x1000);
	for (i = 0; i < MEM_SIZE / 8; i++)
		mem[i] = __builtin_bswap64(mem[i]);
	expect(&regs, 0x1008, 0x7008);
}

static void without_paging_nothing_is_read(void **state)
{
	const struct walk_regs regs = { .tcr = TG0_4K | 25, .ttbr0 = TABLES };

	(void)state;
	expect(&regs, 0xfedcba9876543210, 0xfedcba9876543210);
	assert_int_equal(reads, 0);
}

/* Whatever a guest puts into its registers and tables, the walk ends and stays in bounds. */
static void senseless_registers_and_tables_do_no_harm(void **state)
{
	struct guest_access access;
	uint64_t seed = 4711;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < MEM_SIZE / 8; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		mem[i] = (seed ^ seed >> 29) | 3;
		if (seed >> 62)
			mem[i] = (mem[i] & 0xfff) | (TABLES + (seed & 0xff000));
	}
	for (i = 0; i < 200000; i++) {
		uint64_t word[6];
		struct walk_regs regs;

		for (j = 0; j < 6; j++) {
			seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
			word[j] = seed ^ seed >> 31;
		}
		reads = 0;
		regs = (struct walk_regs){
			word[0] | M, word[1],
			word[2] % 2 ? word[2] : TABLES | (word[2] & 0xff), word[3],
		};
		access = (struct guest_access){ .write = word[5] >> 6 & 1 };
		walk(&access, word[4] >> (word[5] & 63), &regs);
		assert_in_range(reads, 0, 5);
	}
}

/* ---- random tables */

/* word<high:low>, as the manual writes it. */
static uint64_t field(uint64_t word, unsigned int high, unsigned int low)
{
	return word >> low & (~0ULL >> (63 - (high - low)));
}

/* What the registers say of one half of the address space, in the manual's words. */
struct params {
	unsigned int granulebits, iasize, oasize;
	bool disabled, tbi, hpd, ds, ee;
	uint64_t ttbr;
};

static bool read_params(const struct walk_regs *regs, bool varange, struct params *p)
{
	static const unsigned int pa_sizes[] = { 32, 36, 40, 42, 44, 48, 52, 52 };
	unsigned int tg = varange ? field(regs->tcr, 31, 30) : field(regs->tcr, 15, 14);

	switch (tg | (varange ? 4 : 0)) {
	case 0:
	case 4 | 2:
		p->granulebits = 12;
		break;
	case 1:
	case 4 | 3:
		p->granulebits = 16;
		break;
	case 2:
	case 4 | 1:
		p->granulebits = 14;
		break;
	default:
		return false;
	}
	p->disabled = field(regs->tcr, varange ? 23 : 7, varange ? 23 : 7);
	p->iasize = 64 - (varange ? field(regs->tcr, 21, 16) : field(regs->tcr, 5, 0));
	p->oasize = pa_sizes[field(regs->tcr, 34, 32)];
	p->tbi = regs->tcr & (varange ? TBI1 : TBI0);
	p->hpd = regs->tcr & (varange ? HPD1 : HPD0);
	p->ds = regs->tcr & DS && p->granulebits != 16;
	p->ee = regs->sctlr & EE;
	p->ttbr = varange ? regs->ttbr1 : regs->ttbr0;
	return true;
}

/* DescriptorAddress: where a table or what is mapped begins, aligned to 2^lsb bytes. */
static uint64_t address_in(const struct params *p, uint64_t desc, unsigned int lsb)
{
	uint64_t addr;

	if (p->ds)
		return field(desc, 9, 8) << 50 | field(desc, 49, lsb) << lsb;
	addr = field(desc, 47, lsb) << lsb;
	return p->granulebits == 16 ? field(desc, 15, 12) << 48 | addr : addr;
}

static bool block_is_supported(const struct params *p, int level)
{
	if (level == 2)
		return true;
	if (level == 1)
		return p->granulebits != 14 || p->ds;
	return level == 0 && p->granulebits == 12 && p->ds;
}

/*
 * By the manual, in the order in which it tells it, one condition after the other. NULL: the
 * access is made, at *@gpa; else what is wrong.
 */
static const char *model(const struct walk_regs *regs, uint64_t addr, bool write, uint64_t *gpa)
{
	bool varange = field(addr, 55, 55), read_only = false;
	unsigned int stride, indexbits, lsb, top;
	uint64_t base, desc, place;
	struct params p;
	int level;

	if (!read_params(regs, varange, &p))
		return "granule";
	if (p.disabled)
		return "disabled";
	if (p.iasize < (p.granulebits == 16 ? 17 : 16) ||
	    p.iasize > (p.ds || p.granulebits == 16 ? 52 : 48))
		return "size";
	for (top = p.iasize; top < (p.tbi ? 56 : 64); top++)
		if (field(addr, top, top) != varange)
			return "not canonical";
	stride = p.granulebits - 3;
	level = 3 - (int)((p.iasize - 1 - p.granulebits) / stride);
	indexbits = p.iasize - ((3 - level) * stride + p.granulebits);
	lsb = indexbits + 3;
	if (p.ds || (p.granulebits == 16 && p.oasize == 52)) {
		lsb = lsb < 6 ? 6 : lsb;
		base = field(p.ttbr, 5, 2) << 48 | field(p.ttbr, 47, lsb) << lsb;
	} else {
		base = field(p.ttbr, 47, lsb) << lsb;
	}
	for (;; level++, indexbits = stride) {
		if (p.oasize < 52 && base >> p.oasize)
			return "table beyond the physical addresses";
		lsb = (3 - level) * stride + p.granulebits;
		place = base + field(addr, lsb + indexbits - 1, lsb) * 8;
		if (!in_memory(place))
			return "table in no memory";
		desc = *in_memory(place);
		if (p.ee)
			desc = __builtin_bswap64(desc);
		if (!field(desc, 0, 0))
			return "invalid";
		if (level == 3 || !field(desc, 1, 1))
			break;
		if (!p.hpd && field(desc, 62, 62))
			read_only = true;
		base = address_in(&p, desc, p.granulebits);
	}
	if (level == 3 ? !field(desc, 1, 1) : !block_is_supported(&p, level))
		return "reserved";
	base = address_in(&p, desc, lsb);
	if (p.oasize < 52 && base >> p.oasize)
		return "beyond the physical addresses";
	if (!field(desc, 10, 10))
		return "not accessed";
	if (write && (read_only || field(desc, 7, 7)))
		return "read-only";
	*gpa = base | field(addr, lsb - 1, 0);
	return NULL;
}

static void random_tables_lead_where_the_model_says(void **state)
{
	unsigned int i, j, answers = 0;
	struct walk_regs regs = { 0 };
	uint64_t addr, gpa = 0;
	bool swapped = false;
	const char *why;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		struct guest_access access = { .write = one_in(3) };

		if (i % 8 == 0)
			regs = random_registers();
		if (i % 8192 == 0) {
			swapped = one_in(4);
			for (j = 0; j < MEM_SIZE / 8; j++)
				mem[j] = swapped ? __builtin_bswap64(random_descriptor()) :
						   random_descriptor();
		}
		regs.sctlr = (regs.sctlr & ~EE) | (swapped ? EE : 0);
		addr = random_address(&regs);
		why = model(&regs, addr, access.write, &gpa);
		if (walk(&access, addr, &regs) != (why ? -EFAULT : 0) ||
		    (!why && access.gpa != gpa))
			fail_msg("%#llx by tcr %#llx: model %s %#llx, walk %#llx",
				 (unsigned long long)addr, (unsigned long long)regs.tcr, why,
				 (unsigned long long)gpa, (unsigned long long)access.gpa);
		answers += !why;
	}
	print_message("# %u of %u had an answer\n", answers, i);
	assert_in_range(answers, i / 5, i * 3 / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_granule_and_width_is_walked, setup),
		cmocka_unit_test_setup(blocks_are_where_the_architecture_has_them, setup),
		cmocka_unit_test_setup(addresses_of_52_bits_are_put_together, setup),
		cmocka_unit_test_setup(no_address_has_more_bits_than_the_guest_says, setup),
		cmocka_unit_test_setup(the_first_table_is_aligned_to_its_size_and_the_asid_ignored,
				       setup),
		cmocka_unit_test_setup(what_is_not_mapped_faults, setup),
		cmocka_unit_test_setup(loops_end, setup),
		cmocka_unit_test_setup(the_top_byte_is_ignored_where_the_guest_says_so, setup),
		cmocka_unit_test_setup(big_endian_tables_are_read, setup),
		cmocka_unit_test_setup(without_paging_nothing_is_read, setup),
		cmocka_unit_test_setup(senseless_registers_and_tables_do_no_harm, setup),
		cmocka_unit_test_setup(random_tables_lead_where_the_model_says, setup),
	};

	return cmocka_run_group_tests_name("stage 1 walk", tests, NULL, NULL);
}
