// SPDX-License-Identifier: GPL-2.0-only
/* The address space on a terminal: a character for each cell, without colours. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/gpa_grid.h"
#include "text/gpa_picture.h"
#include "text/gpa_words.h"

#define COLUMNS 64
#define MAX_ROWS 16

/* By its name: the locale itself need not be installed. */
bool locale_is_utf8(void)
{
	static const char *const variables[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *value = NULL;
	size_t i;

	for (i = 0; i < 3 && (!value || !value[0]); i++)
		value = getenv(variables[i]);
	return value && (strcasestr(value, "UTF-8") || strcasestr(value, "utf8"));
}

/* The usual two have shades; any other attribute is a letter, in order. */
static const char *symbol(const struct grid_kind *kinds, uint32_t nr, uint32_t cell, bool utf8)
{
	static const char letters[26][2] = {
		"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m",
		"n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z",
	};
	uint32_t i, letter = 0;

	switch (cell) {
	case 0:
		return utf8 ? "░" : ".";
	case HCBPF_GPA_ENCRYPTED:
		return utf8 ? "█" : "#";
	case CELL_MIXED:
		return utf8 ? "▒" : "%";
	}
	for (i = 0; i < nr && kinds[i].cell != cell; i++)
		letter += kinds[i].cell > HCBPF_GPA_ENCRYPTED;
	return letter < 26 ? letters[letter] : "?";
}

static void print_rows(FILE *f, const struct grid *grid, const struct grid_kind *kinds,
		       uint32_t nr, bool utf8)
{
	uint32_t i;

	for (i = 0; i < grid->nr; i++) {
		if (!(i % grid->columns))
			fprintf(f, "0x%013llx  ", (unsigned long long)(grid->first +
				i * grid->per_cell) << HCBPF_GPA_PAGE_SHIFT);
		fputs(symbol(kinds, nr, grid->cell[i], utf8), f);
		if (i + 1 == grid->nr || !((i + 1) % grid->columns))
			fputc('\n', f);
	}
}

static void print_legend(FILE *f, const struct grid *grid, const struct grid_kind *kinds,
			 uint32_t nr, bool utf8)
{
	char words[ATTR_TEXT], size[SIZE_TEXT];
	uint32_t i;

	size_text(size, grid->per_cell << HCBPF_GPA_PAGE_SHIFT);
	fprintf(f, "\neach character is %s\n", size);
	for (i = 0; i < nr; i++) {
		const char *s = symbol(kinds, nr, kinds[i].cell, utf8);

		if (kinds[i].cell == CELL_MIXED) {
			fprintf(f, "  %s  more than one of these\n", s);
			continue;
		}
		attr_text(words, kinds[i].cell);
		size_text(size, kinds[i].pages << HCBPF_GPA_PAGE_SHIFT);
		if (kinds[i].drawn)
			fprintf(f, "  %s  %-26s %s\n", s, words, size);
		else
			fprintf(f, "     %-26s %s, within the mixed ones\n", words, size);
	}
}

int picture_text(FILE *f, const struct hcbpf_gpa_snapshot *map, uint64_t first, uint64_t end,
		 bool utf8)
{
	struct grid_kind *kinds;
	struct grid grid;
	uint32_t nr;
	int err;

	err = grid_make(&grid, map, first, end, COLUMNS, MAX_ROWS);
	if (err)
		return err;
	kinds = grid_kinds(&grid, map, &nr);
	if (kinds) {
		print_rows(f, &grid, kinds, nr, utf8);
		print_legend(f, &grid, kinds, nr, utf8);
	}
	free(kinds);
	grid_free(&grid);
	return kinds ? 0 : -ENOMEM;
}
