// SPDX-License-Identifier: GPL-2.0-only
/*
 * The walk of x86 page tables: what it answers, what it leaves to KVM, and random tables
 * against a model that follows the architecture step by step. tests/suites/walk has the same
 * against KVM's own walk.
 */
#include <string.h>
#include "unit.h"
#include "guest_access.h"
#include "x86/walk.h"
#include "../suites/walk/random_tables.h"

#define PHYS_BITS 45

#define TABLE (P | RW | US | A)	/* as Linux has them: the page alone says that it is the kernel's */
#define PAGE (P | RW | A | D)

#define LINEAR_4 0xffff888123456678ULL
#define LINEAR_5 0xff11888123456678ULL

static uint64_t mem[PAGES * 512];
static unsigned int reads;
static bool spoil;		/* the guest changes each entry right after it was read */

bool hcb_access_entry(struct guest_access *access, uint64_t addr, uint64_t *entry)
{
	(void)access;
	reads++;
	assert_int_equal(addr % 8, 0);
	if (addr < TABLES || addr >= TABLES + sizeof(mem))
		return false;
	*entry = mem[(addr - TABLES) / 8];
	if (spoil)
		mem[(addr - TABLES) / 8] = ~*entry;
	return true;
}

static unsigned int shift_of(unsigned int level)
{
	return 12 + 9 * level;
}

static unsigned int index_of(uint64_t addr, unsigned int level)
{
	return addr >> shift_of(level) & 511;
}

/* As KVM makes them, of what a guest's CPU is. */
struct cpu {
	unsigned int levels, phys_bits;
	bool gigabytes, nx, amd;
	uint64_t reserved[2][WALK_MAX_LEVELS];
};

static void make_reserved(struct cpu *cpu)
{
	uint64_t high = bits(51, cpu->phys_bits) | (cpu->nx ? 0 : NX);
	uint64_t top = high | PS | (cpu->amd ? G : 0), gigabyte = cpu->gigabytes ? 0 : PS;

	cpu->reserved[0][0] = cpu->reserved[1][0] = high;
	cpu->reserved[0][1] = high;
	cpu->reserved[1][1] = high | bits(20, 13);
	cpu->reserved[0][2] = high | gigabyte;
	cpu->reserved[1][2] = high | gigabyte | bits(29, 13);
	cpu->reserved[0][3] = cpu->reserved[1][3] = top;
	cpu->reserved[0][4] = cpu->reserved[1][4] = top;
}

static struct cpu cpu_of(unsigned int levels)
{
	struct cpu cpu = {
		.levels = levels, .phys_bits = PHYS_BITS, .gigabytes = true, .nx = true,
	};

	make_reserved(&cpu);
	return cpu;
}

static bool walk(struct guest_access *access, const struct cpu *cpu, uint64_t addr, uint64_t cr3)
{
	reads = 0;
	access->gpa = 0x1234;
	return hcb_walk_tables(access, addr, cr3, cpu->levels, &cpu->reserved);
}

static void expect(const struct cpu *cpu, uint64_t addr, bool write, uint64_t gpa)
{
	struct guest_access access = { .write = write };

	if (!walk(&access, cpu, addr, TABLES))
		fail_msg("no answer for %#llx", (unsigned long long)addr);
	if (access.gpa != gpa)
		fail_msg("%#llx is at %#llx, not %#llx", (unsigned long long)addr,
			 (unsigned long long)access.gpa, (unsigned long long)gpa);
}

static void expect_none(const struct cpu *cpu, uint64_t addr, bool write)
{
	struct guest_access access = { .write = write };

	if (walk(&access, cpu, addr, TABLES))
		fail_msg("%#llx is at %#llx?", (unsigned long long)addr,
			 (unsigned long long)access.gpa);
	assert_int_equal(access.gpa, 0x1234);
}

/* The entry for @addr at @level, in tables that build() has made: one page each. */
static uint64_t *entry_of(const struct cpu *cpu, uint64_t addr, unsigned int level)
{
	return &mem[(cpu->levels - 1 - level) * 512 + index_of(addr, level)];
}

/* Tables down to an entry at @level that maps @page. */
static void build(const struct cpu *cpu, uint64_t addr, unsigned int level, uint64_t page)
{
	unsigned int i;

	memset(mem, 0, sizeof(mem));
	spoil = false;
	for (i = cpu->levels - 1; i > level; i--)
		*entry_of(cpu, addr, i) = (TABLES + (cpu->levels - i) * 4096) | TABLE;
	*entry_of(cpu, addr, level) = page | PAGE | (level ? PS : 0);
}

static const uint64_t linear[] = { [4] = LINEAR_4, [5] = LINEAR_5 };

static void every_size_of_page_is_found(void **state)
{
	static const uint64_t page = 0x123400000000 & ~0x3fffffffULL;
	unsigned int levels, level;

	(void)state;
	for (levels = 4; levels <= 5; levels++) {
		struct cpu cpu = cpu_of(levels);
		uint64_t addr = linear[levels];

		for (level = 0; level <= 2; level++) {
			uint64_t in_page = addr & bits(shift_of(level) - 1, 0);

			build(&cpu, addr, level, page);
			expect(&cpu, addr, false, page | in_page);
			assert_int_equal(reads, levels - level);
			expect(&cpu, addr, true, page | in_page);
			/* PAT, which is another bit in each, global and NX say nothing. */
			*entry_of(&cpu, addr, level) |= (level ? PAT_LARGE : PS) | G | NX;
			expect(&cpu, addr, false, page | in_page);
		}
		build(&cpu, addr, 3, page);
		expect_none(&cpu, addr, false);
	}
}

static void what_is_in_cr3_besides_does_not_count(void **state)
{
	struct cpu cpu = cpu_of(4);
	struct guest_access access = { .write = false };

	(void)state;
	build(&cpu, LINEAR_4, 0, 0x7000);
	/* PCID, LAM for user addresses, and that no entry is to be flushed */
	assert_true(walk(&access, &cpu, LINEAR_4, TABLES | 0xfff | 3ULL << 61 | 1ULL << 63));
	assert_int_equal(access.gpa, 0x7678);
}

static void a_first_table_beyond_the_guests_memory_is_left_to_kvm(void **state)
{
	struct cpu cpu = cpu_of(4);
	struct guest_access access = { .write = false };
	unsigned int bit;

	(void)state;
	build(&cpu, LINEAR_4, 0, 0x7000);
	for (bit = PHYS_BITS; bit < 52; bit++) {
		assert_false(walk(&access, &cpu, LINEAR_4, TABLES | 1ULL << bit));
		assert_int_equal(reads, 0);
	}
}

static void addresses_that_are_not_canonical_are_left_alone(void **state)
{
	struct cpu four = cpu_of(4), five = cpu_of(5);
	unsigned int bit;

	(void)state;
	for (bit = 48; bit < 64; bit++) {
		build(&four, LINEAR_4, 0, 0x7000);
		expect_none(&four, LINEAR_4 ^ 1ULL << bit, false);
		build(&five, LINEAR_5, 0, 0x7000);
		if (bit >= 57)
			expect_none(&five, LINEAR_5 ^ 1ULL << bit, false);
		assert_int_equal(reads, 0);
	}
	build(&four, 0x00007fffffffffff, 0, 0x7000);
	expect(&four, 0x00007fffffffffff, false, 0x7fff);
	expect_none(&four, 0x0000800000000000, false);
	build(&five, 0x00ffffffffffffff, 0, 0x7000);
	expect(&five, 0x00ffffffffffffff, false, 0x7fff);
	expect_none(&five, 0x0100000000000000, false);
}

static void only_four_and_five_levels_are_walked(void **state)
{
	static const unsigned int others[] = { 0, 1, 2, 3, 6, 7, 15, ~0U };
	struct cpu cpu = cpu_of(4);
	unsigned int i;

	(void)state;
	build(&cpu, 0x678, 0, 0x7000);
	for (i = 0; i < ARRAY_LEN(others); i++) {
		cpu.levels = others[i];
		expect_none(&cpu, 0x678, false);
		assert_int_equal(reads, 0);
	}
}

/* On any level, one bit that is wrong. */
static void each_defect_is_left_to_kvm(void **state)
{
	unsigned int levels, page_level, level, bit;

	(void)state;
	for (levels = 4; levels <= 5; levels++) {
		struct cpu cpu = cpu_of(levels);
		uint64_t addr = linear[levels];

		for (page_level = 0; page_level <= 2; page_level++) {
			build(&cpu, addr, page_level, 1ULL << 40);
			for (level = page_level; level < levels; level++) {
				uint64_t *entry = entry_of(&cpu, addr, level), old = *entry;

				*entry = old & ~P;
				expect_none(&cpu, addr, false);
				*entry = old & ~A;
				expect_none(&cpu, addr, false);
				for (bit = PHYS_BITS; bit < 52; bit++) {
					*entry = old | 1ULL << bit;
					expect_none(&cpu, addr, false);
				}
				for (bit = 13; level == page_level && bit < shift_of(level); bit++) {
					*entry = old | 1ULL << bit;
					expect_none(&cpu, addr, false);
				}
				*entry = old;
			}
			expect(&cpu, addr, false, 1ULL << 40 | (addr & bits(shift_of(page_level) - 1, 0)));
		}
	}
}

static void what_the_cpu_lacks_is_reserved(void **state)
{
	struct cpu cpu = cpu_of(4);

	(void)state;
	build(&cpu, LINEAR_4, 2, 1ULL << 40);
	cpu.gigabytes = false;
	make_reserved(&cpu);
	expect_none(&cpu, LINEAR_4, false);
	build(&cpu, LINEAR_4, 0, 0x7000);
	*entry_of(&cpu, LINEAR_4, 0) |= NX;
	expect(&cpu, LINEAR_4, false, 0x7678);
	cpu.nx = false;
	make_reserved(&cpu);
	expect_none(&cpu, LINEAR_4, false);
}

static void pages_of_user_programs_are_left_to_kvm(void **state)
{
	struct cpu cpu = cpu_of(4);
	unsigned int level;

	(void)state;
	build(&cpu, LINEAR_4, 0, 0x7000);
	*entry_of(&cpu, LINEAR_4, 0) |= US;
	expect_none(&cpu, LINEAR_4, false);
	/* A page is the user's only if all levels say so. */
	for (level = 0; level < 4; level++) {
		*entry_of(&cpu, LINEAR_4, level) &= ~US;
		expect(&cpu, LINEAR_4, false, 0x7678);
		*entry_of(&cpu, LINEAR_4, level) |= US;
	}
}

static void a_write_needs_all_levels_writable_and_a_dirty_page(void **state)
{
	struct cpu cpu = cpu_of(5);
	unsigned int level;

	(void)state;
	build(&cpu, LINEAR_5, 0, 0x7000);
	for (level = 0; level < 5; level++) {
		*entry_of(&cpu, LINEAR_5, level) &= ~RW;
		expect_none(&cpu, LINEAR_5, true);
		expect(&cpu, LINEAR_5, false, 0x7678);
		*entry_of(&cpu, LINEAR_5, level) |= RW;
	}
	expect(&cpu, LINEAR_5, true, 0x7678);
	*entry_of(&cpu, LINEAR_5, 0) &= ~D;
	expect_none(&cpu, LINEAR_5, true);
	expect(&cpu, LINEAR_5, false, 0x7678);
}

static void a_table_outside_of_memory_is_left_to_kvm(void **state)
{
	struct cpu cpu = cpu_of(4);
	struct guest_access access = { .write = false };

	(void)state;
	build(&cpu, LINEAR_4, 0, 0x7000);
	assert_false(walk(&access, &cpu, LINEAR_4, TABLES + sizeof(mem)));
	assert_int_equal(reads, 1);
	*entry_of(&cpu, LINEAR_4, 2) = (TABLES - 4096) | TABLE;
	expect_none(&cpu, LINEAR_4, false);
	assert_int_equal(reads, 3);
}

static void a_table_that_leads_to_itself_ends(void **state)
{
	struct cpu cpu = cpu_of(5);
	unsigned int i;

	(void)state;
	for (i = 0; i < 512; i++)
		mem[i] = TABLES | PAGE;
	expect(&cpu, LINEAR_5, false, TABLES | 0x678);
	assert_int_equal(reads, 5);
}

static void an_entry_that_changes_was_read_once(void **state)
{
	unsigned int levels, level;

	(void)state;
	for (levels = 4; levels <= 5; levels++) {
		struct cpu cpu = cpu_of(levels);

		for (level = 0; level <= 2; level++) {
			build(&cpu, linear[levels], level, 1ULL << 40);
			spoil = true;
			expect(&cpu, linear[levels], true,
			       1ULL << 40 | (linear[levels] & bits(shift_of(level) - 1, 0)));
			assert_int_equal(reads, levels - level);
		}
	}
	spoil = false;
}

/* ---- random tables */

/*
 * By the manuals, in the order in which they tell it, with one condition after the other.
 * NULL: it is plain; else why not.
 */
static const char *model(const struct cpu *cpu, uint64_t addr, uint64_t cr3, bool write,
			 uint64_t *gpa)
{
	uint64_t table = cr3 & bits(51, 12), entry;
	bool user = true, writable = true;
	unsigned int level = cpu->levels;
	uint64_t top = addr >> (cpu->levels == 4 ? 47 : 56);

	if (table & bits(51, cpu->phys_bits))
		return "too high";
	if (top && top != ~0ULL >> (cpu->levels == 4 ? 47 : 56))
		return "not canonical";
	while (level--) {
		uint64_t place = table + index_of(addr, level) * 8;

		if (place < TABLES || place >= TABLES + sizeof(mem))
			return "no memory";
		entry = mem[(place - TABLES) / 8];
		if (!(entry & P))
			return "not present";
		if (entry & bits(51, cpu->phys_bits))
			return "too high";
		if (entry & NX && !cpu->nx)
			return "NX is reserved";
		if (level >= 3 && entry & PS)
			return "too large";
		if (level >= 3 && entry & G && cpu->amd)
			return "must be zero";
		if (level == 2 && entry & PS && !cpu->gigabytes)
			return "no such pages";
		if (!(entry & A))
			return "not accessed";
		user &= !!(entry & US);
		writable &= !!(entry & RW);
		if (level == 2 && entry & PS) {
			if (entry & bits(29, 13))
				return "1 GB, not aligned";
			break;
		}
		if (level == 1 && entry & PS) {
			if (entry & bits(20, 13))
				return "2 MB, not aligned";
			break;
		}
		table = entry & bits(51, 12);
		if (!level)
			break;
	}
	if (user)
		return "the user's";
	if (write && !writable)
		return "read-only";
	if (write && !(entry & D))
		return "clean";
	*gpa = (entry & bits(51, shift_of(level))) | (addr & bits(shift_of(level) - 1, 0));
	return NULL;
}

static void random_tables_lead_where_the_model_says(void **state)
{
	unsigned int i, j, answers = 0;

	(void)state;
	for (i = 0; i < 1000000; i++) {
		struct guest_access access = { .write = one_in(3) };
		struct cpu cpu;
		uint64_t addr, cr3, gpa;
		const char *why;

		if (i % 256 == 0) {
			cpu = (struct cpu){
				.levels = 4 + random64() % 2, .phys_bits = 36 + random64() % 17,
				.gigabytes = !one_in(4), .nx = !one_in(4), .amd = one_in(2),
			};
			make_reserved(&cpu);
			for (j = 0; j < PAGES * 512; j++)
				mem[j] = random_entry(cpu.nx, cpu.amd);
		}
		addr = random_address(cpu.levels);
		cr3 = (TABLES + (random64() % (one_in(50) ? 2 * PAGES : PAGES) << 12)) |
		      (random64() & 0xfff) | (random64() & 3ULL << 61);
		why = model(&cpu, addr, cr3, access.write, &gpa);
		if (walk(&access, &cpu, addr, cr3) != !why || (!why && access.gpa != gpa))
			fail_msg("%#llx by %#llx: model %s %#llx, walk %#llx",
				 (unsigned long long)addr, (unsigned long long)cr3, why,
				 (unsigned long long)gpa, (unsigned long long)access.gpa);
		answers += !why;
	}
	print_message("# %u of %u had an answer\n", answers, i);
	assert_in_range(answers, i / 4, i * 3 / 4);
}

static int setup(void **state)
{
	(void)state;
	memset(mem, 0, sizeof(mem));
	spoil = false;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(every_size_of_page_is_found, setup),
		cmocka_unit_test_setup(what_is_in_cr3_besides_does_not_count, setup),
		cmocka_unit_test_setup(a_first_table_beyond_the_guests_memory_is_left_to_kvm, setup),
		cmocka_unit_test_setup(addresses_that_are_not_canonical_are_left_alone, setup),
		cmocka_unit_test_setup(only_four_and_five_levels_are_walked, setup),
		cmocka_unit_test_setup(each_defect_is_left_to_kvm, setup),
		cmocka_unit_test_setup(what_the_cpu_lacks_is_reserved, setup),
		cmocka_unit_test_setup(pages_of_user_programs_are_left_to_kvm, setup),
		cmocka_unit_test_setup(a_write_needs_all_levels_writable_and_a_dirty_page, setup),
		cmocka_unit_test_setup(a_table_outside_of_memory_is_left_to_kvm, setup),
		cmocka_unit_test_setup(a_table_that_leads_to_itself_ends, setup),
		cmocka_unit_test_setup(an_entry_that_changes_was_read_once, setup),
		cmocka_unit_test_setup(random_tables_lead_where_the_model_says, setup),
	};

	return cmocka_run_group_tests_name("x86 walk", tests, NULL, NULL);
}
