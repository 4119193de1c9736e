// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmod/page_attrs_change.c itself: what a change allocates while others change the map. They
 * come in where they can: whenever the change has let go of the lock to allocate.
 */
#include <linux/slab.h>
#include "page_attrs.h"
#include "unit.h"

#define BLOCK GPA_BLOCK_PAGES
#define FIRST 512ULL		/* a change that covers a half of each of two blocks */
#define LAST (FIRST + BLOCK - 1)
#define WORD 2			/* beside 0, the default */
#define THIRD 1			/* an attribute that neither block has: both become runs */

bool shim_no_memory;

static struct gpa gpa;
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

void gpa_announce(struct gpa *unused)
{
	(void)unused;
}

/* As much of it as nobody but changes does. */
void gpa_clean_up(struct gpa *unused)
{
	struct gpa_node *node;

	(void)unused;
	while ((node = gpa_map_take_dropped(&gpa.map))) {
		if (node->bits) {
			free(node->bits);
			gpa.bits--;
		}
		free(node);
		gpa.nodes--;
	}
}

static void spares_are_gone(void)
{
	struct gpa_node *node;
	struct gpa_bits *bits;

	for (; (node = gpa_spares_take_node(&gpa.map.spares)); gpa.nodes--)
		free(node);
	for (; (bits = gpa_spares_take_bits(&gpa.map.spares)); gpa.bits--)
		free(bits);
}

/* A dense block of so many runs, alike in length. */
static void crowd(uint64_t block, unsigned int runs)
{
	uint64_t page, length = BLOCK / runs;

	for (page = 0; page < BLOCK; page++)
		assert_int_equal(gpa_set(&gpa, block + page, block + page,
					 page / length % 2 ? WORD : 0, 0), 0);
}

/* As much as a change that ends in both blocks may take apart. */
#define HALF (GPA_MOST_RUNS / 2)

static int setup(void **state)
{
	(void)state;
	shim_no_memory = false;
	others = NULL;
	gpa = (struct gpa){ .nodes = 1 };
	INIT_LIST_HEAD(&gpa.notifiers);
	gpa_map_init(&gpa.map, malloc(sizeof(struct gpa_node)), 0, 1, 42);
	gpa.map.most_runs = GPA_MOST_RUNS;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	gpa_map_drop_all(&gpa.map);
	gpa_clean_up(&gpa);
	spares_are_gone();
	assert_int_equal(gpa.nodes, 0);
	assert_int_equal(gpa.bits, 0);
	return 0;
}

static void expect_changed(void)
{
	assert_int_equal(gpa_map_get(&gpa.map, FIRST), THIRD);
	assert_int_equal(gpa_map_get(&gpa.map, LAST), THIRD);
	assert_int_equal(gpa_map_get(&gpa.map, FIRST - 1), WORD);
	assert_int_equal(gpa_map_get(&gpa.map, LAST + 1), 0);
	assert_true(gpa.map.spares.nr_nodes <= GPA_SPARE_NODES);
	assert_true(gpa.map.spares.nr_bits <= GPA_SPARE_BITS);
}

static void an_ordinary_change_allocates_what_is_missing(void **state)
{
	(void)state;
	spares_are_gone();
	allocations = 0;
	assert_int_equal(gpa_set(&gpa, 5, 9, THIRD, 0), 0);
	assert_in_range(allocations, 1, 8);
	allocations = 0;
	assert_int_equal(gpa_set(&gpa, 5000, 5009, THIRD, 0), 0);
	assert_in_range(allocations, 0, 8);
}

static void spares_that_others_take_are_not_waited_for(void **state)
{
	const struct gpa_need most = gpa_need_for(GPA_MOST_RUNS);

	(void)state;
	crowd(0, HALF);
	crowd(BLOCK, HALF);
	allocations = 0;
	others = spares_are_gone;
	assert_int_equal(gpa_set(&gpa, FIRST, LAST, THIRD, 0), 0);
	assert_in_range(allocations, GPA_MOST_RUNS, most.nodes + most.bits);
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
	assert_int_equal(gpa_set(&gpa, FIRST, LAST, THIRD, 0), 0);
	expect_changed();
}

static void without_memory_nothing_changes(void **state)
{
	(void)state;
	crowd(0, HALF);
	crowd(BLOCK, HALF);
	spares_are_gone();
	shim_no_memory = true;
	assert_int_equal(gpa_set(&gpa, FIRST, LAST, THIRD, 0), -ENOMEM);
	assert_int_equal(gpa_reset(&gpa), -ENOMEM);
	assert_int_equal(gpa_map_get(&gpa.map, FIRST), 0);
	assert_int_equal(gpa_map_get(&gpa.map, LAST), WORD);
}

static void expect_unchanged(uint64_t first, uint64_t last)
{
	uint64_t page;

	for (page = first; page <= last; page++)
		assert_int_not_equal(gpa_map_get(&gpa.map, page), THIRD);
}

/* All the while the lock is held, and a guest's change cannot sleep. */
static void what_would_take_too_much_apart_is_refused(void **state)
{
	(void)state;
	crowd(0, 2 * HALF);
	crowd(BLOCK, 2);
	assert_int_equal(gpa_set(&gpa, FIRST, LAST, THIRD, 0), -ENOSPC);
	expect_unchanged(FIRST, LAST);
	crowd(0, BLOCK);
	allocations = 0;
	assert_int_equal(gpa_set(&gpa, 5, 5, THIRD, 0), -ENOSPC);
	assert_int_equal(allocations, 0);
	expect_unchanged(0, BLOCK - 1);
}

/* It is replaced as a whole, or has the word already. */
static void other_changes_of_a_crowded_block_are_not(void **state)
{
	(void)state;
	crowd(0, BLOCK);
	assert_int_equal(gpa_set(&gpa, 5, 5, 0, 0), 0);
	assert_int_equal(gpa_map_get(&gpa.map, 5), 0);
	assert_int_equal(gpa_set(&gpa, 0, BLOCK - 1, THIRD, 0), 0);
	assert_int_equal(gpa_map_get(&gpa.map, 5), THIRD);
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
	assert_int_equal(gpa_set(&gpa, 5, 5, THIRD, 0), -ENOSPC);
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
