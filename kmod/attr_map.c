// SPDX-License-Identifier: GPL-2.0-only
/*
 * See attr_map.h.
 *
 * A change happens in three steps: what of it lies in dense blocks at its two
 * ends is done there; the rest, which now begins and ends on runs of one
 * attribute, replaces what it covers and the neighbours that are equal; then
 * blocks at the two ends become dense if they are crowded.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif
#include "attr_bits.h"
#include "attr_map.h"
#include "attr_tree.h"

struct attr_node *hcb_attr_map_take_dropped(struct attr_map *map)
{
	struct attr_node *node = map->dropped;

	if (node)
		map->dropped = hcb_attr_tree_merge(node->left, node->right);
	return node;
}

/* Add @tree to the dropped ones. They are in no order, so any two trees merge. */
static void drop(struct attr_map *map, struct attr_node *tree)
{
	map->dropped = hcb_attr_tree_merge(map->dropped, tree);
}

/* xorshift64* (Marsaglia 2003, Vigna 2014). */
static u32 next_priority(struct attr_map *map)
{
	map->random ^= map->random >> 12;
	map->random ^= map->random << 25;
	map->random ^= map->random >> 27;
	return map->random * 0x2545F4914F6CDD1DULL >> 32;
}

static void node_init(struct attr_map *map, struct attr_node *node, u64 first, u64 last,
		      hcbpf_gpa_attr_t attr, u64 generation)
{
	memset(node, 0, sizeof(*node));
	node->first = first;
	node->last = last;
	node->attr[0] = attr;
	node->generation = generation;
	node->newest = generation;
	node->priority = next_priority(map);
}

/* ---- runs ---- */

void hcb_attr_map_init(struct attr_map *map, struct attr_node *node, hcbpf_gpa_attr_t attr,
		       u64 generation, u64 random)
{
	memset(map, 0, sizeof(*map));
	map->random = random | 1;
	map->default_attr = attr;
	map->followed = map->followed_since = ATTR_NOT_FOLLOWED;
	map->hot = ATTR_NO_BLOCK;
	map->most_runs = ATTR_BLOCK_PAGES;
	map->generation = generation;
	node_init(map, node, 0, ATTR_LAST_GFN, attr, generation);
	map->root = node;
}

/*
 * Make @first..@last one run in place of whatever is there; runs that reach
 * beyond are cut. No dense block may lie across an end. Returns the run.
 */
static struct attr_node *put(struct attr_map *map, u64 first, u64 last, hcbpf_gpa_attr_t attr,
			     u64 generation)
{
	struct attr_node *below, *within, *above, *cut, *node, *tail = NULL;

	hcb_attr_tree_split(map->root, first, &below, &above);
	hcb_attr_tree_split(above, last + 1, &within, &above);

	/* The last run that begins before or within the range may reach out of it. */
	cut = within ? hcb_attr_tree_last(within) : hcb_attr_tree_last(below);
	if (cut && cut->last > last) {
		tail = hcb_attr_spares_take_node(&map->spares);
		node_init(map, tail, last + 1, cut->last, cut->attr[0], cut->generation);
	}
	cut = hcb_attr_tree_last(below);
	if (cut && cut->last >= first)
		cut->last = first - 1;

	node = within;
	if (node) {
		drop(map, hcb_attr_tree_merge(node->left, node->right));
		if (node->bits)
			hcb_attr_spares_add_bits(&map->spares, node->bits);
	} else {
		node = hcb_attr_spares_take_node(&map->spares);
	}
	node_init(map, node, first, last, attr, generation);
	map->root = hcb_attr_tree_merge(hcb_attr_tree_merge(below, node),
					hcb_attr_tree_merge(tail, above));
	return node;
}

/* Old to a follower, new in its round, or new after it: these stay separate. */
static int age(const struct attr_map *map, u64 generation)
{
	return (generation > map->followed_since) + (generation > map->followed);
}

/* Make one run of the two that meet before @gfn, if they are alike. */
static void join(struct attr_map *map, u64 gfn)
{
	struct attr_node *below, *above;

	if (!gfn || gfn > ATTR_LAST_GFN)
		return;
	above = hcb_attr_tree_find(map->root, gfn);
	if (above->first != gfn || above->bits)
		return;
	below = hcb_attr_tree_find(map->root, gfn - 1);
	if (below->bits || below->attr[0] != above->attr[0] ||
	    age(map, below->generation) != age(map, above->generation))
		return;
	put(map, below->first, above->last, below->attr[0],
	    below->generation > above->generation ? below->generation : above->generation);
}

/* ---- dense blocks ---- */

/* Which of the two words of a dense block @attr is; -1: neither. */
static int word_of(const struct attr_node *node, hcbpf_gpa_attr_t attr)
{
	if (attr == node->attr[0])
		return 0;
	return attr == node->attr[1] ? 1 : -1;
}

/* Turn a dense block back into runs. */
static void thin_out(struct attr_map *map, struct attr_node *node)
{
	struct attr_bits *bits = node->bits;
	hcbpf_gpa_attr_t attr[2] = { node->attr[0], node->attr[1] };
	u64 block = node->first, generation = node->generation;
	u32 page, last;

	node->bits = NULL;
	node->attr[0] = attr[hcb_attr_bits_get(bits, 0)];
	for (page = hcb_attr_bits_run_end(bits, 0) + 1; page < ATTR_BLOCK_PAGES; page = last + 1) {
		last = hcb_attr_bits_run_end(bits, page);
		put(map, block + page, block + last, attr[hcb_attr_bits_get(bits, page)],
		    generation);
	}
	hcb_attr_spares_add_bits(&map->spares, bits);
	join(map, block);
	join(map, block + ATTR_BLOCK_PAGES);
}

/* Set pages of a dense block to one of its two words. */
static void dense_set(struct attr_map *map, struct attr_node *node, u64 first, u64 last, bool word)
{
	hcb_attr_bits_set(node->bits, first - node->first, last - node->first, word);
	node->generation = map->generation;
	hcb_attr_tree_touch(map->root, first, map->generation);
	if (node->first != map->hot && hcb_attr_bits_runs(node->bits, 3) < 3)
		thin_out(map, node);
}

/*
 * A guest that flips a page back and forth must not have its block converted
 * each time: after two small changes in a row in one block it is dense as soon as
 * it can be, and stays so until the next small change is elsewhere.
 */
static void move_hot(struct attr_map *map, u64 block)
{
	struct attr_node *node = hcb_attr_tree_find(map->root, map->hot);

	map->hot = block;
	if (node && node->bits && hcb_attr_bits_runs(node->bits, 3) < 3)
		thin_out(map, node);
}

/* The runs that meet in a block: how many begin inside, which words, the newest change. */
struct block_runs {
	u32 cuts;
	u32 nr_words;		/* 3: more than two, which no dense block can hold */
	hcbpf_gpa_attr_t word[2];
	u64 generation;
};

static void block_add_word(struct block_runs *runs, hcbpf_gpa_attr_t attr)
{
	u32 i;

	for (i = 0; i < runs->nr_words; i++)
		if (runs->word[i] == attr)
			return;
	if (runs->nr_words < 2)
		runs->word[runs->nr_words] = attr;
	runs->nr_words++;
}

/* False: the block is dense, cannot be, has no more than a few runs, or very many. */
static bool is_crowded(const struct attr_map *map, u64 block, struct block_runs *runs)
{
	u64 gfn = block;

	memset(runs, 0, sizeof(*runs));
	while (gfn < block + ATTR_BLOCK_PAGES) {
		const struct attr_node *node = hcb_attr_tree_find(map->root, gfn);

		if (node->bits)
			return false;
		if (node->first > block)
			runs->cuts++;
		if (node->generation > runs->generation)
			runs->generation = node->generation;
		block_add_word(runs, node->attr[0]);
		if (runs->nr_words > 2 || runs->cuts > map->most_runs)
			return false;
		gfn = node->last + 1;
	}
	return runs->cuts > ATTR_MAX_CUTS || (block == map->hot && runs->nr_words == 2);
}

/* Make a crowded block dense, or one run where only followers keep it apart. */
static void thicken(struct attr_map *map, u64 block)
{
	struct block_runs runs;
	struct attr_bits *bits;
	struct attr_node *node;
	u64 gfn, last;

	if (!is_crowded(map, block, &runs))
		return;
	if (runs.nr_words == 1) {
		put(map, block, block + ATTR_BLOCK_PAGES - 1, runs.word[0], runs.generation);
		join(map, block);
		join(map, block + ATTR_BLOCK_PAGES);
		return;
	}
	bits = hcb_attr_spares_take_bits(&map->spares);
	memset(bits, 0, sizeof(*bits));
	for (gfn = block; gfn < block + ATTR_BLOCK_PAGES; gfn = last + 1) {
		node = hcb_attr_tree_find(map->root, gfn);
		last = node->last;
		if (last > block + ATTR_BLOCK_PAGES - 1)
			last = block + ATTR_BLOCK_PAGES - 1;
		if (node->attr[0] == runs.word[1])
			hcb_attr_bits_set(bits, gfn - block, last - block, true);
	}
	node = put(map, block, block + ATTR_BLOCK_PAGES - 1, runs.word[0], runs.generation);
	node->attr[1] = runs.word[1];
	node->bits = bits;
}

/* ---- changes ---- */

static u64 block_of(u64 gfn)
{
	return gfn & ~(u64)(ATTR_BLOCK_PAGES - 1);
}

static bool has_already(const struct attr_node *node, u64 first, u64 last, hcbpf_gpa_attr_t attr)
{
	u32 page = first - node->first;

	if (last > node->last)
		return false;
	if (!node->bits)
		return node->attr[0] == attr;
	return node->attr[hcb_attr_bits_get(node->bits, page)] == attr &&
	       hcb_attr_bits_run_end(node->bits, page) >= last - node->first;
}

/*
 * Of a change with an end in @node: if that is a dense block, do what lies in it.
 * False: nothing is done. A change of the whole block replaces it.
 */
static bool set_in_block(struct attr_map *map, struct attr_node *node, u64 first, u64 last,
			 hcbpf_gpa_attr_t attr)
{
	int word;

	if (!node->bits || (first <= node->first && last >= node->last))
		return false;
	word = word_of(node, attr);
	if (word < 0) {
		thin_out(map, node);
		return false;
	}
	dense_set(map, node, first > node->first ? first : node->first,
		  last < node->last ? last : node->last, word);
	return true;
}

/* Does a change begin inside a block, or end inside another? The rest is whole blocks. */
static bool begins_inside(u64 first)
{
	return first != block_of(first);
}

static bool ends_inside(u64 first, u64 last)
{
	if (begins_inside(first) && block_of(first) == block_of(last))
		return false;
	return last + 1 != block_of(last + 1);
}

/* Can the run of a change with @attr take in this neighbour of it? */
static bool is_alike(const struct attr_map *map, const struct attr_node *node,
		     hcbpf_gpa_attr_t attr)
{
	return !node->bits && node->attr[0] == attr &&
	       age(map, node->generation) == age(map, map->generation);
}

/* Where a change begins: the node there, and those next to it. */
struct place {
	struct attr_node *node, *below, *above;
};

static struct place place_of(const struct attr_map *map, u64 gfn)
{
	struct place place;

	place.node = hcb_attr_tree_find_among(map->root, gfn, &place.below, &place.above);
	return place;
}

static struct attr_node *neighbour_above(const struct attr_map *map, const struct place *place,
					 u64 last)
{
	if (place->node->last == last)
		return place->above;
	return place->node->last > last ? place->node : hcb_attr_tree_find(map->root, last + 1);
}

/*
 * One run of @first..@last and of the neighbours that are alike; @place is that of
 * @first. A guest that flips a large range back and forth may find it there already.
 */
static void put_change(struct attr_map *map, const struct place *place, u64 first, u64 last,
		       hcbpf_gpa_attr_t attr)
{
	struct attr_node *node = place->node, *below, *above;
	u64 from = first, to = last;

	below = node->first < first ? node : place->below;
	if (below && is_alike(map, below, attr))
		from = below->first;
	above = neighbour_above(map, place, last);
	if (above && is_alike(map, above, attr))
		to = above->last;
	if (node->first == from && node->last == to && !node->bits) {
		node->attr[0] = attr;
		node->generation = map->generation;
		hcb_attr_tree_touch(map->root, first, map->generation);
	} else {
		put(map, from, to, attr, map->generation);
	}
	if (begins_inside(first))
		thicken(map, block_of(first));
	if (ends_inside(first, last))
		thicken(map, block_of(last));
}

int hcb_attr_map_set_in_place(struct attr_map *map, u64 first, u64 last, hcbpf_gpa_attr_t attr)
{
	struct attr_node *node;
	int word;

	if (block_of(first) != map->hot || block_of(last) != map->hot)
		return -1;
	/* It nearly always becomes a change, and a bound may be too high. */
	node = hcb_attr_tree_touch(map->root, first, map->generation + 1);
	if (!node->bits)
		return -1;
	word = word_of(node, attr);
	if (word < 0)
		return -1;
	if (has_already(node, first, last, attr))
		return 0;
	hcb_attr_bits_set(node->bits, first - node->first, last - node->first, word);
	node->generation = ++map->generation;
	return 1;
}

bool hcb_attr_map_set(struct attr_map *map, u64 first, u64 last, hcbpf_gpa_attr_t attr)
{
	struct place place = place_of(map, first);
	u64 from = first, to = last;

	if (has_already(place.node, first, last, attr))
		return false;
	map->generation++;
	if (set_in_block(map, place.node, first, last, attr))
		from = block_of(first) + ATTR_BLOCK_PAGES;
	if (from <= to && ends_inside(first, last) &&
	    set_in_block(map, hcb_attr_tree_find(map->root, last), first, last, attr))
		to = block_of(last) - 1;
	if (begins_inside(first) || ends_inside(first, last))
		place = place_of(map, from);	/* the block at an end has changed */
	if (from <= to)
		put_change(map, &place, from, to, attr);
	if (block_of(first) == block_of(last) && block_of(first) != map->hot)
		move_hot(map, block_of(first));
	return true;
}

void hcb_attr_map_reset(struct attr_map *map)
{
	struct attr_node *node = hcb_attr_spares_take_node(&map->spares);

	drop(map, map->root);
	node_init(map, node, 0, ATTR_LAST_GFN, map->default_attr, ++map->generation);
	map->root = node;
}

bool hcb_attr_map_begin_with(struct attr_map *map, hcbpf_gpa_attr_t attr)
{
	if (map->generation != ATTR_FIRST_GENERATION)
		return false;
	map->default_attr = attr;
	node_init(map, map->root, 0, ATTR_LAST_GFN, attr, ++map->generation);
	return true;
}

void hcb_attr_map_drop_all(struct attr_map *map)
{
	drop(map, map->root);
	map->root = NULL;
}

/* All memory of @with but its tree. */
static void take_over(struct attr_map *map, struct attr_map *with)
{
	struct attr_node *node;
	struct attr_bits *bits;

	while ((node = hcb_attr_spares_take_node(&with->spares)))
		hcb_attr_spares_add_node(&map->spares, node);
	while ((bits = hcb_attr_spares_take_bits(&with->spares)))
		hcb_attr_spares_add_bits(&map->spares, bits);
	drop(map, with->dropped);
	with->dropped = NULL;
}

void hcb_attr_map_replace(struct attr_map *map, struct attr_map *with)
{
	hcb_attr_map_drop_all(map);
	map->root = with->root;
	map->generation = with->generation;
	map->default_attr = with->default_attr;
	map->hot = with->hot;
	with->root = NULL;
	take_over(map, with);
}

void hcb_attr_map_discard(struct attr_map *map, struct attr_map *with)
{
	drop(map, with->root);
	with->root = NULL;
	take_over(map, with);
}

/*
 * Two for the put(), one for what may become of the block at each end; where there
 * is only one block, one for move_hot().
 */
#define NODES_OF_A_CHANGE 4
#define BITS_OF_A_CHANGE 2

/* What thin_out() of the block at one end takes, if a third word comes into it. */
static u32 nodes_to_thin_out(const struct attr_map *map, u64 first, u64 last, u64 gfn,
			     hcbpf_gpa_attr_t attr)
{
	const struct attr_node *node = hcb_attr_tree_find(map->root, gfn);

	if (!node->bits || word_of(node, attr) >= 0 ||
	    (first <= node->first && last >= node->last))
		return 0;
	return hcb_attr_bits_runs(node->bits, map->most_runs + 1);
}

struct attr_need hcb_attr_need_for(u32 runs)
{
	return (struct attr_need) { .nodes = NODES_OF_A_CHANGE + runs, .bits = BITS_OF_A_CHANGE };
}

struct attr_need hcb_attr_map_need(const struct attr_map *map, u64 first, u64 last,
				   hcbpf_gpa_attr_t attr)
{
	u32 runs = 0;

	/* One that begins with the change, and does not reach beyond, is replaced. */
	if (begins_inside(first) || block_of(first) == block_of(last))
		runs += nodes_to_thin_out(map, first, last, first, attr);
	if (block_of(first) != block_of(last) && ends_inside(first, last))
		runs += nodes_to_thin_out(map, first, last, last, attr);
	return hcb_attr_need_for(runs);
}

/* ---- reading ---- */

void hcb_attr_map_follow(struct attr_map *map, u64 since)
{
	map->followed_since = since ? since : map->generation;
	map->followed = map->generation;
}

hcbpf_gpa_attr_t hcb_attr_map_get(const struct attr_map *map, u64 gfn)
{
	const struct attr_node *node = hcb_attr_tree_find(map->root, gfn);

	return node->attr[node->bits ? hcb_attr_bits_get(node->bits, gfn - node->first) : 0];
}

bool hcb_attr_map_next(const struct attr_map *map, u64 from, u64 since, struct attr_run *run)
{
	const struct attr_node *node = hcb_attr_tree_changed(map->root, from, since);
	u32 page;

	if (!node)
		return false;
	run->first = from > node->first ? from : node->first;
	run->last = node->last;
	run->attr = node->attr[0];
	if (node->bits) {
		page = run->first - node->first;
		run->attr = node->attr[hcb_attr_bits_get(node->bits, page)];
		run->last = node->first + hcb_attr_bits_run_end(node->bits, page);
	}
	return true;
}
