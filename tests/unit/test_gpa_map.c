// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map of page attributes, kmod/attr_map.c itself: against a plain array, and
 * what it may take of memory and of time.
 *
 * HCBPF_SEED=N repeats a run, HCBPF_STEPS=N makes it longer or shorter.
 */
#include "unit.h"
#include "gpa_model.h"

#define STEPS 2000000
#define STEPS_OF_A_MAP 10000
#define TIB_PAGES (1ULL << 28)
#define KIB 1024ULL
#define MIB (1024 * KIB)

static u64 seed;

static void model_fail(const char *file, int line, const char *what)
{
	print_message("# HCBPF_SEED=%llu\n", (unsigned long long)seed);
	_fail(file, line);
	(void)what;
	abort();
}

static u64 number_from(const char *name, u64 otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* splitmix64 (Steele, Lea and Flood 2014): any seed will do. */
static u64 random_u64(void *state)
{
	u64 z = *(u64 *)state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* ---- against the model ---- */

static void random_steps_agree_with_a_plain_array(void **state)
{
	static struct model model;
	u64 steps = number_from("HCBPF_STEPS", STEPS), random = seed, n;

	(void)state;
	for (n = 0; n < steps; n++) {
		if (n % STEPS_OF_A_MAP == 0)
			model_init(&model, random_u64, &random);
		model_step(&model);
		if (n % 64 == 0)
			model_check(&model);
		if (n % STEPS_OF_A_MAP == STEPS_OF_A_MAP - 1 || n == steps - 1)
			model_end(&model);
	}
}

/* ---- one map, by hand ---- */

struct rig {
	struct attr_map map;
	struct gpa_heap heap;
	u64 peak;		/* bytes */
};

static int rig_up(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	heap_map_init(&rig->heap, &rig->map, seed);
	*state = rig;
	return 0;
}

static int rig_down(void **state)
{
	struct rig *rig = *state;

	heap_map_end(&rig->heap, &rig->map);
	free(rig);
	return 0;
}

static bool set(struct rig *rig, u64 first, u64 npages, hcbpf_gpa_attr_t attr)
{
	bool changed = heap_map_set(&rig->heap, &rig->map, first, first + npages - 1, attr);

	heap_drain(&rig->heap, &rig->map, -1);
	if (heap_bytes(&rig->heap) > rig->peak)
		rig->peak = heap_bytes(&rig->heap);
	return changed;
}

static struct tree_facts facts_of(const struct rig *rig)
{
	return check_tree(&rig->map, rig->map.followed != ATTR_NOT_FOLLOWED);
}

static void a_new_map_is_one_run(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(facts_of(rig).nodes, 1);
	assert_int_equal(hcb_attr_map_get(&rig->map, 0), 0);
	assert_int_equal(hcb_attr_map_get(&rig->map, ATTR_LAST_GFN), 0);
	assert_true(rig->map.generation == 1);
}

static void the_whole_space_can_be_changed_at_once(void **state)
{
	struct rig *rig = *state;

	assert_true(set(rig, 77, 5, 1));
	assert_true(set(rig, 0, HCBPF_GPA_FRAMES, 0xffff));
	assert_int_equal(facts_of(rig).nodes, 1);
	assert_int_equal(hcb_attr_map_get(&rig->map, ATTR_LAST_GFN), 0xffff);
}

static void what_pages_have_already_is_no_change(void **state)
{
	struct rig *rig = *state;

	assert_false(set(rig, 5, 10, 0));
	assert_true(set(rig, 5, 10, 1));
	assert_false(set(rig, 5, 10, 1));
	assert_false(set(rig, 6, 1, 1));
	assert_true(rig->map.generation == 2);
	assert_true(set(rig, 6, 10, 1));
	assert_true(rig->map.generation == 3);
}

static void neighbours_that_are_alike_are_one_run(void **state)
{
	struct rig *rig = *state;
	u64 i;

	for (i = 0; i < 5000; i += 2)
		set(rig, 1000 + i, 1, 1);
	for (i = 1; i < 5000; i += 2)
		set(rig, 1000 + i, 1, 1);
	/* The block of the last change may be what it likes. */
	set(rig, 1 << 20, 1, 1);
	assert_int_equal(facts_of(rig).nodes, 5);
	set(rig, 1000, 5000, 0);
	set(rig, 1 << 20, 1, 0);
	assert_int_equal(facts_of(rig).nodes, 1);
}

static void a_reset_is_a_change_of_every_page(void **state)
{
	struct rig *rig = *state;
	struct attr_run run;
	u64 generation;

	set(rig, 5, 10, 1);
	generation = rig->map.generation;
	heap_spares(&rig->heap, &rig->map, (struct attr_need) { 1, 0 });
	hcb_attr_map_reset(&rig->map);
	assert_true(rig->map.generation == generation + 1);
	assert_true(hcb_attr_map_next(&rig->map, 0, generation, &run));
	assert_true(run.first == 0 && run.last == ATTR_LAST_GFN);
	assert_int_equal(hcb_attr_map_get(&rig->map, 7), 0);
}

static void a_map_that_was_never_changed_begins_with_another_default(void **state)
{
	struct rig *rig = *state;
	struct attr_run run;

	assert_true(hcb_attr_map_begin_with(&rig->map, 1));
	assert_int_equal(rig->map.default_attr, 1);
	assert_true(hcb_attr_map_next(&rig->map, 0, ATTR_FIRST_GENERATION, &run));
	assert_true(run.first == 0 && run.last == ATTR_LAST_GFN && run.attr == 1);
	/* Now it was. */
	assert_false(hcb_attr_map_begin_with(&rig->map, 2));
	assert_int_equal(hcb_attr_map_get(&rig->map, 7), 1);
}

static void a_map_that_was_changed_does_not(void **state)
{
	struct rig *rig = *state;

	set(rig, 5, 10, 3);
	assert_false(hcb_attr_map_begin_with(&rig->map, 1));
	assert_int_equal(rig->map.default_attr, 0);
	assert_int_equal(hcb_attr_map_get(&rig->map, 7), 3);
}

/* ---- memory ---- */

/* With whatever one page, or two that do not touch, make of each block. */
static void a_tib_takes_at_most_64_mib(void **state)
{
	struct rig *rig = *state;
	u64 gfn;

	for (gfn = 0; gfn < TIB_PAGES; gfn += ATTR_BLOCK_PAGES)
		set(rig, gfn + 1, 1, 1);
	print_message("# one page of each block: %llu KiB\n",
		      (unsigned long long)(heap_bytes(&rig->heap) / KIB));
	for (gfn = 0; gfn < TIB_PAGES; gfn += ATTR_BLOCK_PAGES)
		set(rig, gfn + 3, 1, 1);
	print_message("# two pages of each block: %llu KiB\n",
		      (unsigned long long)(heap_bytes(&rig->heap) / KIB));
	/* From here on it is bits that are set: every second page of the first 4 GiB. */
	for (gfn = 1; gfn < 4096 * MIB / 4096; gfn += 2)
		set(rig, gfn, 1, 1);
	assert_int_equal(hcb_attr_bits_runs(rig->map.root->bits ? rig->map.root->bits :
		hcb_attr_tree_find(rig->map.root, 0)->bits, 5), 5);
	print_message("# at most %llu KiB\n", (unsigned long long)(rig->peak / KIB));
	assert_true(rig->peak <= 64 * MIB);
}

/* Kept apart for a follower, runs are not bounded by what a reader sees; blocks are. */
static void a_follower_cannot_make_it_more(void **state)
{
	struct rig *rig = *state;
	u64 gfn, i;

	for (i = 0; i < 4; i++) {
		hcb_attr_map_follow(&rig->map, rig->map.generation);
		for (gfn = 0; gfn < TIB_PAGES / 16; gfn += ATTR_BLOCK_PAGES) {
			set(rig, gfn + 100 * i, 2, 1);
			set(rig, gfn + 100 * i, 2, 0);
		}
	}
	facts_of(rig);
	print_message("# at most %llu KiB for 64 GiB\n", (unsigned long long)(rig->peak / KIB));
	assert_true(rig->peak <= 64 * MIB / 16);
}

#define NR_RANGES 8

/* Ranges with odd borders, each in a gibibyte of its own. */
static u64 nth_range(u64 n)
{
	return (n * 100 + 7) * (1 << 18) + 321 * n + 5;
}

static void expect_eight_small_ranges(struct rig *rig, u64 npages)
{
	u64 i, bytes;

	for (i = 0; i < NR_RANGES; i++) {
		assert_int_equal(hcb_attr_map_get(&rig->map, nth_range(i) - 1), 1);
		assert_int_equal(hcb_attr_map_get(&rig->map, nth_range(i)), 0);
		assert_int_equal(hcb_attr_map_get(&rig->map, nth_range(i) + npages - 1), 0);
		assert_int_equal(hcb_attr_map_get(&rig->map, nth_range(i) + npages), 1);
	}
	facts_of(rig);
	heap_spares(&rig->heap, &rig->map, (struct attr_need) { 6, 2 });
	bytes = heap_bytes(&rig->heap) + sizeof(struct attr_map);
	print_message("# %llu bytes\n", (unsigned long long)bytes);
	assert_true(bytes <= 4 * KIB);
}

static void eight_ranges_in_a_tib_take_at_most_4_kib(void **state)
{
	struct rig *rig = *state;
	u64 i;

	set(rig, 0, HCBPF_GPA_FRAMES, 1);
	for (i = 0; i < NR_RANGES; i++)
		set(rig, nth_range(i), 16384, 0);
	expect_eight_small_ranges(rig, 16384);
}

/* The ranges come about page by page, and what else there was goes page by page. */
static void eight_ranges_take_no_more_after_a_history(void **state)
{
	struct rig *rig = *state;
	u64 random = seed, i, page, n;

	set(rig, 0, HCBPF_GPA_FRAMES, 1);
	for (n = 0; n < 200000; n++)
		set(rig, random_u64(&random) % TIB_PAGES, 1 + random_u64(&random) % 3, n & 1);
	for (i = 0; i < NR_RANGES; i++)
		for (page = 0; page < 3000; page++)
			set(rig, nth_range(i) - 500 + page * 7 % 4096, 1, 0);
	/* Of the rest, pieces at random, and then what is left. */
	for (n = 0; n < 20000; n++)
		set(rig, random_u64(&random) % TIB_PAGES, 1 + random_u64(&random) % 100000, 1);
	for (page = 0; page < TIB_PAGES; page += 999)
		set(rig, page, 999, 1);
	for (i = 0; i < NR_RANGES; i++)
		for (page = 0; page < 100; page++)
			set(rig, nth_range(i) + page * 37 % 100, 1, 0);
	expect_eight_small_ranges(rig, 100);
}

/* All of it in use as dense blocks, each with as little as makes one stay dense. */
static void eight_ranges_take_no_more_in_dense_blocks(void **state)
{
	struct rig *rig = *state;
	u64 i;

	set(rig, 0, HCBPF_GPA_FRAMES, 1);
	for (i = 0; i < NR_RANGES; i++) {
		set(rig, nth_range(i), 1, 0);
		set(rig, nth_range(i) + 2, 1, 0);
		set(rig, nth_range(i) + 2, 1, 1);
	}
	assert_int_equal(facts_of(rig).dense, NR_RANGES);
	expect_eight_small_ranges(rig, 1);
}

/* ---- time ---- */

static void expect_shallow(struct rig *rig)
{
	struct tree_facts facts = facts_of(rig);
	u32 log2 = 64 - __builtin_clzll(facts.nodes);

	print_message("# %llu nodes, depth %u\n", (unsigned long long)facts.nodes, facts.depth);
	assert_in_range(facts.depth, log2, 4 * log2);
}

/* The guest chooses where runs are and in which order they come, not their priorities. */
static void the_tree_is_shallow_whatever_the_order(void **state)
{
	struct rig *rig = *state;
	u64 random = seed, i, n = 1 << 18;

	for (i = 0; i < n; i++)
		set(rig, i * ATTR_BLOCK_PAGES + 7, 1, 1);
	expect_shallow(rig);
	set(rig, 0, HCBPF_GPA_FRAMES, 0);
	for (i = n; i--;)
		set(rig, i * ATTR_BLOCK_PAGES + 7, 1, 1);
	expect_shallow(rig);
	for (i = 0; i < 2 * n; i++)
		set(rig, random_u64(&random) % n * ATTR_BLOCK_PAGES + 7, 1, i & 1);
	expect_shallow(rig);
	/* The same place over and over. */
	for (i = 0; i < n; i++)
		set(rig, n / 2 * ATTR_BLOCK_PAGES + 7, 1 + i % 3, i & 1);
	expect_shallow(rig);
}

static u64 nodes_newer_than(const struct attr_node *node, u64 since)
{
	return !node || node->newest <= since ? 0 :
		1 + nodes_newer_than(node->left, since) + nodes_newer_than(node->right, since);
}

/* A reader walks where something may be new: that must be about where it is. */
static void a_reader_walks_past_what_is_old(void **state)
{
	struct rig *rig = *state;
	struct attr_run run;
	u64 i, since, n = 1 << 17;

	for (i = 0; i < n; i++)
		set(rig, i * ATTR_BLOCK_PAGES + 7, 1, 1);
	since = rig->map.generation;
	set(rig, n / 3 * ATTR_BLOCK_PAGES + 7, 1, 0);
	assert_in_range(nodes_newer_than(rig->map.root, since), 1, 200);
	assert_true(hcb_attr_map_next(&rig->map, 0, since, &run));
	assert_true(run.first <= n / 3 * ATTR_BLOCK_PAGES + 7);
	assert_false(hcb_attr_map_next(&rig->map, run.last + 1, since, &run));
}

/* ---- followers ---- */

/* How many pages a round since @since has, and where the next one is to start. */
static u64 pages_of_round(struct rig *rig, u64 *since)
{
	u64 pages = 0, first = rig->map.generation, from = 0;
	struct attr_run run;

	hcb_attr_map_follow(&rig->map, *since);
	while (hcb_attr_map_next(&rig->map, from, *since, &run)) {
		pages += run.last - run.first + 1;
		from = run.last + 1;
	}
	*since = first;
	return pages;
}

static void a_flip_back_and_forth_is_told_exactly(void **state)
{
	struct rig *rig = *state;
	u64 since = 0;

	assert_true(pages_of_round(rig, &since) == HCBPF_GPA_FRAMES);
	set(rig, 1 << 20, 1, 1);
	set(rig, 1 << 20, 1, 0);
	assert_int_equal(pages_of_round(rig, &since), 1);
	assert_int_equal(pages_of_round(rig, &since), 0);
	/* Again and again in one block, and it is told of as a whole. */
	set(rig, 1 << 20, 1, 1);
	set(rig, 1 << 20, 1, 0);
	assert_in_range(pages_of_round(rig, &since), 1, ATTR_BLOCK_PAGES);
}

/* A guest that goes through its memory: what a round had, the next has not again. */
static void what_was_told_is_not_told_again(void **state)
{
	struct rig *rig = *state;
	u64 since = 0, i;

	pages_of_round(rig, &since);
	for (i = 0; i < 100; i++) {
		set(rig, i * 5000, 5000, 1);
		assert_int_equal(pages_of_round(rig, &since), 5000);
	}
}

/* The same while a round goes on, and between rounds. */
static void what_changes_during_a_round_is_kept_apart(void **state)
{
	struct rig *rig = *state;
	u64 since = 0, i;

	pages_of_round(rig, &since);
	for (i = 0; i < 100; i++) {
		set(rig, i * 20000, 10000, 1);
		hcb_attr_map_follow(&rig->map, since);
		since = rig->map.generation;
		set(rig, i * 20000 + 10000, 10000, 1);
		assert_int_equal(pages_of_round(rig, &since), 10000);
	}
}

#define rig_test(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		rig_test(a_new_map_is_one_run),
		rig_test(the_whole_space_can_be_changed_at_once),
		rig_test(what_pages_have_already_is_no_change),
		rig_test(neighbours_that_are_alike_are_one_run),
		rig_test(a_reset_is_a_change_of_every_page),
		rig_test(a_map_that_was_never_changed_begins_with_another_default),
		rig_test(a_map_that_was_changed_does_not),
		rig_test(a_tib_takes_at_most_64_mib),
		rig_test(a_follower_cannot_make_it_more),
		rig_test(eight_ranges_in_a_tib_take_at_most_4_kib),
		rig_test(eight_ranges_take_no_more_after_a_history),
		rig_test(eight_ranges_take_no_more_in_dense_blocks),
		rig_test(the_tree_is_shallow_whatever_the_order),
		rig_test(a_reader_walks_past_what_is_old),
		rig_test(a_flip_back_and_forth_is_told_exactly),
		rig_test(what_was_told_is_not_told_again),
		rig_test(what_changes_during_a_round_is_kept_apart),
		cmocka_unit_test(random_steps_agree_with_a_plain_array),
	};

	seed = number_from("HCBPF_SEED", 0x6870);
	return cmocka_run_group_tests_name("gpa_map", tests, NULL, NULL);
}
