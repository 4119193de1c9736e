// SPDX-License-Identifier: GPL-2.0-only
/* The port table, kmod/ports.c itself: lazily taken pages, and the walk over them. */
#include "hcbpf.h"
#include "unit.h"

bool shim_no_memory;

static struct ports ports;

static int ports_setup(void **state)
{
	(void)state;
	shim_no_memory = false;
	return ports_init(&ports, HCBPF_DEFAULT_PORTS);
}

static int ports_teardown(void **state)
{
	(void)state;
	ports_free(&ports);
	ports.page = NULL;
	return 0;
}

/* What a store through the VMM's mapping does. */
static void touch(u32 port, hcbpf_port_t word)
{
	struct vm_fault fault = { .pgoff = port / PORTS_PER_PAGE };

	assert_int_equal(ports_fault(&ports, &fault), 0);
	((hcbpf_port_t *)fault.page)[port % PORTS_PER_PAGE] = word;
}

static int next_from(u32 port, struct hcbpf_next_port *next)
{
	*next = (struct hcbpf_next_port){ .port = port };
	return ports_next(&ports, next);
}

static void an_untouched_table_has_no_port(void **state)
{
	struct hcbpf_next_port next;

	(void)state;
	assert_int_equal(ports_get(&ports, 0), 0);
	assert_int_equal(ports_get(&ports, HCBPF_DEFAULT_PORTS - 1), 0);
	assert_int_equal(next_from(0, &next), -ENOENT);
}

static void ports_beyond_the_table_are_not_set(void **state)
{
	struct vm_fault fault = { .pgoff = HCBPF_DEFAULT_PORTS / PORTS_PER_PAGE };
	struct hcbpf_next_port next;

	(void)state;
	touch(HCBPF_DEFAULT_PORTS - 1, 7);
	assert_int_equal(ports_get(&ports, HCBPF_DEFAULT_PORTS - 1), 7);
	assert_int_equal(ports_get(&ports, HCBPF_DEFAULT_PORTS), 0);
	assert_int_equal(ports_get(&ports, 0xffffffff), 0);
	assert_int_equal(ports_fault(&ports, &fault), VM_FAULT_SIGBUS);
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

static void the_walk_takes_no_memory(void **state)
{
	size_t before = ports_memory(&ports);
	struct hcbpf_next_port next;

	(void)state;
	next_from(0, &next);
	assert_int_equal(ports_memory(&ports), before);
}

static void each_touched_page_costs_a_page(void **state)
{
	size_t before = ports_memory(&ports);

	(void)state;
	assert_true(before <= PAGE_SIZE);
	touch(0, 1);
	touch(511, 1);
	assert_int_equal(ports_memory(&ports), before + PAGE_SIZE);
	touch(512, 1);
	assert_int_equal(ports_memory(&ports), before + 2 * PAGE_SIZE);
}

static void a_touch_without_memory_fails_and_can_be_repeated(void **state)
{
	struct vm_fault fault = { .pgoff = 3 };

	(void)state;
	shim_no_memory = true;
	assert_int_equal(ports_fault(&ports, &fault), VM_FAULT_OOM);
	shim_no_memory = false;
	assert_int_equal(ports_fault(&ports, &fault), 0);
}

/* A table whose size is no multiple of a page's ports: the rest of the page is no port. */
static void the_last_page_ends_where_the_table_ends(void **state)
{
	struct hcbpf_next_port next;

	(void)state;
	ports_free(&ports);
	assert_int_equal(ports_init(&ports, 600), 0);
	touch(599, 9);
	touch(600, 9);
	assert_int_equal(ports_get(&ports, 599), 9);
	assert_int_equal(ports_get(&ports, 600), 0);
	assert_int_equal(next_from(600, &next), -ENOENT);
}

#define ports_test(f) cmocka_unit_test_setup_teardown(f, ports_setup, ports_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ports_test(an_untouched_table_has_no_port),
		ports_test(ports_beyond_the_table_are_not_set),
		ports_test(the_walk_finds_every_set_port_once_in_order),
		ports_test(the_walk_takes_no_memory),
		ports_test(each_touched_page_costs_a_page),
		ports_test(a_touch_without_memory_fails_and_can_be_repeated),
		ports_test(the_last_page_ends_where_the_table_ends),
	};

	return cmocka_run_group_tests_name("port table", tests, NULL, NULL);
}
