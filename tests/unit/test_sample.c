// SPDX-License-Identifier: GPL-2.0-only
/* Which VMs a sample keeps, and whose calls it reads, where there are too many. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef fail
#include "unit_sample.h"

static const char *name_of(uint32_t pid)
{
	(void)pid;
	return "";
}

/* ---- a module with VMs ---- */

#define ENDED 100
#define NO_MEMORY 101
#define NOT_ANY_MORE 102

/* Whose calls were read, in this order. */
static char seen[256];

static int calls_are(uint32_t id, struct hcbpf_calls **calls)
{
	sprintf(seen + strlen(seen), "%u ", id);
	if (id == ENDED)
		return -ENODEV;
	if (id == NO_MEMORY)
		return -ENOMEM;
	if (id == NOT_ANY_MORE)
		return -ENOENT;
	*calls = calloc(1, sizeof(**calls));
	(*calls)->nr = id;
	return 0;
}

static struct sample sample;

static int begin(void **state)
{
	(void)state;
	calls_of = calls_are;
	seen[0] = '\0';
	memset(&sample, 0, sizeof(sample));
	return 0;
}

static int end(void **state)
{
	(void)state;
	sample_free(&sample);
	return 0;
}

#define OPERATOR 0xffffffffU

static struct vm_sample *bind(uint32_t id, uint32_t user, int observed)
{
	struct vm_sample vm = { .info.id = id, .observed = observed };

	if (user == OPERATOR)
		vm.info.state = HCBPF_VM_OPERATOR;
	else
		vm.info.uid = user;
	add(&sample, &vm);
	return &sample.vms[sample.nr - 1];
}

/* "1 2 ", those that are in it, with a + where their calls are. */
static const char *kept(void)
{
	static char text[256];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < sample.nr; i++)
		sprintf(text + strlen(text), "%u%s ", sample.vms[i].info.id,
			sample.vms[i].calls ? "+" : "");
	return text;
}

/* User 1000 was first, and has made as many as he could. */
static void many_of_one_user(int observed)
{
	uint32_t id;

	for (id = 1; id <= 6; id++)
		bind(id, 1000, observed);
	bind(7, 1001, observed);
	bind(8, 0, observed);
	bind(9, 1001, observed);
	bind(10, OPERATOR, observed);
	bind(11, OPERATOR, observed);
}

/* ---- who is kept ---- */

static void expect_kept(size_t most, size_t gone, const char *ids)
{
	begin(NULL);
	many_of_one_user(0);
	assert_int_equal(sample_keep(&sample, most), gone);
	assert_string_equal(kept(), ids);
	end(NULL);
}

static void users_take_turns(void **state)
{
	(void)state;
	expect_kept(0, 11, "");
	expect_kept(1, 10, "10 ");
	expect_kept(2, 9, "10 11 ");
	expect_kept(3, 8, "1 10 11 ");
	expect_kept(5, 6, "1 7 8 10 11 ");
	expect_kept(7, 4, "1 2 7 8 9 10 11 ");
	expect_kept(8, 3, "1 2 3 7 8 9 10 11 ");
	expect_kept(11, 0, "1 2 3 4 5 6 7 8 9 10 11 ");
	expect_kept(1000, 0, "1 2 3 4 5 6 7 8 9 10 11 ");
	/* There is none. */
	assert_int_equal(sample_keep(&sample, 5), 0);
}

/* ---- whose calls are read ---- */

static void expect_read(size_t most, size_t left_out, const char *ids)
{
	assert_int_equal(sample_read_calls(&sample, most, NULL, NULL), 0);
	assert_string_equal(seen, ids);
	assert_int_equal(sample.left_out, left_out);
	end(NULL);
	begin(NULL);
}

static void no_more_are_read_than_may_be(void **state)
{
	(void)state;
	many_of_one_user(1);
	expect_read(0, 11, "");
	many_of_one_user(1);
	expect_read(4, 7, "10 11 1 7 ");
	many_of_one_user(1);
	expect_read(20, 0, "10 11 1 7 8 2 9 3 4 5 6 ");
	expect_read(20, 0, "");
}

/* One that is not observed, or of which that cannot be told, takes nobody's turn. */
static void only_the_observed_take_turns(void **state)
{
	(void)state;
	many_of_one_user(0);
	bind(20, 1000, 1);
	bind(21, 1000, 1);
	bind(22, 1001, 1);
	bind(23, 1002, -ENOTTY);
	expect_read(2, 1, "20 22 ");
}

static void calls_are_kept_by_id(void **state)
{
	(void)state;
	many_of_one_user(1);
	assert_int_equal(sample_read_calls(&sample, 3, NULL, NULL), 0);
	assert_string_equal(kept(), "1+ 2 3 4 5 6 7 8 9 10+ 11+ ");
	assert_int_equal(sample.vms[9].calls->nr, 10);
}

static void note(void *data, const struct vm_sample *vm)
{
	assert_int_equal(vm->calls->nr, vm->info.id);
	sprintf((char *)data + strlen(data), "%u ", vm->info.id);
}

static void calls_that_are_shown_are_not_kept(void **state)
{
	char shown[64] = "";

	(void)state;
	many_of_one_user(1);
	assert_int_equal(sample_read_calls(&sample, 3, note, shown), 0);
	assert_string_equal(shown, "10 11 1 ");
	assert_string_equal(kept(), "1 2 3 4 5 6 7 8 9 10 11 ");
}

/* ---- what may happen meanwhile ---- */

static void a_vm_that_has_ended_is_not_there_at_all(void **state)
{
	char shown[64] = "";

	(void)state;
	bind(5, 0, 1);
	bind(ENDED, 0, 1);
	bind(200, 0, 1);
	gone = bind(201, 0, 1)->info.id;
	assert_int_equal(sample_read_calls(&sample, 4, note, shown), 0);
	gone = 0;
	assert_string_equal(shown, "5 200 ");
	assert_string_equal(kept(), "5 200 ");
}

static void a_vm_may_be_observed_no_more(void **state)
{
	(void)state;
	bind(NOT_ANY_MORE, 0, 1);
	assert_int_equal(sample_read_calls(&sample, 3, NULL, NULL), 0);
	assert_true(sample.nr == 1 && !sample.vms[0].calls && !sample.vms[0].observed);
}

static void a_failure_is_one(void **state)
{
	(void)state;
	bind(NO_MEMORY, 0, 1);
	bind(200, 0, 1);
	assert_int_equal(sample_read_calls(&sample, 3, NULL, NULL), -ENOMEM);
	assert_string_equal(seen, "101 ");
	assert_int_equal(sample.nr, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(users_take_turns, begin, end),
		cmocka_unit_test_setup_teardown(no_more_are_read_than_may_be, begin, end),
		cmocka_unit_test_setup_teardown(only_the_observed_take_turns, begin, end),
		cmocka_unit_test_setup_teardown(calls_are_kept_by_id, begin, end),
		cmocka_unit_test_setup_teardown(calls_that_are_shown_are_not_kept, begin, end),
		cmocka_unit_test_setup_teardown(a_vm_that_has_ended_is_not_there_at_all, begin, end),
		cmocka_unit_test_setup_teardown(a_vm_may_be_observed_no_more, begin, end),
		cmocka_unit_test_setup_teardown(a_failure_is_one, begin, end),
	};

	return cmocka_run_group_tests_name("sample", tests, NULL, NULL);
}
