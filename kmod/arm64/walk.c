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
#define GUEST_TCR_IPS_52 6	/* or more, which is more than a descriptor of 64 bits has */
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

/* One half of the address space. */
struct va_range {
	u64 ttbr;
	bool swapped;		/* tables are big-endian */
	bool far;		/* TTBR has 52 bits of address */
	unsigned int granule;	/* log2 of the size of a page */
	unsigned int pa_bits;	/* no address that is found has more */
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

static unsigned int pa_bits_of(u64 tcr)
{
	static const unsigned char bits[] = { 32, 36, 40, 42, 44, 48, 52, 52 };

	return bits[GUEST_TCR_IPS(tcr)];
}

/* Everything above the range's bits repeats the bit that selects the range. */
static bool is_canonical(u64 addr, unsigned int va_bits, bool ignore_top_byte)
{
	u64 top = GENMASK_ULL(ignore_top_byte ? 55 : 63, va_bits);

	return (addr & top) == (addr & WALK_UPPER ? top : 0);
}

/* The range of @addr; -EFAULT: it lies in none. */
static __always_inline int choose_range(u64 addr, u64 sctlr, u64 tcr, u64 ttbr,
					struct va_range *range)
{
	bool upper = addr & WALK_UPPER;

	if (tcr & (upper ? GUEST_TCR_EPD1 : GUEST_TCR_EPD0))
		return -EFAULT;
	range->ttbr = ttbr;
	range->swapped = sctlr & SCTLR_EE;
	range->granule = granule_of(tcr, upper);
	range->pa_bits = pa_bits_of(tcr);
	range->flat = tcr & (upper ? GUEST_TCR_HPD1 : GUEST_TCR_HPD0);
	range->va_bits = 64 - (tcr >> (upper ? 16 : 0) & 0x3f);
	range->lpa2 = tcr & GUEST_TCR_DS && range->granule != 16;
	range->far = range->lpa2 ||
		     (range->granule == 16 && GUEST_TCR_IPS(tcr) >= GUEST_TCR_IPS_52);
	/* Beyond these a CPU faults, or takes the bound in place of what the guest says. */
	if (!range->granule || range->va_bits < (range->granule == 16 ? 17 : 16) ||
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
static __always_inline u64 first_table(const struct va_range *range, int level)
{
	unsigned int size_shift = range->va_bits - level_shift(range, level) + 3;

	if (!range->far)
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
				      const struct va_range *range)
{
	int level = first_level(range);
	u64 table = first_table(range, level), all = 0, desc;

	addr &= GENMASK_ULL(range->va_bits - 1, 0);
	for (;; level++) {
		unsigned int shift = level_shift(range, level);
		/* The first table may be smaller; then addr has no bits above its index. */
		u64 index = addr >> shift & (BIT_ULL(range->granule - 3) - 1);

		all |= table;
		if (!hcb_access_entry(access, table + index * 8, &desc))
			return -EFAULT;
		if (range->swapped)
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
		desc = output_address(range, desc, shift);
		if (unlikely((all | desc) >> range->pa_bits))
			return -EFAULT;
		access->gpa = desc | bits_of(addr, shift - 1, 0);
		return 0;
	}
}

int hcb_walk_stage1(struct guest_access *access, u64 addr, u64 sctlr, u64 tcr, u64 ttbr)
{
	struct va_range range;
	int err;

	if (!(sctlr & SCTLR_M)) {
		access->gpa = addr;
		return 0;
	}
	err = choose_range(addr, sctlr, tcr, ttbr, &range);
	if (err)
		return err;
	if (unlikely(range.granule != 12) || unlikely(range.lpa2) || unlikely(range.swapped))
		return walk_range(access, addr, &range);
	/* Nearly every guest. The same with constants: 36 instructions less. */
	range.granule = 12;
	range.lpa2 = range.far = range.swapped = false;
	return walk_range(access, addr, &range);
}
