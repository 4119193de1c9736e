// SPDX-License-Identifier: GPL-2.0-only
/*
 * hcbpf's walk of arm64's page tables beside the CPU's own translation (AT S1E1R, S1E1W), on the
 * same registers and tables: a guest's that never runs. Where ours answers, the CPU must say the
 * same; where only the CPU does, there must be a reason.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include "lab.h"
#include "../modules/translator/translator.h"
#include "random_tables_arm64.h"

#define HA (1ULL << 39)		/* TCR_EL1: the CPU sets AF */
#define HD (1ULL << 40)		/* and makes pages with DBM writable */
#define DBM (1ULL << 51)

#define LOT 32			/* translations by the same registers */
#define LOTS_PER_TABLES 256

_Static_assert(TABLES == TRANSLATOR_TABLES && MEM_SIZE == TRANSLATOR_TABLES_SIZE &&
	       TABLES_END == TRANSLATOR_TABLES_END, "the guest's memory");

static uint64_t nr_walks = 100000;
static int translator;
static uint64_t *mem;
static struct translation all[TRANSLATOR_MAX];

static int group_setup(void **state)
{
	(void)state;
	translator = open(TRANSLATOR_DEVICE, O_RDWR | O_CLOEXEC);
	mem = mmap(NULL, MEM_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, translator, 0);
	return mem == MAP_FAILED ? -1 : 0;
}

static void translate(const struct walk_regs *regs, unsigned int count)
{
	struct translations req = {
		.sctlr = regs->sctlr, .tcr = regs->tcr,
		.ttbr0 = regs->ttbr0, .ttbr1 = regs->ttbr1,
		.all = (uintptr_t)all, .count = count,
	};

	assert_int_equal(ioctl(translator, TRANSLATOR_TRANSLATE, &req), 0);
}

static struct translation translate_one(const struct walk_regs *regs, uint64_t addr, bool write)
{
	all[0] = (struct translation){ .addr = addr, .write = write };
	translate(regs, 1);
	return all[0];
}

/* ---- plain tables */

#define PLAIN 64		/* translations of each kind */

static const struct kind {
	const char *name;
	unsigned int granule, max_bits;
	int top_block;		/* the first level that may have blocks */
	uint64_t tcr;
} kinds[] = {
	{ "4 KB", 12, 48, 1, TG0_4K | TG1_4K | IPS_48 },
	{ "16 KB", 14, 48, 2, TG0_16K | TG1_16K | IPS_48 },
	{ "64 KB", 16, 52, 1, TG0_64K | TG1_64K | IPS_52 },
	{ "4 KB, DS", 12, 52, 0, TG0_4K | TG1_4K | DS | IPS_52 },
	{ "16 KB, DS", 14, 52, 1, TG0_16K | TG1_16K | DS | IPS_52 },
};

static unsigned int shift_of(const struct kind *kind, int level)
{
	return kind->granule + (3 - level) * (kind->granule - 3);
}

static int first_level_of(const struct kind *kind, unsigned int va_bits)
{
	int level = 3;

	while (shift_of(kind, level) + kind->granule - 3 < va_bits)
		level--;
	return level;
}

/* As many as 48 bits of the address; the others are for random tables. */
static uint64_t page_at(const struct kind *kind, int level, uint64_t index)
{
	return index << shift_of(kind, level) & bits(47, kind->granule);
}

/* All entries of a table lead to the next, those of the last to pages one behind the other. */
static void build(const struct kind *kind, int first, int last)
{
	unsigned int entries = 1 << (kind->granule - 3), i;
	int level;

	for (level = first; level <= last; level++) {
		uint64_t *table = mem + (level - first) * entries;
		uint64_t next = TABLES + (level - first + 1) * (8ULL << (kind->granule - 3));

		for (i = 0; i < entries; i++)
			table[i] = level < last ? next | TABLE :
				   page_at(kind, level, i) | AF | (level == 3 ? PAGE : VALID);
	}
}

static uint64_t where(const struct kind *kind, unsigned int va_bits, int level, uint64_t addr)
{
	unsigned int shift = shift_of(kind, level), top = shift + kind->granule - 4;

	addr &= bits((top < va_bits ? top : va_bits - 1), 0);
	return page_at(kind, level, addr >> shift) | (addr & bits(shift - 1, 0));
}

static void all_is_answered(const struct kind *kind, unsigned int va_bits, int level)
{
	struct walk_regs regs = {
		.sctlr = M, .ttbr0 = TABLES, .ttbr1 = TABLES,
		.tcr = kind->tcr | (64 - va_bits) | (uint64_t)(64 - va_bits) << 16,
	};
	unsigned int i;

	for (i = 0; i < PLAIN; i++)
		all[i] = (struct translation){
			.addr = (random64() & bits(va_bits - 1, 0)) |
				(i % 2 ? ~0ULL << va_bits : 0),
			.write = one_in(2),
		};
	translate(&regs, PLAIN);
	for (i = 0; i < PLAIN; i++) {
		uint64_t place = where(kind, va_bits, level, all[i].addr);

		if (all[i].cpus != place || all[i].ours != place)
			fail_msg("%s, %u bits, level %d, %#llx: ours %#llx, the CPU's %#llx, not %#llx",
				 kind->name, va_bits, level, (unsigned long long)all[i].addr,
				 (unsigned long long)all[i].ours, (unsigned long long)all[i].cpus,
				 (unsigned long long)place);
	}
}

static void what_is_plain_is_all_answered(void **state)
{
	unsigned int i, va_bits, count = 0;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		const struct kind *kind = &kinds[i];

		va_bits = kind->granule == 16 ? 17 : 16;
		for (; va_bits <= kind->max_bits; va_bits++) {
			int first = first_level_of(kind, va_bits), last;

			for (last = 3; last >= first && last >= kind->top_block; last--) {
				build(kind, first, last);
				all_is_answered(kind, va_bits, last);
				count += PLAIN;
			}
		}
	}
	print_message("# %u walks\n", count);
}

static const struct walk_regs plain = {
	.sctlr = M, .ttbr0 = TABLES, .tcr = TG0_4K | 16 | IPS_48,
};

static void build_page(uint64_t attributes)
{
	build(&kinds[0], 0, 3);
	mem[3 * 512 + 5] = 0x7000 | attributes | PAGE;
}

static void what_the_cpu_has_to_mark_only_the_cpu_translates(void **state)
{
	struct walk_regs regs = plain;
	struct translation one;

	(void)state;
	build_page(0);
	one = translate_one(&regs, 0x5008, false);
	assert_int_equal(one.ours, TRANSLATOR_NOWHERE);
	assert_int_equal(one.cpus, TRANSLATOR_NOWHERE);
	regs.tcr |= HA;
	one = translate_one(&regs, 0x5008, false);
	assert_int_equal(one.ours, TRANSLATOR_NOWHERE);
	assert_int_equal(one.cpus, 0x7008);
	build_page(AF | AP_READ_ONLY | DBM);
	one = translate_one(&regs, 0x5008, true);
	assert_int_equal(one.ours, TRANSLATOR_NOWHERE);
	assert_int_equal(one.cpus, TRANSLATOR_NOWHERE);
	regs.tcr |= HD;
	one = translate_one(&regs, 0x5008, true);
	assert_int_equal(one.ours, TRANSLATOR_NOWHERE);
	assert_int_equal(one.cpus, 0x7008);
	one = translate_one(&regs, 0x5008, false);
	assert_int_equal(one.ours, 0x7008);
	assert_int_equal(one.cpus, 0x7008);
}

static void without_tables_addresses_are_as_they_are(void **state)
{
	struct walk_regs regs = plain;
	struct translation one;

	(void)state;
	memset(mem, 0, MEM_SIZE);
	one = translate_one(&regs, 0x123456789abc, true);
	assert_int_equal(one.ours, TRANSLATOR_NOWHERE);
	assert_int_equal(one.cpus, TRANSLATOR_NOWHERE);
	regs.sctlr &= ~M;
	one = translate_one(&regs, 0x123456789abc, true);
	assert_int_equal(one.ours, 0x123456789abc);
	assert_int_equal(one.cpus, 0x123456789abc);
}

/* ---- random tables */

/* Why the CPU may translate what ours does not. The last two are leniencies of QEMU's. */
static const char *const reasons[] = {
	"a reserved granule: the CPU takes one that it likes",
	"never accessed: the CPU sets AF",
	"clean: the CPU makes it writable",
	"a block on a level that has none: QEMU 7.2",
	"bits 51 to 48 of an address, with TCR.IPS below 52",
};
enum { GRANULE, NOT_ACCESSED, CLEAN, BLOCK, HIGH_BITS, NO_REASON };

static uint64_t made, translated, answered, excused[ARRAY_LEN(reasons)];

static bool is_upper(uint64_t addr)
{
	return addr >> 55 & 1;
}

/* NULL: it is reserved. */
static const struct kind *kind_of(const struct walk_regs *regs, uint64_t addr)
{
	uint64_t granule = is_upper(addr) ? 3ULL << 30 : 3ULL << 14;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		uint64_t fields = granule | (kinds[i].granule == 16 ? 0 : DS);

		if ((kinds[i].tcr & fields) == (regs->tcr & fields))
			return &kinds[i];
	}
	return NULL;
}

static bool has_high_bits(const struct kind *kind, const struct walk_regs *regs,
			  const struct translation *one, uint64_t last)
{
	bool ds = kind->tcr & DS;

	if ((regs->tcr >> 32 & 7) >= 6)
		return false;
	if (!one->nr_read)
		return ds && (is_upper(one->addr) ? regs->ttbr1 : regs->ttbr0) & bits(5, 2);
	return last & (ds ? SHARED : kind->granule == 16 ? bits(15, 12) : 0);
}

static int reason_of(const struct walk_regs *regs, const struct translation *one)
{
	const struct kind *kind = kind_of(regs, one->addr);
	uint64_t last = regs->sctlr & EE ? __builtin_bswap64(one->last) : one->last;
	unsigned int size = regs->tcr >> (is_upper(one->addr) ? 16 : 0) & 63;

	if (!kind)
		return GRANULE;
	if (regs->tcr & HA && last & VALID && !(last & AF))
		return NOT_ACCESSED;
	if (regs->tcr & HA && regs->tcr & HD && one->write && last & AP_READ_ONLY && last & DBM)
		return CLEAN;
	if ((last & TABLE) == VALID &&
	    first_level_of(kind, 64 - size) + one->nr_read - 1 < kind->top_block)
		return BLOCK;
	return has_high_bits(kind, regs, one, last) ? HIGH_BITS : NO_REASON;
}

static void say_and_fail(const struct walk_regs *regs, const struct translation *one)
{
	fail_msg("%s %#llx with SCTLR %#llx, TCR %#llx, TTBR %#llx, %#llx: ours %#llx, the CPU's %#llx; entry %u is %#llx",
		 one->write ? "write" : "read", (unsigned long long)one->addr,
		 (unsigned long long)regs->sctlr, (unsigned long long)regs->tcr,
		 (unsigned long long)regs->ttbr0, (unsigned long long)regs->ttbr1,
		 (unsigned long long)one->ours, (unsigned long long)one->cpus,
		 one->nr_read, (unsigned long long)one->last);
}

static void compare(const struct walk_regs *regs, const struct translation *one)
{
	int reason;

	made++;
	translated += one->cpus != TRANSLATOR_NOWHERE;
	answered += one->ours != TRANSLATOR_NOWHERE;
	if (one->ours == one->cpus)
		return;
	reason = one->ours == TRANSLATOR_NOWHERE ? reason_of(regs, one) : NO_REASON;
	if (reason == NO_REASON)
		say_and_fail(regs, one);
	excused[reason]++;
}

/*
 * QEMU 7.2 compares bits of a block's address with IPS that are below its size, and so are none.
 * The largest block has 42.
 */
static uint64_t without_false_bits(uint64_t desc)
{
	return (desc & TABLE) == TABLE ? desc : desc & ~bits(41, 32);
}

static void fill_tables(bool swapped)
{
	unsigned int i;

	for (i = 0; i < MEM_SIZE / 8; i++) {
		uint64_t desc = without_false_bits(random_descriptor());

		mem[i] = swapped ? __builtin_bswap64(desc) : desc;
	}
}

/* A fault on level -1, the first of five, is the end of QEMU 7.2. */
static void avoid_five_levels(struct walk_regs *regs)
{
	if (!(regs->tcr & DS))
		return;
	if ((regs->tcr & 3ULL << 14) != TG0_16K)
		regs->tcr |= 16;
	if ((regs->tcr & 3ULL << 30) != TG1_16K)
		regs->tcr |= 16 << 16;
}

static void translate_a_lot(bool swapped)
{
	struct walk_regs regs = random_registers();
	unsigned int i;

	avoid_five_levels(&regs);
	if (swapped)
		regs.sctlr |= EE;
	if (one_in(4))
		regs.tcr |= random64() & (HA | HD);
	for (i = 0; i < LOT; i++)
		all[i] = (struct translation){
			.addr = random_address(&regs), .write = one_in(3),
		};
	translate(&regs, LOT);
	for (i = 0; i < LOT; i++)
		compare(&regs, &all[i]);
}

static void random_tables_lead_where_the_cpu_says(void **state)
{
	unsigned int i;

	(void)state;
	while (made < nr_walks) {
		bool swapped = one_in(4);

		fill_tables(swapped);
		for (i = 0; i < LOTS_PER_TABLES && made < nr_walks; i++)
			translate_a_lot(swapped);
	}
	print_message("# %llu walks, the CPU translates %llu, ours answers %llu; else\n",
		      (unsigned long long)made, (unsigned long long)translated,
		      (unsigned long long)answered);
	for (i = 0; i < ARRAY_LEN(reasons); i++)
		print_message("# %llu: %s\n", (unsigned long long)excused[i], reasons[i]);
	assert_true(answered >= made / 5);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain_is_all_answered),
		cmocka_unit_test(what_the_cpu_has_to_mark_only_the_cpu_translates),
		cmocka_unit_test(without_tables_addresses_are_as_they_are),
		cmocka_unit_test(random_tables_lead_where_the_cpu_says),
	};

	if (argc > 1)
		nr_walks = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		random_state = strtoull(argv[2], NULL, 0);
	return cmocka_run_group_tests_name("walk", tests, group_setup, NULL);
}
