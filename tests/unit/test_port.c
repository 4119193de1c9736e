// SPDX-License-Identifier: GPL-2.0-only
/* The word of a port: what VMMs store and policies decode. */
#include <hcbpf/port.h>
#include "unit.h"

static void make_then_decode_gives_back_action_and_slot(void **state)
{
	static const __u32 slots[] = { 0, 1, 7, 0x7fffffff, 0x80000000, 0xffffffff };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(slots); i++) {
		hcbpf_port_t word = hcbpf_port_make(HCBPF_PORT_EVENTFD, slots[i]);

		assert_int_equal(hcbpf_port_action(word), HCBPF_PORT_EVENTFD);
		assert_int_equal(hcbpf_port_slot(word), slots[i]);
	}
}

static void an_eventfd_word_has_this_layout(void **state)
{
	(void)state;
	assert_true(hcbpf_port_make(HCBPF_PORT_EVENTFD, 5) == 0x100000005ULL);
	assert_true(hcbpf_port_make(HCBPF_PORT_EVENTFD, 0xffffffff) == 0x1ffffffffULL);
}

static void zero_is_a_port_that_is_not_set(void **state)
{
	(void)state;
	assert_int_equal(hcbpf_port_action(0), HCBPF_PORT_NONE);
	assert_true(hcbpf_port_make(HCBPF_PORT_NONE, 0) == 0);
}

static void a_slot_alone_is_no_action(void **state)
{
	(void)state;
	assert_int_equal(hcbpf_port_action(0xffffffff), HCBPF_PORT_NONE);
}

static void reserved_bits_never_match_an_action(void **state)
{
	int bit;

	(void)state;
	for (bit = 40; bit < 64; bit++) {
		hcbpf_port_t word = hcbpf_port_make(HCBPF_PORT_EVENTFD, 3) | 1ULL << bit;

		assert_int_not_equal(hcbpf_port_action(word), HCBPF_PORT_EVENTFD);
		assert_int_not_equal(hcbpf_port_action(1ULL << bit), HCBPF_PORT_EVENTFD);
	}
}

static void unknown_actions_match_no_known_one(void **state)
{
	unsigned int action;

	(void)state;
	for (action = 2; action < 256; action++)
		assert_int_not_equal(hcbpf_port_action((hcbpf_port_t)action << 32),
				     HCBPF_PORT_EVENTFD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(make_then_decode_gives_back_action_and_slot),
		cmocka_unit_test(an_eventfd_word_has_this_layout),
		cmocka_unit_test(zero_is_a_port_that_is_not_set),
		cmocka_unit_test(a_slot_alone_is_no_action),
		cmocka_unit_test(reserved_bits_never_match_an_action),
		cmocka_unit_test(unknown_actions_match_no_known_one),
	};

	return cmocka_run_group_tests_name("port words", tests, NULL, NULL);
}
