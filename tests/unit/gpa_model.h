/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The attribute map against a plain array, for the unit test and the fuzzer:
 * both choose operations, by chance or by the fuzzer's bytes, and model_step()
 * does each to the map and to the array, and compares.
 *
 * The array does not cover 2^40 gfns but a window of some thousand, which may
 * lie anywhere. What is below and above it is one cell each, or two: what shares
 * a block with the window is a cell of its own.
 *
 * Whoever includes this provides model_fail(), which does not return.
 */
#ifndef TESTS_UNIT_GPA_MODEL_H
#define TESTS_UNIT_GPA_MODEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attr_map.h"
#include "attr_bits.h"
#include "attr_tree.h"

static void model_fail(const char *file, int line, const char *what);

#define CHECK(cond) ((cond) ? (void)0 : model_fail(__FILE__, __LINE__, #cond))

/* ---- memory, as the kernel gives it ---- */

struct gpa_heap {
	u64 nodes, bits;	/* allocated now */
};

static inline struct attr_node *heap_node(struct gpa_heap *heap)
{
	heap->nodes++;
	return malloc(sizeof(struct attr_node));
}

static inline void heap_free_node(struct gpa_heap *heap, struct attr_node *node)
{
	if (node->bits) {
		free(node->bits);
		heap->bits--;
	}
	free(node);
	heap->nodes--;
}

/* Exactly @need spares: a change that takes more finds none. */
static inline void heap_spares(struct gpa_heap *heap, struct attr_map *map, struct attr_need need)
{
	while (map->spares.nr_nodes < need.nodes)
		hcb_attr_spares_add_node(&map->spares, heap_node(heap));
	for (; map->spares.nr_bits < need.bits; heap->bits++)
		hcb_attr_spares_add_bits(&map->spares, malloc(sizeof(struct attr_bits)));
	for (; map->spares.nr_nodes > need.nodes; heap->nodes--)
		free(hcb_attr_spares_take_node(&map->spares));
	for (; map->spares.nr_bits > need.bits; heap->bits--)
		free(hcb_attr_spares_take_bits(&map->spares));
}

static inline void heap_drain(struct gpa_heap *heap, struct attr_map *map, unsigned int nr)
{
	struct attr_node *node;

	while (nr-- && (node = hcb_attr_map_take_dropped(map)))
		heap_free_node(heap, node);
}

static inline void heap_map_init(struct gpa_heap *heap, struct attr_map *map, u64 random)
{
	memset(heap, 0, sizeof(*heap));
	hcb_attr_map_init(map, heap_node(heap), 0, 1, random);
}

static inline void heap_map_end(struct gpa_heap *heap, struct attr_map *map)
{
	hcb_attr_map_drop_all(map);
	heap_drain(heap, map, -1);
	heap_spares(heap, map, (struct attr_need) { 0, 0 });
	CHECK(!heap->nodes && !heap->bits);
}

static inline bool heap_map_set(struct gpa_heap *heap, struct attr_map *map, u64 first, u64 last,
				hcbpf_gpa_attr_t attr)
{
	int changed;

	heap_spares(heap, map, (struct attr_need) { 0, 0 });
	changed = hcb_attr_map_set_in_place(map, first, last, attr);
	if (changed >= 0)
		return changed;
	heap_spares(heap, map, hcb_attr_map_need(map, first, last, attr));
	return hcb_attr_map_set(map, first, last, attr);
}

static inline u64 heap_bytes(const struct gpa_heap *heap)
{
	return heap->nodes * sizeof(struct attr_node) + heap->bits * sizeof(struct attr_bits);
}

/* ---- what holds in every tree ---- */

struct tree_facts {
	u64 nodes, dense;
	u32 depth;
	bool followed;		/* like runs may be kept apart */
	u64 hot;
	/* the run before */
	u64 end;		/* behind it */
	hcbpf_gpa_attr_t attr;
	bool is_dense;
	/* the block that it begins in */
	u64 block;
	u32 cuts, nr_words;
	hcbpf_gpa_attr_t word[2];
};

static inline void block_sees(struct tree_facts *facts, hcbpf_gpa_attr_t attr)
{
	u32 i;

	for (i = 0; i < facts->nr_words && i < 2; i++)
		if (facts->word[i] == attr)
			return;
	if (i < 2)
		facts->word[i] = attr;
	facts->nr_words++;
}

/* Where only two words meet, no more than a few runs begin without the block being dense. */
static inline void check_cuts(struct tree_facts *facts, const struct attr_node *node)
{
	u64 block = node->first & ~(u64)(ATTR_BLOCK_PAGES - 1);

	if (block != facts->block) {
		CHECK(facts->cuts <= ATTR_MAX_CUTS || facts->nr_words > 2);
		facts->block = block;
		facts->cuts = facts->nr_words = 0;
		if (node->first != block)
			block_sees(facts, facts->attr);
	}
	block_sees(facts, node->attr[0]);
	facts->cuts += node->first != block;
}

static inline void check_node(struct tree_facts *facts, const struct attr_node *node)
{
	CHECK(node->first == facts->end);
	CHECK(node->last >= node->first && node->last <= ATTR_LAST_GFN);
	if (node->bits) {
		CHECK(node->first % ATTR_BLOCK_PAGES == 0);
		CHECK(node->last == node->first + ATTR_BLOCK_PAGES - 1);
		CHECK(node->attr[0] != node->attr[1]);
		CHECK(hcb_attr_bits_runs(node->bits, 3) >= (facts->followed ? 2 : 3) ||
		      node->first == facts->hot);
	} else if (facts->end && !facts->is_dense && !facts->followed) {
		CHECK(facts->attr != node->attr[0]);
	}
	check_cuts(facts, node);
	facts->nodes++;
	facts->dense += !!node->bits;
	facts->is_dense = node->bits;
	facts->attr = node->attr[0];
	facts->end = node->last + 1;
}

/* Returns the true newest generation in the subtree. */
static inline u64 check_subtree(struct tree_facts *facts, const struct attr_node *node, u32 depth)
{
	u64 newest = node->generation, below;

	if (depth > facts->depth)
		facts->depth = depth;
	if (node->left) {
		CHECK(node->left->priority <= node->priority);
		below = check_subtree(facts, node->left, depth + 1);
		newest = newest > below ? newest : below;
	}
	check_node(facts, node);
	if (node->right) {
		CHECK(node->right->priority <= node->priority);
		below = check_subtree(facts, node->right, depth + 1);
		newest = newest > below ? newest : below;
	}
	CHECK(node->newest >= newest);
	return newest;
}

static inline struct tree_facts check_tree(const struct attr_map *map, bool followed)
{
	struct tree_facts facts = {
		.block = ~0ULL, .followed = followed, .hot = map->hot,
	};

	CHECK(map->root);
	CHECK(check_subtree(&facts, map->root, 1) <= map->generation);
	CHECK(facts.end == HCBPF_GPA_FRAMES);
	CHECK(facts.cuts <= ATTR_MAX_CUTS || facts.nr_words > 2);
	return facts;
}

/* ---- the model ---- */

#define WINDOW (5 * ATTR_BLOCK_PAGES + 300)
#define CELLS (WINDOW + 4)
#define MAX_WORDS 5

/* Reads the map in rounds, as a VMM does that migrates, and has a copy of it. */
struct follower {
	bool follows;		/* with HCBPF_GPA_FOLLOW */
	bool exact;		/* nobody else has begun such a round since its own last one */
	u64 since, first;	/* what the round asks for; the generation that it began with */
	u64 from;
	hcbpf_gpa_attr_t copy[CELLS];
};

struct model {
	struct attr_map map;
	struct gpa_heap heap;
	bool followed;		/* ever */
	u32 words;		/* different attribute words in use */
	u32 near;		/* where the last change was: a cell */
	u64 start[CELLS + 1];	/* a cell's first gfn; some cells are empty */
	hcbpf_gpa_attr_t attr[CELLS];
	u64 changed[CELLS];	/* generation */
	struct follower followers[2];
	/* a source of choices */
	u64 (*random)(void *arg);
	void *arg;
};

/* The least and the greatest words among them. */
static const hcbpf_gpa_attr_t model_words[MAX_WORDS] = { 0, 1, 0xffff, 0x0006, 0x8001 };

static inline u64 choose(struct model *m, u64 n)
{
	return m->random(m->arg) % n;
}

static inline bool is_empty(const struct model *m, u32 cell)
{
	return m->start[cell] == m->start[cell + 1];
}

/* The cell that @gfn is in. */
static inline u32 cell_of(const struct model *m, u64 gfn)
{
	u64 window = m->start[2];

	if (gfn >= m->start[CELLS - 1])
		return CELLS - 1;
	if (gfn >= m->start[CELLS - 2])
		return CELLS - 2;
	if (gfn >= window)
		return gfn - window + 2;
	return gfn >= m->start[1];
}

static inline void model_place(struct model *m, u64 window)
{
	u64 end = window + WINDOW, mask = ATTR_BLOCK_PAGES - 1;
	u32 i;

	m->start[0] = 0;
	m->start[1] = window & ~mask;
	for (i = 0; i < WINDOW; i++)
		m->start[2 + i] = window + i;
	m->start[CELLS - 2] = end;
	m->start[CELLS - 1] = (end + mask) & ~mask;
	m->start[CELLS] = HCBPF_GPA_FRAMES;
}

/* Where the map has its edges: both ends of the space, borders of blocks, anywhere. */
static inline u64 some_window(struct model *m)
{
	u64 anywhere = m->random(m->arg) % (HCBPF_GPA_FRAMES - WINDOW);

	switch (choose(m, 5)) {
	case 0:
		return 0;
	case 1:
		return HCBPF_GPA_FRAMES - WINDOW;
	case 2:
		return anywhere & ~(u64)(ATTR_BLOCK_PAGES - 1);
	case 3:
		return (anywhere | (ATTR_BLOCK_PAGES - 1)) - choose(m, 3);
	default:
		return anywhere;
	}
}

static inline void follower_begin(struct model *m, struct follower *f, u64 since)
{
	f->since = since;
	f->first = m->map.generation;
	f->from = 0;
	f->exact = false;
	if (!f->follows)
		return;
	m->followers[0].exact = m->followers[1].exact = false;
	f->exact = since && m->map.followed == since;
	hcb_attr_map_follow(&m->map, since);
	m->followed = true;
}

static inline void model_init(struct model *m, u64 (*random)(void *arg), void *arg)
{
	u32 cell;

	m->random = random;
	m->arg = arg;
	heap_map_init(&m->heap, &m->map, random(arg));
	m->followed = false;
	m->words = 2 + (choose(m, 3) ? 0 : choose(m, MAX_WORDS - 1));
	m->near = CELLS / 2;
	memset(m->attr, 0, sizeof(m->attr));
	for (cell = 0; cell < CELLS; cell++)
		m->changed[cell] = m->map.generation;
	memset(m->followers, 0, sizeof(m->followers));
	model_place(m, some_window(m));
	follower_begin(m, &m->followers[0], 0);
}

/* ---- changes ---- */

static inline void model_pick(struct model *m, u32 *first, u32 *last)
{
	u32 len;

	*first = choose(m, 4) ? choose(m, CELLS) : m->near + choose(m, 5) - 2;
	switch (choose(m, 8)) {
	case 0:
		len = choose(m, CELLS);
		break;
	case 1:		/* whole blocks */
		*first = cell_of(m, m->start[*first % CELLS] & ~(u64)(ATTR_BLOCK_PAGES - 1));
		len = ATTR_BLOCK_PAGES * (1 + choose(m, 3));
		break;
	case 2:
		len = choose(m, ATTR_BLOCK_PAGES);
		break;
	case 3:
		len = 60 + choose(m, 10);
		break;
	case 4:
		len = 1 + choose(m, 8);
		break;
	default:
		len = 1;
	}
	*first = *first < CELLS ? *first : 0;
	*last = *first + (len ? len - 1 : 0);
	*last = *last < CELLS ? *last : CELLS - 1;
	m->near = *last;
}

static inline void model_get(const struct model *m, u32 cell)
{
	if (cell >= CELLS || is_empty(m, cell))
		return;
	CHECK(hcb_attr_map_get(&m->map, m->start[cell]) == m->attr[cell]);
	CHECK(hcb_attr_map_get(&m->map, m->start[cell + 1] - 1) == m->attr[cell]);
}

static inline void model_set(struct model *m)
{
	hcbpf_gpa_attr_t attr = model_words[choose(m, m->words)];
	u64 generation = m->map.generation;
	u32 first, last, i;
	bool changed;

	model_pick(m, &first, &last);
	if (m->start[first] == m->start[last + 1])
		return;
	changed = heap_map_set(&m->heap, &m->map, m->start[first], m->start[last + 1] - 1, attr);
	CHECK(m->map.generation == generation + changed);
	for (i = first; i <= last; i++) {
		CHECK(changed || is_empty(m, i) || m->attr[i] == attr);
		m->attr[i] = attr;
		if (changed)
			m->changed[i] = generation + 1;
	}
	model_get(m, first - 1);
	model_get(m, first);
	model_get(m, last);
	model_get(m, last + 1);
}

static inline void model_all_are(struct model *m, hcbpf_gpa_attr_t attr)
{
	u32 i;

	for (i = 0; i < CELLS; i++) {
		m->attr[i] = attr;
		m->changed[i] = m->map.generation;
	}
}

static inline void model_reset(struct model *m)
{
	u64 generation = m->map.generation;

	heap_spares(&m->heap, &m->map, (struct attr_need) { 1, 0 });
	hcb_attr_map_reset(&m->map);
	CHECK(m->map.generation > generation);
	model_all_are(m, m->map.default_attr);
}

/* Another map takes this one's place, or is given up. */
static inline void model_replace(struct model *m)
{
	u64 generation = m->map.generation + 1 + choose(m, 1000);
	hcbpf_gpa_attr_t attr = model_words[choose(m, m->words)];
	bool discard = !choose(m, 3);
	struct attr_map new;

	hcb_attr_map_init(&new, heap_node(&m->heap), attr, generation, m->random(m->arg));
	heap_map_set(&m->heap, &new, m->start[2], m->start[2] + 99, 1 - (attr & 1));
	/* Back and forth, for the block to be kept dense. */
	heap_map_set(&m->heap, &new, m->start[2] + 50, m->start[2] + 50, attr);
	heap_map_set(&m->heap, &new, m->start[2] + 50, m->start[2] + 50, 1 - (attr & 1));
	if (discard) {
		hcb_attr_map_discard(&m->map, &new);
		return;
	}
	hcb_attr_map_replace(&m->map, &new);
	CHECK(m->map.generation > generation);
	CHECK(m->map.default_attr == attr);
	model_all_are(m, attr);
	for (generation = 0; generation < 100; generation++)
		m->attr[2 + generation] = 1 - (attr & 1);
}

/* ---- followers ---- */

/* Did anything of the block that @cell is in change after @since? */
static inline bool block_changed(const struct model *m, u32 cell, u64 since)
{
	u64 block = m->start[cell] / ATTR_BLOCK_PAGES;
	u32 i;

	if (m->changed[cell] > since)
		return true;
	if (cell == 0 || cell == CELLS - 1)
		return false;
	for (i = cell; i-- > 1 && m->start[i] / ATTR_BLOCK_PAGES == block;)
		if (!is_empty(m, i) && m->changed[i] > since)
			return true;
	for (i = cell + 1; i < CELLS - 1 && m->start[i] / ATTR_BLOCK_PAGES == block; i++)
		if (!is_empty(m, i) && m->changed[i] > since)
			return true;
	return false;
}

/* A round is over: what had changed when it began, the follower has. */
static inline void follower_has_all(const struct model *m, const struct follower *f)
{
	u32 i;

	for (i = 0; i < CELLS; i++)
		if (!is_empty(m, i) && m->changed[i] <= f->first)
			CHECK(f->copy[i] == m->attr[i]);
}

/* @cell is reported: it has changed, or its block has. */
static inline void follower_may_see(const struct model *m, const struct follower *f, u32 cell,
				    u64 *block_seen)
{
	u64 block = m->start[cell] / ATTR_BLOCK_PAGES;

	if (!f->exact || m->changed[cell] > f->since || *block_seen == block)
		return;
	CHECK(block_changed(m, cell, f->since));
	*block_seen = block;
}

/* One piece further; at the end of a round the next begins. */
static inline void follower_step(struct model *m, struct follower *f)
{
	u64 block_seen = ~0ULL;
	struct attr_run run;
	u32 i;

	if (!hcb_attr_map_next(&m->map, f->from, f->since, &run)) {
		follower_has_all(m, f);
		follower_begin(m, f, f->first);
		return;
	}
	CHECK(run.first >= f->from && run.last >= run.first && run.last <= ATTR_LAST_GFN);
	f->from = run.last + 1;
	for (i = cell_of(m, run.first); i < CELLS && m->start[i] <= run.last; i++) {
		if (is_empty(m, i))
			continue;
		CHECK(m->start[i] >= run.first && m->start[i + 1] - 1 <= run.last);
		CHECK(m->attr[i] == run.attr);
		f->copy[i] = run.attr;
		follower_may_see(m, f, i, &block_seen);
	}
}

static inline void follower_finish(struct model *m, struct follower *f)
{
	u32 rounds;

	for (rounds = 0; rounds < 2; rounds += !f->from)
		follower_step(m, f);
	CHECK(f->first == m->map.generation);
	follower_has_all(m, f);
}

/* ---- one step ---- */

/* All of it, as a reader gets it. */
static inline void model_compare(const struct model *m)
{
	struct attr_run run = { .last = -1 };
	u32 i = 0;

	while (hcb_attr_map_next(&m->map, run.last + 1, 0, &run))
		for (; i < CELLS && m->start[i] <= run.last; i++)
			CHECK(is_empty(m, i) || m->attr[i] == run.attr);
	CHECK(run.last == ATTR_LAST_GFN);
}

static inline void model_check(struct model *m)
{
	struct tree_facts facts = check_tree(&m->map, m->followed);

	model_compare(m);
	heap_drain(&m->heap, &m->map, -1);
	CHECK(m->heap.nodes == facts.nodes + m->map.spares.nr_nodes);
	CHECK(m->heap.bits == facts.dense + m->map.spares.nr_bits);
}

static inline void model_step(struct model *m)
{
	switch (choose(m, 256)) {
	case 0:
		model_reset(m);
		break;
	case 1:
		model_replace(m);
		break;
	case 2:		/* the second follower starts anew, and asks the map to mind it */
		m->followers[1].follows = !choose(m, 4);
		follower_begin(m, &m->followers[1], 0);
		break;
	case 3:
		m->followers[0].follows = !choose(m, 2);
		follower_begin(m, &m->followers[0], 0);
		break;
	case 4 ... 7:
		heap_drain(&m->heap, &m->map, -1);
		break;
	case 8 ... 20:
		heap_drain(&m->heap, &m->map, 1);
		break;
	case 21 ... 60:
		follower_step(m, &m->followers[0]);
		break;
	case 61 ... 70:
		follower_step(m, &m->followers[1]);
		break;
	default:
		model_set(m);
	}
}

static inline void model_end(struct model *m)
{
	model_check(m);
	follower_finish(m, &m->followers[0]);
	follower_finish(m, &m->followers[1]);
	heap_map_end(&m->heap, &m->map);
}

#endif /* TESTS_UNIT_GPA_MODEL_H */
