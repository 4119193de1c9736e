// SPDX-License-Identifier: GPL-2.0-only
/* The lines of `top`: which, in which order, and what is in them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef fail
#include "unit_top.h"
#include "../../user/hcbpf/cmd/top_rows.c"

static const char *const vmm_names[] = { "", "b", "A-long-name-of-a-VM", "\x1b[2J\xc3\xa4" };

static const char *name_of(uint32_t pid)
{
	return vmm_names[pid];
}

static struct vm_sample old[3], new[3];
static const struct sample before = { .vms = old, .nr = 2 };
static const struct sample now = { .at.tv_sec = 2, .vms = new, .nr = 3 };

/* VM 7 has made 20 calls in two seconds, VM 8 none, VM 9 is new and has made 60. */
static int begin(void **state)
{
	uint32_t i;

	(void)state;
	memset(old, 0, sizeof(old));
	for (i = 0; i < 3; i++) {
		old[i].info.id = 7 + i;
		old[i].info.pid = 1 + i;
		strcpy(old[i].info.policy, "policy-with-a-name");
	}
	strcpy(old[1].info.tag, "tag-of-8");
	old[0].stats.done = old[1].stats.done = 1000;
	memcpy(new, old, sizeof(new));
	new[0].stats.done = 1020;
	new[2].stats.pass = 60;
	return 0;
}

static void put_lines(char *text, const struct top_order *order)
{
	struct top_rows rows;
	size_t i;

	top_rows_make(&rows, &now, &before, order);
	assert_int_equal(rows.all, 3);
	assert_true(rows.calls == 40);
	for (i = 0; i < rows.nr; i++)
		sprintf(text + strlen(text), "%u ", rows.rows[i].now.info.id);
	top_rows_free(&rows);
}

static void test_order(void **state)
{
	(void)state;
	assert_string_equal(order_of(TOP_CALLS, false, ""), "9 7 8 ");
	assert_string_equal(order_of(TOP_CALLS, true, ""), "8 7 9 ");
	assert_string_equal(order_of(TOP_DONE, false, ""), "7 8 9 ");
	assert_string_equal(order_of(TOP_TROUBLE, false, ""), "7 8 9 ");
	assert_string_equal(order_of(TOP_VM, true, ""), "9 8 7 ");
	assert_string_equal(order_of(TOP_NAME, false, ""), "9 8 7 ");
}

static void test_filter(void **state)
{
	(void)state;
	assert_string_equal(order_of(TOP_VM, false, "a-LONG"), "8 ");
	assert_string_equal(order_of(TOP_VM, false, "tag-of"), "8 ");
	assert_string_equal(order_of(TOP_VM, false, "u3"), "9 ");
	assert_string_equal(order_of(TOP_VM, false, "with-a"), "7 8 9 ");
	assert_string_equal(order_of(TOP_VM, false, "nothing"), "");
}

static void test_lines(void **state)
{
	struct top_order order = { .key = TOP_VM };
	char line[TOP_WIDTH + 1];
	struct top_table table;
	struct top_rows rows;
	size_t i;

	(void)state;
	new[1].info.id = 1073741824;
	top_rows_make(&rows, &now, &before, &order);
	top_rows_table(&table, &rows);
	assert_string_equal(table.what, "3 VMs");
	for (i = 0; i < table.nr; i++) {
		table.line(line, table.rows, i);
		assert_true(strlen(line) <= TOP_WIDTH);
	}
	table.line(line, table.rows, 0);
	assert_string_equal(line, "     7 b              -          policy-wit     10      0      0"
			    "       0       0");
	table.line(line, table.rows, 1);
	assert_non_null(strstr(line, " 9 ?[2J??"));
	top_rows_free(&rows);
	assert_int_equal(strlen(table.head), TOP_WIDTH);
}

static void test_keys(void **state)
{
	char list[128];
	int key;

	(void)state;
	for (key = 0; key < NR_TOP_KEYS; key++)
		assert_int_equal(top_key_find(top_key_name(key)), key);
	assert_int_equal(top_key_find("size"), -1);
	assert_true(top_key_is_of_calls(TOP_NAME) && !top_key_is_of_calls(TOP_SIGNALS));
	assert_string_equal(top_key_list(list, sizeof(list)),
			    "calls, done, pass, exits, signals, trouble, vm, name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, begin),
		cmocka_unit_test_setup(test_filter, begin),
		cmocka_unit_test_setup(test_lines, begin),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests_name("top_rows", tests, NULL, NULL);
}
