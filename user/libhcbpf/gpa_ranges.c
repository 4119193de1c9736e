// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gpa_ranges.h"

static uint64_t end_of(const struct hcbpf_gpa_range *range)
{
	return range->gfn + range->npages;
}

int ranges_add(struct ranges *ranges, const struct hcbpf_gpa_range *range)
{
	struct hcbpf_gpa_range *last = ranges->nr ? &ranges->list[ranges->nr - 1] : NULL, *more;
	size_t room;

	if (last && last->attr == range->attr && end_of(last) == range->gfn) {
		last->npages += range->npages;
		return 0;
	}
	if (ranges->nr == ranges->room) {
		room = ranges->room ? 2 * ranges->room : 64;
		more = realloc(ranges->list, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		ranges->list = more;
		ranges->room = room;
	}
	ranges->list[ranges->nr++] = *range;
	return 0;
}

/* Append the pieces of @from, from its entry *@i on, that lie in @first..@end-1. */
static int add_between(struct ranges *to, const struct ranges *from, size_t *i, uint64_t first,
		       uint64_t end)
{
	struct hcbpf_gpa_range piece;
	int err = 0;

	for (; !err && *i < from->nr && from->list[*i].gfn < end; (*i)++) {
		piece = from->list[*i];
		if (end_of(&piece) <= first)
			continue;
		if (piece.gfn < first) {
			piece.npages -= first - piece.gfn;
			piece.gfn = first;
		}
		if (end_of(&piece) > end)
			piece.npages = end - piece.gfn;
		err = ranges_add(to, &piece);
		/* What lies behind @end may be needed later. */
		if (end_of(&from->list[*i]) > end)
			break;
	}
	return err;
}

int ranges_overlay(struct ranges *ranges, const struct ranges *delta)
{
	struct ranges merged = { 0 };
	uint64_t at = 0;
	size_t i = 0, d;
	int err = 0;

	for (d = 0; !err && d < delta->nr; d++) {
		err = add_between(&merged, ranges, &i, at, delta->list[d].gfn);
		if (!err)
			err = ranges_add(&merged, &delta->list[d]);
		at = end_of(&delta->list[d]);
	}
	if (!err)
		err = add_between(&merged, ranges, &i, at, HCBPF_GPA_FRAMES);
	if (err) {
		ranges_free(&merged);
		return err;
	}
	ranges_free(ranges);
	*ranges = merged;
	return 0;
}

void ranges_drop(struct ranges *ranges, uint32_t attr)
{
	size_t i, kept = 0;

	for (i = 0; i < ranges->nr; i++)
		if (ranges->list[i].attr != attr)
			ranges->list[kept++] = ranges->list[i];
	ranges->nr = kept;
}

void ranges_free(struct ranges *ranges)
{
	free(ranges->list);
	memset(ranges, 0, sizeof(*ranges));
}
