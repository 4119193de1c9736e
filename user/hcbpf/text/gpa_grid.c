// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "text/gpa_grid.h"

static uint64_t cells_for(uint64_t first, uint64_t end, uint64_t per_cell)
{
	return (end + per_cell - 1) / per_cell - first / per_cell;
}

static void fill(struct grid *grid, const struct hcbpf_gpa_range *range)
{
	uint64_t end = grid->first + grid->nr * grid->per_cell;
	uint64_t from = range->gfn, to = range->gfn + range->npages, cell, start;

	from = from < grid->first ? grid->first : from;
	to = to > end ? end : to;
	for (; from < to; from = start + grid->per_cell) {
		cell = (from - grid->first) / grid->per_cell;
		start = grid->first + cell * grid->per_cell;
		/* Ranges that touch differ: a part of a cell has something else beside it. */
		grid->cell[cell] = from == start && to - from >= grid->per_cell ? range->attr :
										  CELL_MIXED;
	}
}

int grid_make(struct grid *grid, const struct hcbpf_gpa_snapshot *map, uint64_t first,
	      uint64_t end, uint32_t columns, uint32_t max_rows)
{
	uint64_t per_cell = 1;
	size_t i;

	if (first >= end || end > HCBPF_GPA_FRAMES)
		return -EINVAL;
	while (cells_for(first, end, per_cell) > (uint64_t)columns * max_rows)
		per_cell <<= 1;
	grid->first = first / per_cell * per_cell;
	grid->per_cell = per_cell;
	grid->columns = columns;
	grid->nr = cells_for(first, end, per_cell);
	grid->rows = (grid->nr + columns - 1) / columns;
	grid->cell = malloc(grid->nr * sizeof(*grid->cell));
	if (!grid->cell)
		return -ENOMEM;
	for (i = 0; i < grid->nr; i++)
		grid->cell[i] = map->default_attr;
	for (i = 0; i < map->nr; i++)
		fill(grid, &map->ranges[i]);
	return 0;
}

void grid_free(struct grid *grid)
{
	free(grid->cell);
	grid->cell = NULL;
}

uint32_t grid_run(const struct grid *grid, uint32_t index)
{
	uint32_t end = index + 1;

	while (end < grid->nr && end % grid->columns && grid->cell[end] == grid->cell[index])
		end++;
	return end - index;
}

/* Pages of each attribute in the grid; indexed by the attribute. */
static void count(const struct grid *grid, const struct hcbpf_gpa_snapshot *map, uint64_t *pages)
{
	uint64_t end = grid->first + grid->nr * grid->per_cell, left = end - grid->first;
	uint64_t from, to;
	size_t i;

	for (i = 0; i < map->nr; i++) {
		from = map->ranges[i].gfn;
		to = from + map->ranges[i].npages;
		from = from < grid->first ? grid->first : from;
		to = to > end ? end : to;
		if (from >= to)
			continue;
		pages[map->ranges[i].attr] += to - from;
		left -= to - from;
	}
	pages[map->default_attr] += left;
}

static bool is_drawn(const struct grid *grid, uint32_t cell)
{
	uint32_t i;

	for (i = 0; i < grid->nr; i++)
		if (grid->cell[i] == cell)
			return true;
	return false;
}

struct grid_kind *grid_kinds(const struct grid *grid, const struct hcbpf_gpa_snapshot *map,
			     uint32_t *nr)
{
	uint64_t *pages = calloc(HCBPF_GPA_ATTR_MASK + 1, sizeof(*pages));
	struct grid_kind *kinds = NULL;
	uint32_t attr;

	*nr = 0;
	if (!pages)
		return NULL;
	count(grid, map, pages);
	for (attr = 0; attr <= HCBPF_GPA_ATTR_MASK; attr++)
		*nr += !!pages[attr];
	kinds = calloc(*nr + 1, sizeof(*kinds));
	*nr = 0;
	for (attr = 0; kinds && attr <= HCBPF_GPA_ATTR_MASK; attr++)
		if (pages[attr])
			kinds[(*nr)++] = (struct grid_kind){
				attr, pages[attr], is_drawn(grid, attr)
			};
	if (kinds && is_drawn(grid, CELL_MIXED))
		kinds[(*nr)++] = (struct grid_kind){ CELL_MIXED, 0, true };
	free(pages);
	return kinds;
}
