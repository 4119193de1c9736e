// SPDX-License-Identifier: GPL-2.0-only
/* Calls that were counted: their names, how many, how long, as bars. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "../../user/hcbpf/text/seen.h"

static const struct hcbpf_calls calls = { .ticks_khz = 2000000 };

static const char *text_of(uint8_t abi, uint32_t nr, uint32_t sub)
{
	const struct hcbpf_seen seen = { .abi = abi, .nr = nr, .sub = sub };
	static char text[NAMES_TEXT];

	seen_text(text, &seen);
	return text;
}

static void test_names(void **state)
{
	const struct hcbpf_seen other = { 0 }, newer = { .abi = 99 };

	(void)state;
	assert_string_equal(text_of(HCBPF_ABI_XEN, 32, 4), "event_channel_op:send");
	assert_string_equal(text_of(HCBPF_ABI_KVM, 5, HCBPF_RULE_ANY), "kick_cpu");
	assert_string_equal(text_of(HCBPF_ABI_KVM, 77, HCBPF_RULE_ANY), "77");
	assert_string_equal(text_of(HCBPF_ABI_AUTO, 0, 0), "other");
	assert_string_equal(text_of(99, 7, 0), "0x7");
	/* A guest may call it; where rules are, it would be the default. */
	assert_string_equal(text_of(HCBPF_ABI_KVM, HCBPF_RULE_ANY, HCBPF_RULE_ANY), "0xffffffff");
	assert_null(seen_abi(&other));
	assert_string_equal(seen_abi(&newer), "?");
}

static const char *named(uint32_t abi, uint32_t nr, uint32_t sub)
{
	static char text[NAMES_TEXT];

	return call_named_text(text, abi, nr, sub) ? text : "";
}

/* Of which a guest cannot make more, whatever it calls. */
static void test_names_alone(void **state)
{
	(void)state;
	assert_string_equal(named(HCBPF_ABI_XEN, 32, 4), "event_channel_op:send");
	assert_string_equal(named(HCBPF_ABI_XEN, 32 | 0x00800000, 4), "event_channel_op:send");
	assert_string_equal(named(HCBPF_ABI_XEN, 32, 99), "event_channel_op");
	assert_string_equal(named(HCBPF_ABI_XEN, 12, 7), "memory_op");
	assert_string_equal(named(HCBPF_ABI_KVM, 77, HCBPF_RULE_ANY), "");
	assert_string_equal(named(HCBPF_ABI_KVM, HCBPF_RULE_ANY, HCBPF_RULE_ANY), "");
	assert_string_equal(named(99, 1, HCBPF_RULE_ANY), "");
}

static void test_since(void **state)
{
	struct hcbpf_seen before = { .abi = 1, .nr = 5, .count = { 1, 2, 3 }, .times[4] = 6 };
	struct hcbpf_seen now = { .abi = 1, .nr = 5, .count = { 5, 2, 4 }, .times[4] = 11 };
	struct hcbpf_seen seen = seen_since(&now, &before);
	const struct hcbpf_calls list = { .nr = 1, .kinds = &before };

	(void)state;
	assert_int_equal(seen_calls(&seen), 5);
	assert_int_equal(seen.times[4], 5);
	assert_int_equal(seen_calls(&(struct hcbpf_seen){ .count = { 1, 2, 3 } }), 6);
	assert_ptr_equal(seen_find(&list, &now), &before);
	now.nr = 6;
	assert_null(seen_find(&list, &now));
	/* It was observed anew in between. */
	seen = seen_since(&before, &now);
	assert_memory_equal(&seen, &before, sizeof(seen));
	seen = seen_since(&now, NULL);
	assert_memory_equal(&seen, &now, sizeof(seen));
	assert_int_equal(seen_all_calls(&list), 6);
}

static void test_buckets(void **state)
{
	struct hcbpf_seen seen = { .times = { [3] = 50, [5] = 49, [9] = 1 } };

	(void)state;
	assert_int_equal(seen_bucket(&seen, 50), 3);
	assert_int_equal(seen_bucket(&seen, 51), 5);
	assert_int_equal(seen_bucket(&seen, 99), 5);
	assert_int_equal(seen_bucket(&seen, 100), 9);
	/* 99 of 100 are 148.5 of 150. */
	assert_int_equal(seen_bucket(&(struct hcbpf_seen){ .times = { [3] = 148, [5] = 2 } }, 99), 5);
	seen.times[3] = UINT64_MAX / 2;
	assert_int_equal(seen_bucket(&seen, 99), 3);
	assert_int_equal(seen_bucket(&(struct hcbpf_seen){ 0 }, 50), -1);
}

static const char *end_of(int bucket)
{
	static char text[NS_TEXT];

	assert_true(strlen(seen_end_text(text, &calls, bucket)) <= 6);
	return text;
}

static void test_ends(void **state)
{
	int i;

	(void)state;
	assert_string_equal(end_of(-1), "-");
	assert_string_equal(end_of(0), "1ns");
	assert_string_equal(end_of(10), "512ns");
	assert_string_equal(end_of(11), "1.0us");
	assert_string_equal(end_of(16), "33us");
	assert_string_equal(end_of(26), "34ms");
	assert_string_equal(end_of(27), ">34ms");
	assert_int_equal(seen_end_ns(&calls, 10), 512);
	assert_int_equal(seen_end_ns(&calls, 27), 0);
	for (i = 0; i < HCBPF_SEEN_TIMES; i++)
		end_of(i);
}

static void test_bars(void **state)
{
	const struct hcbpf_seen seen = { .times = { [3] = 1, [5] = 100000000000000 } };
	char *text, *line;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	(void)state;
	seen_bars(to, &calls, &seen, false);
	fclose(to);
	line = strtok(text, "\n");
	assert_string_equal(line, "     4ns               1  #");
	line = strtok(NULL, "\n");
	assert_string_equal(line, "     8ns               0");
	line = strtok(NULL, "\n");
	assert_true(strlen(line) < 80 && strlen(strchr(line, '#')) == 53);
	assert_null(strtok(NULL, "\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_names_alone),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_buckets),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
