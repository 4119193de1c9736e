// SPDX-License-Identifier: GPL-2.0-only
/* The columns of `stats`: which, how wide, and what is in them. */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef fail
#include "../../user/hcbpf/cmd/stats_columns.c"

static const char *all_given, *columns_given;
static char said[512];

const char *option_value(const struct args *args, const char *name)
{
	(void)args;
	return strcmp(name, "all") ? columns_given : all_given;
}

int fail_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(said, sizeof(said), fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

void add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_uint64(number));
}

static int choose(const char *columns, const char *all, struct shown_columns *shown)
{
	columns_given = columns;
	all_given = all;
	return columns_choose(NULL, shown);
}

static void test_short_numbers(void **state)
{
	static const struct {
		uint64_t number;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 999999, "999999" }, { 1000000, "1.00M" }, { 1234567, "1.23M" },
		{ 9994999, "9.99M" }, { 9995000, "10.0M" }, { 99949999, "99.9M" },
		{ 99950000, "100M" }, { 999499999, "999M" }, { 999500000, "1.00G" },
		{ 12345678901, "12.3G" }, { 1000000000000, "1.00T" }, { UINT64_MAX, "18.4E" },
	};
	char text[SHORT_NUMBER];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(short_number(text, cases[i].number), cases[i].text);
		assert_true(strlen(text) <= 6);
	}
}

static void test_choice(void **state)
{
	struct shown_columns shown;
	size_t nr;

	(void)state;
	assert_int_equal(choose(NULL, NULL, &shown), 0);
	assert_true(shown.brief);
	assert_string_equal(shown.columns[0].key, "id");
	assert_int_equal(choose("NAME,gpa-sets,VM,calls", NULL, &shown), 0);
	assert_false(shown.brief);
	assert_string_equal(shown.columns[0].head, "NAME");
	assert_string_equal(shown.columns[1].key, "gpa_sets");
	assert_string_equal(shown.columns[2].key, "id");
	assert_string_equal(shown.columns[3].key, "nr_calls");
	assert_null(shown.columns[4].key);
	assert_int_equal(choose(NULL, "", &shown), 0);
	for (nr = 0; shown.columns[nr].key; nr++)
		;
	assert_int_equal(nr, 21);
	assert_int_equal(choose("done,nothing", NULL, &shown), EXIT_USAGE);
	assert_non_null(strstr(said, "there is no column \"nothing\"\nuse id, name,"));
	assert_non_null(strstr(said, "trouble"));
	assert_int_equal(choose("", NULL, &shown), EXIT_USAGE);
	assert_int_equal(choose("done,", NULL, &shown), EXIT_USAGE);
	assert_int_equal(choose("id", "", &shown), EXIT_USAGE);
	assert_int_equal(choose("id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,id,"
				"id,id", NULL, &shown), EXIT_USAGE);
}

static struct json_object *row_of(uint32_t id, const char *name, uint64_t done)
{
	struct json_object *row = json_object_new_object();

	add_number(row, "id", id);
	add_text(row, "name", name);
	add_text(row, "policy", "a-policy-whose-name-is-long");
	json_object_object_add(row, "observed", json_object_new_boolean(true));
	add_number(row, "done", done);
	add_number(row, "pass", 1);
	add_number(row, "exits", 1);
	add_number(row, "signals", 1);
	add_number(row, "trouble", 1);
	return row;
}

static const char *cell(struct json_object *rows, size_t row, const char *key)
{
	return json_object_get_string(json_object_object_get(json_object_array_get_idx(rows, row),
							     key));
}

static void test_rows(void **state)
{
	struct json_object *rows = json_object_new_array(), *brief, *whole;
	struct shown_columns shown;

	(void)state;
	json_object_array_add(rows, row_of(7, "short", 5));
	assert_int_equal(choose(NULL, NULL, &shown), 0);
	brief = columns_rows(&shown, rows);
	/* No line of sums for one VM. */
	assert_int_equal(json_object_array_length(brief), 1);
	json_object_put(brief);
	json_object_array_add(rows, row_of(1073741825, "0123456789012\xc3\xa4more", 12345678));
	brief = columns_rows(&shown, rows);
	assert_int_equal(json_object_array_length(brief), 3);
	assert_string_equal(cell(brief, 0, "name"), "short");
	/* Not within a character. */
	assert_string_equal(cell(brief, 1, "name"), "0123456789012~");
	assert_string_equal(cell(brief, 1, "policy"), "a-policy-~");
	assert_string_equal(cell(brief, 1, "done"), "12.3M");
	assert_true(json_object_is_type(json_object_object_get(json_object_array_get_idx(brief, 1),
							       "done"), json_type_int));
	assert_string_equal(cell(brief, 2, "id"), "total");
	assert_string_equal(cell(brief, 2, "done"), "12.3M");
	assert_string_equal(cell(brief, 2, "pass"), "2");
	json_object_put(brief);
	assert_int_equal(choose("name,observed,done", NULL, &shown), 0);
	whole = columns_rows(&shown, rows);
	assert_string_equal(cell(whole, 1, "done"), "12345678");
	assert_string_equal(cell(whole, 1, "name"), "0123456789012\xc3\xa4more");
	assert_string_equal(cell(whole, 2, "done"), "12345683");
	assert_string_equal(cell(whole, 1, "observed"), "true");
	assert_null(cell(whole, 2, "observed"));
	json_object_put(whole);
	/* What was given is as it was. */
	assert_string_equal(cell(rows, 1, "done"), "12345678");
	json_object_put(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_numbers),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("stats_columns", tests, NULL, NULL);
}
