// SPDX-License-Identifier: GPL-2.0-only
/* The lines of `top --calls`: which, in which order, and what is in them. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef fail
#include "unit_top.h"
#include "../../user/hcbpf/cmd/top_calls.h"

static const char *name_of(uint32_t pid)
{
	return pid == 1 ? "a long name" : "\x1b[2J";
}

/* Two seconds: VM 7 has sent 20 times; VM 8 is new; VM 9 is not observed. */
static struct hcbpf_seen kinds_before[] = {
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4, .count = { 0, 1000, 0 }, .times[9] = 1000 },
};
static struct hcbpf_seen kinds_now[] = {
	{ .abi = HCBPF_ABI_KVM, .nr = 5, .sub = HCBPF_RULE_ANY, .count = { 4, 0, 0 } },
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4, .count = { 0, 1020, 0 },
	  .times = { [9] = 1000, [11] = 20 } },
};
static struct hcbpf_seen kinds_new[] = {
	{ .abi = HCBPF_ABI_KVM, .nr = 77, .sub = HCBPF_RULE_ANY, .count = { 0, 0, 60 } },
};
static struct hcbpf_calls calls_before = { 2000000, 1, kinds_before };
static struct hcbpf_calls calls_now = { 2000000, 2, kinds_now };
static struct hcbpf_calls calls_new = { 2000000, 1, kinds_new };
static struct vm_sample old[2], new[3];
static const struct sample before = { .vms = old, .nr = 2 };
static struct sample now = { .at.tv_sec = 2, .vms = new, .nr = 3 };

static int begin(void **state)
{
	uint32_t i;

	(void)state;
	memset(old, 0, sizeof(old));
	memset(new, 0, sizeof(new));
	for (i = 0; i < 3; i++) {
		new[i].info.id = 7 + i;
		new[i].info.pid = 1 + i;
		strcpy(new[i].info.policy, "standard");
	}
	old[0] = new[0];
	old[1] = new[2];
	old[0].calls = &calls_before;
	new[0].calls = &calls_now;
	new[1].calls = &calls_new;
	new[0].observed = new[1].observed = 1;
	now.left_out = 0;
	return 0;
}

static void put_lines(char *text, const struct top_order *order)
{
	struct top_calls calls;
	size_t i;

	top_calls_make(&calls, &now, &before, order);
	assert_true(calls.vms == 3 && calls.observed == 2);
	assert_true(calls.calls == 42);
	for (i = 0; i < calls.nr; i++)
		sprintf(text + strlen(text), "%s ", calls.rows[i].call);
	top_calls_free(&calls);
}

static void test_order(void **state)
{
	(void)state;
	assert_string_equal(order_of(TOP_CALLS, false, ""), "77 event_channel_op:send kick_cpu ");
	assert_string_equal(order_of(TOP_CALLS, true, ""), "kick_cpu event_channel_op:send 77 ");
	assert_string_equal(order_of(TOP_PASS, false, ""), "kick_cpu event_channel_op:send 77 ");
	assert_string_equal(order_of(TOP_EXITS, false, ""), "77 kick_cpu event_channel_op:send ");
	assert_string_equal(order_of(TOP_VM, false, ""), "kick_cpu event_channel_op:send 77 ");
	assert_string_equal(order_of(TOP_NAME, false, ""), "77 kick_cpu event_channel_op:send ");
}

static void test_filter(void **state)
{
	(void)state;
	assert_string_equal(order_of(TOP_VM, false, "A LONG"), "kick_cpu event_channel_op:send ");
	assert_string_equal(order_of(TOP_VM, false, "SEND"), "event_channel_op:send ");
	assert_string_equal(order_of(TOP_VM, false, "kvm"), "kick_cpu 77 ");
	assert_string_equal(order_of(TOP_VM, false, "nothing"), "");
}

/* What was called before it was asked for is no rate. */
static void test_asked_for_late(void **state)
{
	struct top_order order = { .key = TOP_VM, .calls = true };
	struct top_calls calls;

	(void)state;
	old[0].calls = NULL;
	top_calls_make(&calls, &now, &before, &order);
	assert_true(calls.nr == 3 && calls.calls == 30);	/* those of the new VM */
	top_calls_free(&calls);
}

static void test_lines(void **state)
{
	struct top_order order = { .key = TOP_CALLS, .calls = true };
	char line[TOP_WIDTH + 1];
	struct top_calls calls;
	struct top_table table;

	(void)state;
	new[1].info.id = 1073741824;
	top_calls_make(&calls, &now, &before, &order);
	top_calls_table(&table, &calls);
	assert_string_equal(table.what, "2 of 3 VMs observed");
	assert_string_equal(table.note, "");
	assert_int_equal(strlen(table.head), TOP_WIDTH);
	table.line(line, table.rows, 0);
	assert_true(strlen(line) <= TOP_WIDTH);
	assert_non_null(strstr(line, "1073741824 ?[2J      kvm    77 "));
	table.line(line, table.rows, 1);
	assert_string_equal(line, "     7 a long na xen    event_channel_op:send     10      0     10"
			    "      0  1.0us");
	top_calls_free(&calls);
}

/* A VM that is one too many is observed, and said to be missing. */
static void test_left_out(void **state)
{
	struct top_order order = { .key = TOP_CALLS, .calls = true };
	struct top_calls calls;
	struct top_table table;

	(void)state;
	new[2].observed = 1;
	now.left_out = 1;
	top_calls_make(&calls, &now, &before, &order);
	top_calls_table(&table, &calls);
	assert_string_equal(table.what, "3 of 3 VMs observed");
	assert_string_equal(table.note, "left out: 1 (--observed)");
	assert_int_equal(calls.nr, 3);
	top_calls_free(&calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, begin),
		cmocka_unit_test_setup(test_filter, begin),
		cmocka_unit_test_setup(test_asked_for_late, begin),
		cmocka_unit_test_setup(test_lines, begin),
		cmocka_unit_test_setup(test_left_out, begin),
	};

	return cmocka_run_group_tests_name("top_calls", tests, NULL, NULL);
}
