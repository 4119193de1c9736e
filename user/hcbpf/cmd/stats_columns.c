// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/stats_columns.h"
#include "text/counters.h"

/* Of the usual columns, with five numbers and a VM's id of ten digits, 80 characters. */
#define BRIEF_NAME 14
#define BRIEF_POLICY 10

static const struct column names[] = {
	{ "id", "VM" }, { "name", "NAME" }, { "tag", "TAG" }, { "policy", "POLICY" },
	{ "observed", "OBSERVED" }, { "nr_calls", "CALLS" }, { 0 }
};
static const struct column sums[] = { { "trouble", "TROUBLE" }, { 0 } };

static const char USUAL[] = "id,name,policy,done,pass,exits,signals,trouble";

/* ---- their names ---- */

/* The column at @i of all that there are; its key is NULL: no more. */
static struct column column_at(size_t i)
{
	static const size_t nr_names = sizeof(names) / sizeof(names[0]) - 1;
	const struct counter *c;

	if (i < nr_names)
		return names[i];
	i -= nr_names;
	for (c = counters; c->name && i; i--)
		c++;
	if (c->name)
		return (struct column){ c->name, c->head };
	return i < sizeof(sums) / sizeof(sums[0]) ? sums[i] : (struct column){ 0 };
}

void column_names(void (*fn)(const char *name))
{
	size_t i;

	for (i = 0; column_at(i).key; i++)
		fn(column_at(i).key);
}

/* "gpa_sets" and "GPA-SETS" are one. */
static bool is_column(const char *name, const char *word, size_t len)
{
	size_t i;

	if (strlen(name) != len)
		return false;
	for (i = 0; i < len; i++)
		if (tolower((unsigned char)word[i]) != name[i] && (word[i] != '-' || name[i] != '_'))
			return false;
	return true;
}

static bool find_column(const char *word, size_t len, struct column *column)
{
	size_t i;

	for (i = 0; column_at(i).key; i++) {
		*column = column_at(i);
		if (is_column(column->key, word, len) ||
		    (!strcmp(column->key, "id") && is_column("vm", word, len)) ||
		    (!strcmp(column->key, "nr_calls") && is_column("calls", word, len)))
			return true;
	}
	return false;
}

static int fail_column(const char *word, size_t len)
{
	char list[256] = "";
	size_t i, used = 0;

	for (i = 0; column_at(i).key && used < sizeof(list); i++)
		used += snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
				 column_at(i).key);
	return fail_usage("there is no column \"%.*s\"\nuse %s", (int)len, word, list);
}

static int parse_columns(const char *text, struct shown_columns *shown)
{
	size_t nr = 0, len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (nr == MAX_COLUMNS - 1)
			return fail_usage("--columns takes %d at most", MAX_COLUMNS - 1);
		if (!find_column(text, len, &shown->columns[nr++]))
			return fail_column(text, len);
		if (!text[len])
			return 0;
	}
}

int columns_choose(const struct args *args, struct shown_columns *shown)
{
	const char *list = option_value(args, "columns");
	size_t i = 0;

	memset(shown, 0, sizeof(*shown));
	if (list && option_value(args, "all"))
		return fail_usage("--all has all columns\nleave --columns out");
	if (option_value(args, "all")) {
		do {
			shown->columns[i] = column_at(i);
		} while (shown->columns[i++].key);
		return 0;
	}
	shown->brief = !list;
	return parse_columns(list ? list : USUAL, shown);
}

/* ---- what is in them ---- */

const char *short_number(char text[SHORT_NUMBER], uint64_t number)
{
	static const char units[] = "kMGTPE";
	double value = number;
	int unit = -1;

	if (number < 1000000) {
		snprintf(text, SHORT_NUMBER, "%u", (unsigned int)number);
		return text;
	}
	while (value >= 999.5 && units[unit + 1]) {
		value /= 1000;
		unit++;
	}
	snprintf(text, SHORT_NUMBER, "%.*f%c", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value,
		 units[unit]);
	return text;
}

/* Before a character, not within one. */
static char *cut(const char *text, size_t room)
{
	char *copy = strdup(text);
	size_t len = room - 1;

	if (!copy)
		abort();
	if (strlen(copy) <= room)
		return copy;
	while (len && ((unsigned char)copy[len] & 0xc0) == 0x80)
		len--;
	strcpy(copy + len, "~");
	return copy;
}

static void put_cut(struct json_object *row, const char *key, size_t room)
{
	const char *text = json_object_get_string(json_object_object_get(row, key));
	char *copy;

	if (!text)
		return;
	copy = cut(text, room);
	add_text(row, key, copy);
	free(copy);
}

static bool is_number_column(const struct column *column)
{
	return strcmp(column->key, "id") && strcmp(column->key, "name") &&
	       strcmp(column->key, "tag") && strcmp(column->key, "policy") &&
	       strcmp(column->key, "observed");
}

/* It stays a number, which is what a table has to the right. */
static void shorten(struct json_object *number)
{
	uint64_t value = json_object_get_uint64(number);
	char text[SHORT_NUMBER], *copy = strdup(short_number(text, value));

	if (!copy)
		abort();
	json_object_set_serializer(number, json_object_userdata_to_json_string, copy,
				   json_object_free_userdata);
}

static void make_brief(struct json_object *row, const struct shown_columns *shown)
{
	const struct column *column;

	put_cut(row, "name", BRIEF_NAME);
	put_cut(row, "policy", BRIEF_POLICY);
	for (column = shown->columns; column->key; column++)
		if (is_number_column(column))
			shorten(json_object_object_get(row, column->key));
}

/* Below two VMs or more. */
static struct json_object *total_row(struct json_object *rows, const struct shown_columns *shown)
{
	struct json_object *total = json_object_new_object();
	const struct column *column;
	uint64_t sum;
	size_t i;

	add_text(total, "id", "total");
	for (column = shown->columns; column->key; column++) {
		if (!is_number_column(column))
			continue;
		for (sum = 0, i = 0; i < json_object_array_length(rows); i++)
			sum += json_object_get_uint64(json_object_object_get(
				json_object_array_get_idx(rows, i), column->key));
		add_number(total, column->key, sum);
	}
	return total;
}

struct json_object *columns_rows(const struct shown_columns *shown, struct json_object *rows)
{
	struct json_object *copy = NULL;
	size_t i;

	if (json_object_deep_copy(rows, &copy, NULL))
		abort();
	if (json_object_array_length(rows) > 1)
		json_object_array_add(copy, total_row(rows, shown));
	for (i = 0; shown->brief && i < json_object_array_length(copy); i++)
		make_brief(json_object_array_get_idx(copy, i), shown);
	return copy;
}
