// SPDX-License-Identifier: GPL-2.0-only
/* The port table, kmod/ports.c itself: lazily taken pages, and the walk over them. */
#include <string.h>
#include "ports.h"
#include "unit.h"

bool shim_no_memory;

static struct ports ports;

static int ports_setup(void **state)
{
	(void)state;
	shim_no_memory = false;
	return hcb_ports_init(&ports, HCBPF_DEFAULT_PORTS);
}

static int ports_teardown(void **state)
{
	(void)state;
	hcb_ports_free(&ports);
	ports.page = NULL;
	return 0;
}

/* What a store through the VMM's mapping does. */
static void touch(u32 port, hcbpf_port_t word)
{
	struct vm_fault fault = { .pgoff = port / PORTS_PER_PAGE };

	assert_int_equal(hcb_ports_fault(&ports, &fault), 0);
	((hcbpf_port_t *)fault.page)[port % PORTS_PER_PAGE] = word;
}

static int next_from(u32 port, struct hcbpf_next_port *next)
{
	*next = (struct hcbpf_next_port){ .port = port };
	return hcb_ports_next(&ports, next);
}

static void an_untouched_table_has_no_port(void **state)
{
	struct hcbpf_next_port next;

	(void)state;
	assert_int_equal(hcb_ports_get(&ports, 0), 0);
	assert_int_equal(hcb_ports_get(&ports, HCBPF_DEFAULT_PORTS - 1), 0);
	assert_int_equal(next_from(0, &next), -ENOENT);
}

static void ports_beyond_the_table_are_not_set(void **state)
{
	struct vm_fault fault = { .pgoff = HCBPF_DEFAULT_PORTS / PORTS_PER_PAGE };
	struct hcbpf_next_port next;

	(void)state;
	touch(HCBPF_DEFAULT_PORTS - 1, 7);
	assert_int_equal(hcb_ports_get(&ports, HCBPF_DEFAULT_PORTS - 1), 7);
	assert_int_equal(hcb_ports_get(&ports, HCBPF_DEFAULT_PORTS), 0);
	assert_int_equal(hcb_ports_get(&ports, 0xffffffff), 0);
	assert_int_equal(hcb_ports_fault(&ports, &fault), VM_FAULT_SIGBUS);
	assert_int_equal(next_from(HCBPF_DEFAULT_PORTS, &next), -ENOENT);
	assert_int_equal(next_from(0xffffffff, &next), -ENOENT);
}

static void the_walk_finds_every_set_port_once_in_order(void **state)
{
	static const u32 set[] = { 0, 1, 511, 512, 5000, 131071 };
	struct hcbpf_next_port next;
	u32 from = 0;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(set); i++)
		touch(set[i], set[i] + 1);
	for (i = 0; i < ARRAY_LEN(set); i++) {
		assert_int_equal(next_from(from, &next), 0);
		assert_int_equal(next.port, set[i]);
		assert_int_equal(next.word, set[i] + 1);
		from = next.port + 1;
	}
	assert_int_equal(next_from(from, &next), -ENOENT);
}

/* A plain table beside it. */
static hcbpf_port_t model[HCBPF_DEFAULT_PORTS];

static void expect_walk_as_in_model(u32 nr, u32 from)
{
	struct hcbpf_next_port next;
	u32 port = from;

	while (port < nr && !model[port])
		port++;
	if (port == nr) {
		assert_int_equal(next_from(from, &next), -ENOENT);
		return;
	}
	assert_int_equal(next_from(from, &next), 0);
	assert_int_equal(next.port, port);
	assert_int_equal(next.word, model[port]);
}

/* Like a VMM: some ports at the ends of pages, some anywhere; a few are taken away again. */
static void change_ports(u32 nr, unsigned int *seed)
{
	int i;

	for (i = 0; i < 20; i++) {
		u32 page = rand_r(seed) % hcb_ports_nr_pages(&ports), port = page * PORTS_PER_PAGE;

		switch (rand_r(seed) % 4) {
		case 0:
			break;
		case 1:
			port += PORTS_PER_PAGE - 1;
			break;
		default:
			port += rand_r(seed) % PORTS_PER_PAGE;
		}
		if (port >= nr)
			port = nr - 1;
		model[port] = rand_r(seed) % 3 ? port + 1 : 0;
		touch(port, model[port]);
	}
}

static void compare_with_model(u32 nr, unsigned int *seed)
{
	u32 port, page, last;

	hcb_ports_free(&ports);
	assert_int_equal(hcb_ports_init(&ports, nr), 0);
	memset(model, 0, sizeof(model));
	change_ports(nr, seed);
	for (port = 0; port < nr; port++)
		if (model[port] || rand_r(seed) % 64 == 0)
			expect_walk_as_in_model(nr, port);
	for (page = 0; page < hcb_ports_nr_pages(&ports); page++) {
		last = page * PORTS_PER_PAGE + PORTS_PER_PAGE - 1;
		expect_walk_as_in_model(nr, page * PORTS_PER_PAGE);
		expect_walk_as_in_model(nr, last < nr ? last : nr - 1);
	}
}

static void the_walk_is_that_of_a_plain_table(void **state)
{
	static const u32 sizes[] = { 1, 511, 512, 513, 600, 5000, 8192, HCBPF_DEFAULT_PORTS };
	unsigned int seed = 1;
	int round;
	size_t i;

	(void)state;
	for (round = 0; round < 20; round++)
		for (i = 0; i < ARRAY_LEN(sizes); i++)
			compare_with_model(sizes[i], &seed);
}

static void cleared_is_every_port_and_no_page_is_taken(void **state)
{
	static const u32 set[] = { 0, 511, 1024, 1535, HCBPF_DEFAULT_PORTS - 1 };
	struct hcbpf_next_port next;
	size_t before, i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(set); i++)
		touch(set[i], 1);
	before = hcb_ports_memory(&ports);
	hcb_ports_clear(&ports);
	for (i = 0; i < ARRAY_LEN(set); i++)
		assert_int_equal(hcb_ports_get(&ports, set[i]), 0);
	assert_int_equal(next_from(0, &next), -ENOENT);
	assert_int_equal(hcb_ports_memory(&ports), before);
}

static void the_walk_takes_no_memory(void **state)
{
	size_t before = hcb_ports_memory(&ports);
	struct hcbpf_next_port next;

	(void)state;
	next_from(0, &next);
	assert_int_equal(hcb_ports_memory(&ports), before);
}

static void each_touched_page_costs_a_page(void **state)
{
	size_t before = hcb_ports_memory(&ports);

	(void)state;
	assert_true(before <= PAGE_SIZE);
	touch(0, 1);
	touch(511, 1);
	assert_int_equal(hcb_ports_memory(&ports), before + PAGE_SIZE);
	touch(512, 1);
	assert_int_equal(hcb_ports_memory(&ports), before + 2 * PAGE_SIZE);
	touch(HCBPF_DEFAULT_PORTS - 1, 1);
	assert_int_equal(hcb_ports_memory(&ports), before + 3 * PAGE_SIZE);
}

static void a_touch_without_memory_fails_and_can_be_repeated(void **state)
{
	struct vm_fault fault = { .pgoff = 3 };

	(void)state;
	shim_no_memory = true;
	assert_int_equal(hcb_ports_fault(&ports, &fault), VM_FAULT_OOM);
	shim_no_memory = false;
	assert_int_equal(hcb_ports_fault(&ports, &fault), 0);
}

/* A table whose size is no multiple of a page's ports: the rest of the page is no port. */
static void the_last_page_ends_where_the_table_ends(void **state)
{
	struct hcbpf_next_port next;

	(void)state;
	hcb_ports_free(&ports);
	assert_int_equal(hcb_ports_init(&ports, 600), 0);
	touch(599, 9);
	touch(600, 9);
	assert_int_equal(hcb_ports_get(&ports, 599), 9);
	assert_int_equal(hcb_ports_get(&ports, 600), 0);
	assert_int_equal(next_from(600, &next), -ENOENT);
}

#define ports_test(f) cmocka_unit_test_setup_teardown(f, ports_setup, ports_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ports_test(an_untouched_table_has_no_port),
		ports_test(ports_beyond_the_table_are_not_set),
		ports_test(the_walk_finds_every_set_port_once_in_order),
		ports_test(the_walk_is_that_of_a_plain_table),
		ports_test(cleared_is_every_port_and_no_page_is_taken),
		ports_test(the_walk_takes_no_memory),
		ports_test(each_touched_page_costs_a_page),
		ports_test(a_touch_without_memory_fails_and_can_be_repeated),
		ports_test(the_last_page_ends_where_the_table_ends),
	};

	return cmocka_run_group_tests_name("port table", tests, NULL, NULL);
}
