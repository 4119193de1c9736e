// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The map of page attributes as a bit for each page: encrypted or not. */
#include <errno.h>
#include <string.h>

#include <hcbpf/libhcbpf.h>

/* Bits @from..@end-1 become @value. */
static void fill(unsigned char *bitmap, uint64_t from, uint64_t end, int value)
{
	while (from < end) {
		if (!(from & 7) && end - from >= 8) {
			memset(bitmap + from / 8, value ? 0xff : 0, (end - from) / 8);
			from += (end - from) & ~7ULL;
			continue;
		}
		if (value)
			bitmap[from / 8] |= 1U << (from & 7);
		else
			bitmap[from / 8] &= ~(1U << (from & 7));
		from++;
	}
}

int hcbpf_gpa_bitmap(struct hcbpf_vm *vm, uint64_t gfn, uint64_t npages, void *bitmap)
{
	const struct hcbpf_gpa_range *range;
	struct hcbpf_gpa_snapshot *map;
	uint64_t from, end;
	int err;

	if (!npages || gfn > HCBPF_GPA_FRAMES || npages > HCBPF_GPA_FRAMES - gfn)
		return -EINVAL;
	err = hcbpf_gpa_snapshot(vm, &map);
	if (err)
		return err;
	memset(bitmap, 0, (npages + 7) / 8);
	fill(bitmap, 0, npages, map->default_attr & HCBPF_GPA_ENCRYPTED);
	for (range = map->ranges; range < map->ranges + map->nr; range++) {
		from = range->gfn > gfn ? range->gfn - gfn : 0;
		end = range->gfn + range->npages > gfn ? range->gfn + range->npages - gfn : 0;
		fill(bitmap, from, end < npages ? end : npages, range->attr & HCBPF_GPA_ENCRYPTED);
	}
	hcbpf_gpa_snapshot_free(map);
	return 0;
}
