// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/page_attrs_change.c itself: what a change allocates while others change the map. They
 * come in where they can: whenever the change has let go of the lock to allocate.
 */
#include <linux/slab.h>
#include "page_attrs.h"
#include "unit.h"

#define BLOCK ATTR_BLOCK_PAGES
#define FIRST 512ULL		/* a change that covers a half of each of two blocks */
#define LAST (FIRST + BLOCK - 1)
#define WORD 2			/* beside 0, the default */
#define THIRD 1			/* an attribute that neither block has: both become runs */

bool shim_no_memory;

static struct page_attrs attrs;
static unsigned int allocations;
static void (*others)(void);	/* what they do meanwhile */

void *shim_kmalloc(size_t size)
{
	void (*fn)(void) = others;

	if (++allocations > 100000)
		fail_msg("still allocating");
	others = NULL;		/* theirs come from elsewhere */
	if (fn)
		fn();
	others = fn;
	return shim_no_memory ? NULL : malloc(size);
}

void hcb_page_attrs_announce(struct page_attrs *unused)
{
	(void)unused;
}

/* As much of it as nobody but changes does. */
void hcb_page_attrs_clean_up(struct page_attrs *unused)
{
	struct attr_node *node;

	(void)unused;
	while ((node = hcb_attr_map_take_dropped(&attrs.map))) {
		if (node->bits) {
			free(node->bits);
			attrs.bits--;
		}
		free(node);
		attrs.nodes--;
	}
}

static void spares_are_gone(void)
{
	struct attr_node *node;
	struct attr_bits *bits;

	for (; (node = hcb_attr_spares_take_node(&attrs.map.spares)); attrs.nodes--)
		free(node);
	for (; (bits = hcb_attr_spares_take_bits(&attrs.map.spares)); attrs.bits--)
		free(bits);
}

/* A dense block of so many runs, alike in length. */
static void crowd(uint64_t block, unsigned int runs)
{
	uint64_t page, length = BLOCK / runs;

	for (page = 0; page < BLOCK; page++)
		assert_int_equal(hcb_page_attrs_set(&attrs, block + page, block + page,
						    page / length % 2 ? WORD : 0, 0), 0);
}

/* As much as a change that ends in both blocks may take apart. */
#define HALF (ATTR_MAX_RUNS / 2)

static int setup(void **state)
{
	(void)state;
	shim_no_memory = false;
	others = NULL;
	attrs = (struct page_attrs){ .nodes = 1 };
	INIT_LIST_HEAD(&attrs.notifiers);
	hcb_attr_map_init(&attrs.map, malloc(sizeof(struct attr_node)), 0, 1, 42);
	attrs.map.most_runs = ATTR_MAX_RUNS;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	hcb_attr_map_drop_all(&attrs.map);
	hcb_page_attrs_clean_up(&attrs);
	spares_are_gone();
	assert_int_equal(attrs.nodes, 0);
	assert_int_equal(attrs.bits, 0);
	return 0;
}

static void expect_changed(void)
{
	assert_int_equal(hcb_attr_map_get(&attrs.map, FIRST), THIRD);
	assert_int_equal(hcb_attr_map_get(&attrs.map, LAST), THIRD);
	assert_int_equal(hcb_attr_map_get(&attrs.map, FIRST - 1), WORD);
	assert_int_equal(hcb_attr_map_get(&attrs.map, LAST + 1), 0);
	assert_true(attrs.map.spares.nr_nodes <= ATTR_SPARE_NODES);
	assert_true(attrs.map.spares.nr_bits <= ATTR_SPARE_BITS);
}

static void an_ordinary_change_allocates_what_is_missing(void **state)
{
	(void)state;
	spares_are_gone();
	allocations = 0;
	assert_int_equal(hcb_page_attrs_set(&attrs, 5, 9, THIRD, 0), 0);
	assert_in_range(allocations, 1, 8);
	allocations = 0;
	assert_int_equal(hcb_page_attrs_set(&attrs, 5000, 5009, THIRD, 0), 0);
	assert_in_range(allocations, 0, 8);
}

static void spares_that_others_take_are_not_waited_for(void **state)
{
	const struct attr_need most = hcb_attr_need_for(ATTR_MAX_RUNS);

	(void)state;
	crowd(0, HALF);
	crowd(BLOCK, HALF);
	allocations = 0;
	others = spares_are_gone;
	assert_int_equal(hcb_page_attrs_set(&attrs, FIRST, LAST, THIRD, 0), 0);
	assert_in_range(allocations, ATTR_MAX_RUNS, most.nodes + most.bits);
	expect_changed();
}

/* When the change has allocated what it needed, it needs more. */
static void crowd_both(void)
{
	if (allocations > 1)
		return;
	crowd(0, HALF);
	crowd(BLOCK, HALF);
	spares_are_gone();
}

static void a_map_that_needs_more_meanwhile_is_not_waited_for(void **state)
{
	(void)state;
	spares_are_gone();
	allocations = 0;
	others = crowd_both;
	assert_int_equal(hcb_page_attrs_set(&attrs, FIRST, LAST, THIRD, 0), 0);
	expect_changed();
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	crowd(0, HALF);
	crowd(BLOCK, HALF);
	spares_are_gone();
	shim_no_memory = true;
	assert_int_equal(hcb_page_attrs_set(&attrs, FIRST, LAST, THIRD, 0), -ENOMEM);
	assert_int_equal(hcb_page_attrs_reset(&attrs), -ENOMEM);
	assert_int_equal(hcb_attr_map_get(&attrs.map, FIRST), 0);
	assert_int_equal(hcb_attr_map_get(&attrs.map, LAST), WORD);
}

static void expect_unchanged(uint64_t first, uint64_t last)
{
	uint64_t page;

	for (page = first; page <= last; page++)
		assert_int_not_equal(hcb_attr_map_get(&attrs.map, page), THIRD);
}

/* All the while the lock is held, and a guest's change cannot sleep. */
static void what_would_take_too_much_apart_is_refused(void **state)
{
	(void)state;
	crowd(0, 2 * HALF);
	crowd(BLOCK, 2);
	assert_int_equal(hcb_page_attrs_set(&attrs, FIRST, LAST, THIRD, 0), -ENOSPC);
	expect_unchanged(FIRST, LAST);
	crowd(0, BLOCK);
	allocations = 0;
	assert_int_equal(hcb_page_attrs_set(&attrs, 5, 5, THIRD, 0), -ENOSPC);
	assert_int_equal(allocations, 0);
	expect_unchanged(0, BLOCK - 1);
}

/* It is replaced as a whole, or has the word already. */
static void other_changes_of_a_crowded_block_are_not(void **state)
{
	(void)state;
	crowd(0, BLOCK);
	assert_int_equal(hcb_page_attrs_set(&attrs, 5, 5, 0, 0), 0);
	assert_int_equal(hcb_attr_map_get(&attrs.map, 5), 0);
	assert_int_equal(hcb_page_attrs_set(&attrs, 0, BLOCK - 1, THIRD, 0), 0);
	assert_int_equal(hcb_attr_map_get(&attrs.map, 5), THIRD);
}

/* Another has crowded the block when the memory for the change is there. */
static void crowd_more(void)
{
	if (allocations == 1)
		crowd(0, BLOCK);
}

static void too_much_may_come_meanwhile(void **state)
{
	(void)state;
	crowd(0, HALF);
	spares_are_gone();
	allocations = 0;
	others = crowd_more;
	assert_int_equal(hcb_page_attrs_set(&attrs, 5, 5, THIRD, 0), -ENOSPC);
	expect_unchanged(0, BLOCK - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_ordinary_change_allocates_what_is_missing,
						setup, teardown),
		cmocka_unit_test_setup_teardown(spares_that_others_take_are_not_waited_for,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_map_that_needs_more_meanwhile_is_not_waited_for,
						setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory_nothing_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(what_would_take_too_much_apart_is_refused,
						setup, teardown),
		cmocka_unit_test_setup_teardown(other_changes_of_a_crowded_block_are_not,
						setup, teardown),
		cmocka_unit_test_setup_teardown(too_much_may_come_meanwhile, setup, teardown),
	};

	return cmocka_run_group_tests_name("gpa_change", tests, NULL, NULL);
}
