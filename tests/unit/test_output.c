// SPDX-License-Identifier: GPL-2.0-only
/* Tables, to a pipe and to a terminal, and the exit status that follows from what was said. */
#include "unit.h"

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#undef fail
#include "../../user/hcbpf/cli/args.c"
#include "../../user/hcbpf/cli/output.c"

#define MANY 40

static char shown[16384];

/* What a table looks like to who reads @to while @from is standard output. */
static const char *table(int from, int to, struct json_object *rows, const struct column *columns)
{
	int before = dup(STDOUT_FILENO);
	ssize_t len;

	fflush(stdout);
	dup2(from, STDOUT_FILENO);
	close(from);
	out_table(rows, columns, "there is none");
	out_finish(0);
	fflush(stdout);
	dup2(before, STDOUT_FILENO);
	close(before);
	len = read(to, shown, sizeof(shown) - 1);
	shown[len > 0 ? len : 0] = '\0';
	close(to);
	return shown;
}

static const char *through_pipe(struct json_object *rows, const struct column *columns)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	return table(fds[1], fds[0], rows, columns);
}

static const struct column one[] = { { "id", "ID" }, { 0 } };

static void test_empty(void **state)
{
	int terminal, user;

	(void)state;
	assert_string_equal(through_pipe(json_object_new_array(), one), "");
	assert_int_equal(openpty(&terminal, &user, NULL, NULL, NULL), 0);
	/* Our side stays open, so that what was written can be read. */
	assert_string_equal(table(dup(user), terminal, json_object_new_array(), one),
			    "there is none\r\n");
	close(user);
	out_init(true, false);
	assert_string_equal(through_pipe(json_object_new_array(), one), "[]\n");
	out_init(false, false);
}

static void test_many_columns(void **state)
{
	struct json_object *rows = json_object_new_array(), *row = json_object_new_object();
	struct column columns[MANY + 1] = { 0 };
	char keys[MANY][8], expect[1024] = "";
	int i;

	(void)state;
	for (i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "c%02d", i);
		columns[i] = (struct column){ keys[i], keys[i] };
		add_number(row, keys[i], 100000 + i);
		sprintf(expect + strlen(expect), "   %s%s", keys[i], i + 1 < MANY ? "  " : "\n");
	}
	for (i = 0; i < MANY; i++)
		sprintf(expect + strlen(expect), "%d%s", 100000 + i, i + 1 < MANY ? "  " : "\n");
	json_object_array_add(rows, row);
	assert_string_equal(through_pipe(rows, columns), expect);
}

/* 2 if the last word was about what was typed, whatever became of the status. */
static void test_status(void **state)
{
	int before = dup(STDERR_FILENO);

	(void)state;
	freopen("/dev/null", "w", stderr);
	assert_int_equal(fail_usage("x"), EXIT_USAGE);
	assert_int_equal(out_finish(EXIT_FAILURE), EXIT_USAGE);
	assert_int_equal(out_finish(0), 0);
	assert_int_equal(fail(-ENOENT, "x"), EXIT_FAILURE);
	assert_int_equal(out_finish(EXIT_FAILURE), EXIT_FAILURE);
	assert_true(fail_name("a b", "a tag"));
	assert_int_equal(out_finish(EXIT_FAILURE), EXIT_USAGE);
	assert_false(fail_name("a", "a tag"));
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	close(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many_columns),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
