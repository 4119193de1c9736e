// SPDX-License-Identifier: GPL-2.0-only
/* `hcbpf gpa` where no VM is needed: words, grids, pictures, differences. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "unit.h"

#include "../../user/hcbpf/text/gpa_words.c"
#include "../../user/hcbpf/text/gpa_grid.c"
#include "../../user/hcbpf/text/gpa_diff.c"
#include "../../user/hcbpf/text/gpa_text.c"
#undef COLUMNS
#undef MAX_ROWS
#include "../../user/hcbpf/text/gpa_svg.c"

/* ---- words ---- */

static void attributes_have_words(void **state)
{
	static const struct {
		uint32_t attr;
		const char *text;
	} words[] = {
		{ 0, "not encrypted" }, { 1, "encrypted" }, { 7, "encrypted, key 3" },
		{ 6, "not encrypted, key 3" }, { 0xffff, "encrypted, key 32767" },
		{ 0x10000, "unknown 0x10000" }, { UINT32_MAX, "unknown 0xffffffff" },
	};
	char text[ATTR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		attr_text(text, words[i].attr);
		assert_string_equal(text, words[i].text);
	}
}

static void sizes_have_units(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0 B" }, { 1023, "1023 B" }, { 4096, "4 KiB" }, { 1 << 20, "1 MiB" },
		{ (1 << 20) + 4096, "~1.0 MiB" }, { 3ULL << 29, "1.5 GiB" },
		{ 1ULL << 52, "4 PiB" },
		{ (1ULL << 52) - 4096, "~3.9 PiB" }, { UINT64_MAX, "~16383.9 PiB" },
	};
	char text[SIZE_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(sizes); i++) {
		size_text(text, sizes[i].bytes);
		assert_string_equal(text, sizes[i].text);
	}
}

static void address(const char *text, int err, uint64_t expect)
{
	uint64_t value = 0;

	assert_int_equal(parse_address(text, &value), err);
	assert_true(value == expect);
}

static void addresses_are_read(void **state)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "-1", "+1", "0x", "0x0x1", "0x-1", "1X", "1KK", "1Kb", "K", "1.5G",
	};
	size_t i;

	(void)state;
	address("0", 0, 0);
	address("4096", 0, 4096);
	address("0x1000", 0, 4096);
	address("4K", 0, 4096);
	address("16g", 0, 16ULL << 30);
	address("0x10M", 0, 16 << 20);
	address("2P", 0, 2ULL << 50);
	address("0xffffffffffffffff", 0, UINT64_MAX);
	address("0x10000000000000000", -ERANGE, 0);
	address("99999999999P", -ERANGE, 0);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		address(bad[i], -EINVAL, 0);
}

/* ---- maps, against arrays ---- */

#define FRAMES 200

static struct hcbpf_gpa_range list[FRAMES];

/* The map of an array of attributes, in the form that the library gives. */
static struct hcbpf_gpa_snapshot map_of(const uint32_t *attr, uint32_t default_attr)
{
	struct hcbpf_gpa_snapshot map = { .default_attr = default_attr, .ranges = list };
	uint64_t i;

	for (i = 0; i < FRAMES; i++) {
		if (attr[i] == default_attr)
			continue;
		if (i && map.nr && attr[i - 1] == attr[i])
			list[map.nr - 1].npages++;
		else
			list[map.nr++] = (struct hcbpf_gpa_range){ i, 1, attr[i], 0 };
	}
	return map;
}

static void random_attrs(uint32_t *attr)
{
	uint32_t i, value = 0;

	for (i = 0; i < FRAMES; i++) {
		if (!(rand() % 4))
			value = rand() % 4;
		attr[i] = value;
	}
}

static uint32_t expected_cell(const uint32_t *attr, uint32_t default_attr, uint64_t first,
			      uint64_t per_cell)
{
	uint32_t cell = first < FRAMES ? attr[first] : default_attr;
	uint64_t i;

	for (i = first; i < first + per_cell; i++)
		if ((i < FRAMES ? attr[i] : default_attr) != cell)
			return CELL_MIXED;
	return cell;
}

static void check_kinds(const struct grid *grid, const struct hcbpf_gpa_snapshot *map)
{
	uint64_t pages = 0;
	struct grid_kind *kinds;
	uint32_t nr, i, c;

	kinds = grid_kinds(grid, map, &nr);
	for (i = 0; i < nr; i++)
		pages += kinds[i].pages;
	assert_int_equal(pages, grid->nr * grid->per_cell);
	for (c = 0; c < grid->nr; c++) {
		for (i = 0; i < nr && kinds[i].cell != grid->cell[c]; i++)
			;
		assert_true(i < nr);
	}
	free(kinds);
}

static void cells_are_as_page_by_page(void **state)
{
	struct hcbpf_gpa_snapshot map;
	uint32_t attr[FRAMES], seed, i;
	uint64_t first, end;
	struct grid grid;

	(void)state;
	for (seed = 0; seed < 2000; seed++) {
		srand(seed);
		random_attrs(attr);
		map = map_of(attr, seed % 3);
		first = rand() % FRAMES;
		end = first + 1 + rand() % FRAMES;
		assert_int_equal(grid_make(&grid, &map, first, end, 1 + seed % 9, 1 + seed % 5), 0);
		assert_true(grid.rows <= 1 + seed % 5);
		assert_true(grid.nr <= grid.rows * grid.columns);
		assert_true(grid.first <= first);
		assert_true(grid.first + grid.nr * grid.per_cell >= end);
		for (i = 0; i < grid.nr; i++)
			assert_int_equal(grid.cell[i],
					 expected_cell(attr, map.default_attr,
						       grid.first + i * grid.per_cell,
						       grid.per_cell));
		check_kinds(&grid, &map);
		grid_free(&grid);
	}
}

static void the_whole_address_space_fits(void **state)
{
	struct hcbpf_gpa_range range = { HCBPF_GPA_FRAMES - 1, 1, 1, 0 };
	struct hcbpf_gpa_snapshot map = { .nr = 1, .ranges = &range };
	struct grid grid;

	(void)state;
	assert_int_equal(grid_make(&grid, &map, 0, HCBPF_GPA_FRAMES, 64, 16), 0);
	assert_int_equal(grid.nr, 1024);
	assert_int_equal(grid.cell[1022], 0);
	assert_int_equal(grid.cell[1023], CELL_MIXED);
	grid_free(&grid);
	assert_int_equal(grid_make(&grid, &map, 5, 5, 64, 16), -EINVAL);
	assert_int_equal(grid_make(&grid, &map, 0, HCBPF_GPA_FRAMES + 1, 64, 16), -EINVAL);
}

/* ---- differences ---- */

static uint32_t replayed[FRAMES];
static uint64_t last_end, nr_changes;
static struct gpa_change last_change;

static bool replay(void *data, const struct gpa_change *change)
{
	uint64_t i;

	(void)data;
	assert_true(change->npages && change->from != change->to);
	assert_true(change->gfn >= last_end);
	/* What differs alike and touches is one. */
	assert_false(nr_changes && change->gfn == last_end && change->from == last_change.from &&
		     change->to == last_change.to);
	for (i = change->gfn; i < change->gfn + change->npages && i < FRAMES; i++) {
		assert_int_equal(replayed[i], change->from);
		replayed[i] = change->to;
	}
	last_end = change->gfn + change->npages;
	last_change = *change;
	nr_changes++;
	return true;
}

static void differences_lead_from_one_to_the_other(void **state)
{
	struct hcbpf_gpa_range before_list[FRAMES];
	struct hcbpf_gpa_snapshot before, after;
	uint32_t a[FRAMES], b[FRAMES], seed;

	(void)state;
	for (seed = 0; seed < 3000; seed++) {
		srand(seed);
		random_attrs(a);
		random_attrs(b);
		before = map_of(a, seed % 2);
		memcpy(before_list, list, sizeof(list));
		before.ranges = before_list;
		after = map_of(b, seed % 3);
		memcpy(replayed, a, sizeof(a));
		last_end = nr_changes = 0;
		assert_true(gpa_diff(&before, &after, replay, NULL));
		assert_memory_equal(replayed, b, sizeof(b));
	}
}

static bool enough(void *data, const struct gpa_change *change)
{
	(void)change;
	return --*(int *)data;
}

static void a_search_can_be_ended(void **state)
{
	struct hcbpf_gpa_range ranges[] = { { 1, 1, 1, 0 }, { 3, 1, 1, 0 }, { 5, 1, 1, 0 } };
	struct hcbpf_gpa_snapshot before = { 0 }, after = { .nr = 3, .ranges = ranges };
	int left = 2;

	(void)state;
	assert_false(gpa_diff(&before, &after, enough, &left));
	assert_int_equal(left, 0);
	left = 3;
	assert_false(gpa_diff(&before, &after, enough, &left));
	assert_true(gpa_diff(&before, &before, enough, &left));
}

/* ---- pictures ---- */

static char *picture(const struct hcbpf_gpa_snapshot *map, uint64_t first, uint64_t end, int how)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_int_equal(how == 2 ? picture_svg(f, map, first, end, "title") :
				    picture_text(f, map, first, end, how), 0);
	fclose(f);
	return text;
}

static struct hcbpf_gpa_range some[] = {
	{ 0, 2, 1, 0 }, { 64, 64, 5, 0 }, { 128, 1, 1, 0 },
};
static const struct hcbpf_gpa_snapshot some_map = { .nr = 3, .ranges = some };

static void a_picture_in_ascii(void **state)
{
	char *text = picture(&some_map, 0, 129, 0);

	(void)state;
	assert_string_equal(text,
		"0x0000000000000  ##..............................................................\n"
		"0x0000000040000  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
		"0x0000000080000  #\n"
		"\n"
		"each character is 4 KiB\n"
		"  .  not encrypted              248 KiB\n"
		"  #  encrypted                  12 KiB\n"
		"  a  encrypted, key 2           256 KiB\n");
	free(text);
}

static void a_picture_in_utf8(void **state)
{
	char *text = picture(&some_map, 0, 2048, 1);

	(void)state;
	/* Two pages in each cell: the first is whole, the one at 128 is not. */
	assert_non_null(strstr(text, "0x0000000000000  █░░"));
	assert_non_null(strstr(text, "aaaa\n0x0000000080000  ▒░░"));
	assert_non_null(strstr(text, "  ▒  more than one of these\n"));
	assert_non_null(strstr(text, "each character is 8 KiB\n"));
	free(text);
}

/* What no cell is has neither a letter nor a colour that one would look for. */
static void a_kind_that_is_in_mixed_cells_alone_is_not_in_the_key(void **state)
{
	char *text = picture(&some_map, 0, HCBPF_GPA_FRAMES, 0);

	(void)state;
	assert_non_null(strstr(text, "     encrypted, key 2           256 KiB, within the mixed ones\n"));
	free(text);
	text = picture(&some_map, 0, HCBPF_GPA_FRAMES, 2);
	assert_non_null(strstr(text, ">encrypted, key 2: 256 KiB, within the mixed ones<"));
	assert_null(strstr(text, "#c05621"));
	free(text);
}

/* Every element is closed, and nothing is in it that XML gives a meaning. */
static void check_xml(const char *text)
{
	const char *name[8], *at;
	size_t len;
	int depth = 0;

	assert_int_equal(strncmp(text, "<?xml", 5), 0);
	for (at = strchr(text + 1, '<'); at; at = strchr(at, '<')) {
		const char *end = strchr(at, '>');

		assert_non_null(end);
		assert_null(memchr(at, '&', end - at));
		if (at[1] == '/') {
			assert_true(depth-- > 0);
			len = end - at - 2;
			assert_memory_equal(name[depth], at + 2, len);
		} else if (end[-1] != '/') {
			assert_true(depth < 8);
			name[depth++] = at + 1;
		}
		at = end;
	}
	assert_int_equal(depth, 0);
}

static void a_plot_is_xml(void **state)
{
	char *text = picture(&some_map, 0, 129, 2);

	(void)state;
	check_xml(text);
	assert_non_null(strstr(text, "encrypted, key 2: 256 KiB"));
	assert_non_null(strstr(text, "0x0000000000000"));
	free(text);
	text = picture(&some_map, 0, HCBPF_GPA_FRAMES, 2);
	check_xml(text);
	assert_non_null(strstr(text, "more than one in "));
	/* However many ranges: no more than cells. */
	assert_true(strlen(text) < 256 * 32 * 100);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_have_words),
		cmocka_unit_test(sizes_have_units),
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(cells_are_as_page_by_page),
		cmocka_unit_test(the_whole_address_space_fits),
		cmocka_unit_test(differences_lead_from_one_to_the_other),
		cmocka_unit_test(a_search_can_be_ended),
		cmocka_unit_test(a_picture_in_ascii),
		cmocka_unit_test(a_picture_in_utf8),
		cmocka_unit_test(a_kind_that_is_in_mixed_cells_alone_is_not_in_the_key),
		cmocka_unit_test(a_plot_is_xml),
	};

	return cmocka_run_group_tests_name("pictures of page attributes", tests, NULL, NULL);
}
