/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A dense block of the attribute map: one bit for each page.
 */
#ifndef HCBPF_KMOD_ATTR_BITS_H
#define HCBPF_KMOD_ATTR_BITS_H

#include "attr_map.h"

#define ATTR_BITS_WORDS (ATTR_BLOCK_PAGES / 64)

/* A guest chooses the page: speculation, too, stays in the block. */
static inline u32 hcb_attr_bits_word(u32 page)
{
	return page / 64 % ATTR_BITS_WORDS;
}

static inline bool hcb_attr_bits_get(const struct attr_bits *bits, u32 page)
{
	return bits->word[hcb_attr_bits_word(page)] >> (page % 64) & 1;
}

/* In word @w, the bits of the pages @first..@last; the range reaches into the word. */
static inline u64 hcb_attr_bits_mask(u32 w, u32 first, u32 last)
{
	u64 mask = ~0ULL;

	if (w == first / 64)
		mask &= ~0ULL << (first % 64);
	if (w == last / 64)
		mask &= ~0ULL >> (63 - last % 64);
	return mask;
}

static inline void hcb_attr_bits_set(struct attr_bits *bits, u32 first, u32 last, bool value)
{
	u32 w;

	for (w = first / 64; w <= last / 64; w++) {
		u64 mask = hcb_attr_bits_mask(w, first, last);

		bits->word[w] = value ? bits->word[w] | mask : bits->word[w] & ~mask;
	}
}

/* The last page of the run of equal bits that @page is in, seen from there on. */
static inline u32 hcb_attr_bits_run_end(const struct attr_bits *bits, u32 page)
{
	u64 flip = hcb_attr_bits_get(bits, page) ? ~0ULL : 0;
	u32 w = hcb_attr_bits_word(page);
	u64 other = (bits->word[w] ^ flip) & ~0ULL << (page % 64);

	while (!other) {
		if (++w == ATTR_BITS_WORDS)
			return ATTR_BLOCK_PAGES - 1;
		other = bits->word[w] ^ flip;
	}
	return w * 64 + __builtin_ctzll(other) - 1;
}

/* Runs of equal bits in the block, counted up to @limit. */
static inline u32 hcb_attr_bits_runs(const struct attr_bits *bits, u32 limit)
{
	u32 page = 0, runs = 0;

	do {
		page = hcb_attr_bits_run_end(bits, page) + 1;
		runs++;
	} while (page < ATTR_BLOCK_PAGES && runs < limit);
	return runs;
}

#endif /* HCBPF_KMOD_ATTR_BITS_H */
