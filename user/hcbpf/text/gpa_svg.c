// SPDX-License-Identifier: GPL-2.0-only
/* The address space as a plot: rows of cells, addresses beside and above, a legend. */
#include <errno.h>
#include <stdlib.h>

#include "text/gpa_grid.h"
#include "text/gpa_picture.h"
#include "text/gpa_words.h"

#define COLUMNS 256
#define MAX_ROWS 32

/* In pixels. */
#define CELL 3
#define ROW 14
#define LEFT 130
#define TOP 56
#define MARGIN 16
#define WIDTH (LEFT + COLUMNS * CELL + MARGIN)

struct plot {
	FILE *f;
	struct grid grid;
	const struct grid_kind *kinds;
	uint32_t nr;
};

/* The usual two have their colours; the others take turns. */
static const char *colour(const struct plot *plot, uint32_t cell)
{
	static const char *const others[] = {
		"#c05621", "#2f855a", "#6b46c1", "#b83280", "#2c7a7b", "#975a16",
	};
	uint32_t i, nth = 0;

	switch (cell) {
	case 0:
		return "#e2e8f0";
	case HCBPF_GPA_ENCRYPTED:
		return "#2b6cb0";
	case CELL_MIXED:
		return "#ecc94b";
	}
	for (i = 0; i < plot->nr && plot->kinds[i].cell != cell; i++)
		nth += plot->kinds[i].cell > HCBPF_GPA_ENCRYPTED;
	return others[nth % (sizeof(others) / sizeof(others[0]))];
}

static void draw_head(const struct plot *plot, const char *title)
{
	int height = TOP + plot->grid.rows * ROW + MARGIN + plot->nr * ROW + 2 * MARGIN;

	fprintf(plot->f,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		"viewBox=\"0 0 %d %d\" font-family=\"monospace\" font-size=\"11\">\n"
		"<title>%s</title>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n"
		"<text x=\"%d\" y=\"%d\" font-size=\"13\">%s</text>\n",
		WIDTH, height, WIDTH, height, title, MARGIN, MARGIN + 6, title);
}

/* How far from a row's address. */
static void draw_axis(const struct plot *plot)
{
	uint64_t row = plot->grid.columns * plot->grid.per_cell << HCBPF_GPA_PAGE_SHIFT;
	static const char *const anchors[] = { "start", "middle", "middle", "middle", "end" };
	char size[SIZE_TEXT];
	int i, x;

	for (i = 0; i <= 4; i++) {
		x = LEFT + i * COLUMNS * CELL / 4;
		size_text(size, row / 4 * i);
		fprintf(plot->f,
			"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#4a5568\"/>\n"
			"<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">+%s</text>\n",
			x, TOP - 6, x, TOP - 1, x, TOP - 10,
			anchors[i], size);
	}
}

static void draw_cells(const struct plot *plot)
{
	const struct grid *grid = &plot->grid;
	uint32_t i, run;

	for (i = 0; i < grid->nr; i += run) {
		if (!(i % grid->columns))
			fprintf(plot->f,
				"<text x=\"%d\" y=\"%d\" text-anchor=\"end\">0x%013llx</text>\n",
				LEFT - 8, TOP + (int)(i / grid->columns) * ROW + ROW - 4,
				(unsigned long long)(grid->first + i * grid->per_cell)
					<< HCBPF_GPA_PAGE_SHIFT);
		run = grid_run(grid, i);
		fprintf(plot->f,
			"<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>\n",
			LEFT + (int)(i % grid->columns) * CELL,
			TOP + (int)(i / grid->columns) * ROW, (int)run * CELL, ROW - 1,
			colour(plot, grid->cell[i]));
	}
}

static void draw_legend(const struct plot *plot)
{
	int y = TOP + plot->grid.rows * ROW + MARGIN;
	char words[ATTR_TEXT], size[SIZE_TEXT];
	uint32_t i;

	for (i = 0; i < plot->nr; i++, y += ROW) {
		if (plot->kinds[i].drawn)
			fprintf(plot->f, "<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" "
				"fill=\"%s\"/>\n", LEFT, y, colour(plot, plot->kinds[i].cell));
		if (plot->kinds[i].cell == CELL_MIXED) {
			size_text(size, plot->grid.per_cell << HCBPF_GPA_PAGE_SHIFT);
			fprintf(plot->f, "<text x=\"%d\" y=\"%d\">more than one in %s</text>\n",
				LEFT + 18, y + 9, size);
			continue;
		}
		attr_text(words, plot->kinds[i].cell);
		size_text(size, plot->kinds[i].pages << HCBPF_GPA_PAGE_SHIFT);
		fprintf(plot->f, "<text x=\"%d\" y=\"%d\">%s: %s%s</text>\n", LEFT + 18, y + 9, words,
			size, plot->kinds[i].drawn ? "" : ", within the mixed ones");
	}
}

int picture_svg(FILE *f, const struct hcbpf_gpa_snapshot *map, uint64_t first, uint64_t end,
		const char *title)
{
	struct plot plot = { .f = f };
	struct grid_kind *kinds;
	int err;

	err = grid_make(&plot.grid, map, first, end, COLUMNS, MAX_ROWS);
	if (err)
		return err;
	kinds = grid_kinds(&plot.grid, map, &plot.nr);
	plot.kinds = kinds;
	if (kinds) {
		draw_head(&plot, title);
		draw_axis(&plot);
		draw_cells(&plot);
		draw_legend(&plot);
		fputs("</svg>\n", f);
	}
	free(kinds);
	grid_free(&plot.grid);
	return kinds ? 0 : -ENOMEM;
}
