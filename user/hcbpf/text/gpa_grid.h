/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map of page attributes as a grid of cells, each as large as the others: what
 * the pictures of it have in common. Nothing here prints.
 */
#ifndef GPA_GRID_H
#define GPA_GRID_H

#include <stdbool.h>
#include <stdint.h>
#include <hcbpf/libhcbpf.h>

/* A cell is an attribute word, or: */
#define CELL_MIXED 0x10000U	/* pages in it differ */

struct grid {
	uint64_t first;		/* frame of the first cell */
	uint64_t per_cell;	/* frames, a power of two */
	uint32_t columns, rows;
	uint32_t nr;		/* cells, of which the last row may lack some */
	uint32_t *cell;
};

/*
 * The frames from @first to before @end, enlarged to whole cells, which are as
 * small as @columns and @max_rows allow. -EINVAL: no frames; -ENOMEM.
 */
int grid_make(struct grid *grid, const struct hcbpf_gpa_snapshot *map, uint64_t first,
	      uint64_t end, uint32_t columns, uint32_t max_rows);
void grid_free(struct grid *grid);

/* The cells from @index on that are alike, in this row. */
uint32_t grid_run(const struct grid *grid, uint32_t index);

/* What the cells stand for, by attribute; CELL_MIXED last. */
struct grid_kind {
	uint32_t cell;		/* attribute word or CELL_MIXED */
	uint64_t pages;		/* with this attribute in the grid; 0 for CELL_MIXED */
	bool drawn;		/* false: only in cells of more than one, so nowhere to be seen */
};

/* All kinds, to be freed; NULL: no memory. */
struct grid_kind *grid_kinds(const struct grid *grid, const struct hcbpf_gpa_snapshot *map,
			     uint32_t *nr);

#endif /* GPA_GRID_H */
