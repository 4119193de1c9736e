// SPDX-License-Identifier: GPL-2.0-only
#include "text/gpa_diff.h"

/* A place in a map: the attribute there, and the frame where it ends. */
struct cursor {
	const struct hcbpf_gpa_snapshot *map;
	size_t i;		/* the range at or behind the place */
	uint32_t attr;
	uint64_t end;
};

static void move_to(struct cursor *c, uint64_t gfn)
{
	const struct hcbpf_gpa_range *range = c->map->ranges;

	while (c->i < c->map->nr && range[c->i].gfn + range[c->i].npages <= gfn)
		c->i++;
	range += c->i;
	if (c->i == c->map->nr) {
		c->attr = c->map->default_attr;
		c->end = HCBPF_GPA_FRAMES;
	} else if (gfn < range->gfn) {
		c->attr = c->map->default_attr;
		c->end = range->gfn;
	} else {
		c->attr = range->attr;
		c->end = range->gfn + range->npages;
	}
}

bool gpa_diff(const struct hcbpf_gpa_snapshot *before, const struct hcbpf_gpa_snapshot *after,
	      gpa_change_fn *fn, void *data)
{
	struct cursor old = { .map = before }, new = { .map = after };
	struct gpa_change change = { 0 };
	uint64_t gfn, end;

	for (gfn = 0; gfn < HCBPF_GPA_FRAMES; gfn = end) {
		move_to(&old, gfn);
		move_to(&new, gfn);
		end = old.end < new.end ? old.end : new.end;
		if (change.npages && change.gfn + change.npages == gfn &&
		    change.from == old.attr && change.to == new.attr) {
			change.npages += end - gfn;
			continue;
		}
		if (change.npages && !fn(data, &change))
			return false;
		change = (struct gpa_change){ gfn, old.attr == new.attr ? 0 : end - gfn, old.attr,
					      new.attr };
	}
	return !change.npages || fn(data, &change);
}
