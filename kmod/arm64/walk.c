// SPDX-License-Identifier: GPL-2.0-only
/*
 * A software walk of a guest's stage 1 tables. KVM exports none, and the AT
 * instruction needs EL2's registers set up for the guest, which is KVM's business.
 *
 * Names are those of the Arm Architecture Reference Manual, "The AArch64 Virtual
 * Memory System Architecture".
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/swab.h>
#include "guest_access.h"
#include "arm64/walk.h"

#define SCTLR_M BIT_ULL(0)
#define SCTLR_EE BIT_ULL(25)
#define GUEST_TCR_EPD0 BIT_ULL(7)
#define GUEST_TCR_EPD1 BIT_ULL(23)
#define GUEST_TCR_IPS(tcr) ((tcr) >> 32 & 7)
#define GUEST_TCR_IPS_52 6
#define GUEST_TCR_TBI0 BIT_ULL(37)
#define GUEST_TCR_TBI1 BIT_ULL(38)
#define GUEST_TCR_DS BIT_ULL(59)

#define DESC_VALID BIT_ULL(0)
#define DESC_TABLE BIT_ULL(1)	/* at the last level: a page */
#define DESC_READ_ONLY BIT_ULL(7)	/* AP[2] */
#define DESC_AF BIT_ULL(10)
#define DESC_TABLE_READ_ONLY BIT_ULL(62)	/* APTable[1]: all below is */
#define GUEST_TCR_HPD0 BIT_ULL(41)	/* such bits in tables do not count */
#define GUEST_TCR_HPD1 BIT_ULL(42)

#define LAST_LEVEL 3
#define RANGE_SELECT 55		/* of an address: TTBR1 */

/* One half of the address space. */
struct va_range {
	u64 ttbr;
	unsigned int granule;	/* log2 of the size of a page */
	unsigned int va_bits;
	bool flat;		/* tables have no permissions for what is below */
	bool lpa2;		/* 52 bits with 4 or 16 KB pages: other descriptors */
};

static u64 bits_of(u64 word, unsigned int high, unsigned int low)
{
	return word & GENMASK_ULL(high, low);
}

/* log2 of what one descriptor of @level covers. */
static __always_inline unsigned int level_shift(const struct va_range *range, int level)
{
	return range->granule + (LAST_LEVEL - level) * (range->granule - 3);
}

/* TG0 and TG1 spell the same sizes differently. 0: reserved. */
static unsigned int granule_of(u64 tcr, bool upper)
{
	static const unsigned char tg0[] = { 12, 16, 14, 0 }, tg1[] = { 0, 14, 12, 16 };

	return upper ? tg1[tcr >> 30 & 3] : tg0[tcr >> 14 & 3];
}

/* Everything above the range's bits repeats the bit that selects the range. */
static bool is_canonical(u64 addr, unsigned int va_bits, bool ignore_top_byte)
{
	unsigned int high = ignore_top_byte ? RANGE_SELECT : 63;
	u64 top = GENMASK_ULL(high, va_bits);

	return (addr & top) == (addr & BIT_ULL(RANGE_SELECT) ? top : 0);
}

/* The range of @addr; -EFAULT: it lies in none. */
static int choose_range(const struct walk_regs *regs, u64 addr, struct va_range *range)
{
	bool upper = addr & BIT_ULL(RANGE_SELECT);
	u64 tcr = regs->tcr;

	if (tcr & (upper ? GUEST_TCR_EPD1 : GUEST_TCR_EPD0))
		return -EFAULT;
	range->ttbr = upper ? regs->ttbr1 : regs->ttbr0;
	range->granule = granule_of(tcr, upper);
	range->flat = tcr & (upper ? GUEST_TCR_HPD1 : GUEST_TCR_HPD0);
	range->va_bits = 64 - (tcr >> (upper ? 16 : 0) & 0x3f);
	range->lpa2 = tcr & GUEST_TCR_DS && range->granule != 16;
	if (!range->granule || range->va_bits <= range->granule ||
	    range->va_bits > (range->lpa2 || range->granule == 16 ? 52 : 48))
		return -EFAULT;
	return is_canonical(addr, range->va_bits,
			    tcr & (upper ? GUEST_TCR_TBI1 : GUEST_TCR_TBI0)) ? 0 : -EFAULT;
}

static __always_inline int first_level(const struct va_range *range)
{
	unsigned int stride = range->granule - 3;

	return LAST_LEVEL + 1 - (int)((range->va_bits - range->granule + stride - 1) / stride);
}

/* The first table is smaller than a page, or just as large; it is aligned to its size. */
static __always_inline u64 first_table(const struct walk_regs *regs, const struct va_range *range,
				       int level)
{
	unsigned int size_shift = range->va_bits - level_shift(range, level) + 3;

	if (!range->lpa2 && (range->granule != 16 || GUEST_TCR_IPS(regs->tcr) != GUEST_TCR_IPS_52))
		return bits_of(range->ttbr, 47, size_shift);
	return bits_of(range->ttbr, 47, size_shift > 6 ? size_shift : 6) |
	       bits_of(range->ttbr, 5, 2) << 46;
}

/* The address in a descriptor, of @shift bits and up. */
static __always_inline u64 output_address(const struct va_range *range, u64 desc,
					  unsigned int shift)
{
	if (range->lpa2)
		return bits_of(desc, 49, shift) | bits_of(desc, 9, 8) << 42;
	if (range->granule == 16)
		return bits_of(desc, 47, shift) | bits_of(desc, 15, 12) << 36;
	return bits_of(desc, 47, shift);
}

/* May a descriptor of @level map memory, instead of pointing to a table? */
static __always_inline bool may_be_block(const struct va_range *range, int level)
{
	switch (range->granule) {
	case 12:
		return level == 2 || level == 1 || (level == 0 && range->lpa2);
	case 14:
		return level == 2 || (level == 1 && range->lpa2);
	default:
		return level == 2 || level == 1;
	}
}

static __always_inline int walk_range(struct guest_access *access, u64 addr,
				      const struct walk_regs *regs, const struct va_range *range)
{
	int level = first_level(range);
	u64 table = first_table(regs, range, level), desc;

	addr &= GENMASK_ULL(range->va_bits - 1, 0);
	for (;; level++) {
		unsigned int shift = level_shift(range, level);
		/* The first table may be smaller; then addr has no bits above its index. */
		u64 index = addr >> shift & (BIT_ULL(range->granule - 3) - 1);

		if (!hcb_access_entry(access, table + index * 8, &desc))
			return -EFAULT;
		if (regs->sctlr & SCTLR_EE)
			desc = swab64(desc);
		if (!(desc & DESC_VALID))
			return -EFAULT;
		if (level < LAST_LEVEL && desc & DESC_TABLE) {
			if (access->write && desc & DESC_TABLE_READ_ONLY && !range->flat)
				return -EFAULT;
			table = output_address(range, desc, range->granule);
			continue;
		}
		if (level < LAST_LEVEL ? !may_be_block(range, level) : !(desc & DESC_TABLE))
			return -EFAULT;
		if (!(desc & DESC_AF) || (access->write && desc & DESC_READ_ONLY))
			return -EFAULT;
		access->gpa = output_address(range, desc, shift) | bits_of(addr, shift - 1, 0);
		return 0;
	}
}

int hcb_walk_stage1(struct guest_access *access, u64 addr, const struct walk_regs *regs)
{
	struct va_range range;
	int err;

	if (!(regs->sctlr & SCTLR_M)) {
		access->gpa = addr;
		return 0;
	}
	err = choose_range(regs, addr, &range);
	if (err)
		return err;
	if (range.granule != 12 || range.lpa2)
		return walk_range(access, addr, regs, &range);
	/* Nearly every guest. The same with constants: 24 instructions less. */
	range.granule = 12;
	range.lpa2 = false;
	return walk_range(access, addr, regs, &range);
}
