/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map from every guest page frame (gfn) to an attribute word. Pure logic: it is
 * compiled in userspace too, for tests and a fuzzer.
 *
 * The address space is cut into *runs* without gaps, each with one attribute
 * word. They are kept in a tree (attr_tree.c), so that a change costs the
 * logarithm of their number, however many pages it covers: it takes all between
 * its ends out as one subtree and puts one run there. Neighbours that are alike
 * become one.
 *
 * Where runs are short, a *block* of ATTR_BLOCK_PAGES pages becomes one dense
 * node with a bit for each page, which chooses between two words (attr_bits.h).
 * That bounds the memory: at most ATTR_MAX_CUTS runs begin inside a block
 * without bits, so 1,024 pages never take more than 192 bytes, unless more than
 * two words meet in them, or met there when runs were more than a change may take in.
 *
 * The caller serialises everything. Nothing in here allocates: a change takes
 * its nodes from the map's spares, which the caller has filled up to what
 * hcb_attr_map_need() says, so a change that has begun cannot fail. What it leaves
 * over is in map->dropped, for the caller to free when it likes.
 */
#ifndef HCBPF_KMOD_ATTR_MAP_H
#define HCBPF_KMOD_ATTR_MAP_H

#include <linux/types.h>
#include <hcbpf/gpa.h>

#define ATTR_BLOCK_SHIFT 10
#define ATTR_BLOCK_PAGES (1U << ATTR_BLOCK_SHIFT)
#define ATTR_MAX_CUTS 2
#define ATTR_MAX_RUNS 32	/* that a dense block becomes, or that become one, under a lock */
#define ATTR_LAST_GFN (HCBPF_GPA_FRAMES - 1)
#define ATTR_FIRST_GENERATION 1	/* of a VM's map; any change has a later one */
#define ATTR_NOT_FOLLOWED (~0ULL)
#define ATTR_NO_BLOCK (~0ULL)

struct attr_bits {
	u64 word[ATTR_BLOCK_PAGES / 64];
};

struct attr_node {
	struct attr_node *left, *right;
	u64 first, last;		/* gfns, both inclusive */
	u64 generation;			/* of the last change */
	u64 newest;			/* nothing in this subtree changed after that */
	struct attr_bits *bits;		/* NULL: all pages have attr[0] */
	u32 priority;
	hcbpf_gpa_attr_t attr[2];
};

/* Memory for changes to come. */
struct attr_spares {
	struct attr_node *nodes;		/* linked by left */
	struct attr_bits *bits;		/* linked by word[0] */
	u32 nr_nodes, nr_bits;
};

struct attr_map {
	struct attr_node *root;
	struct attr_node *dropped;	/* a tree of nodes to be freed, in no order */
	struct attr_spares spares;
	u64 generation;
	u64 followed, followed_since;	/* see hcb_attr_map_follow() */
	u64 hot;			/* the block of the last change that lay in one block */
	u64 random;			/* state of priorities: no guest may guess them */
	u32 most_runs;			/* that one change may split up, or make a dense block */
	hcbpf_gpa_attr_t default_attr;
};

/* What one change may take. */
struct attr_need {
	u32 nodes;
	u32 bits;
};

/* A piece of the address space, as readers see it. */
struct attr_run {
	u64 first, last;
	hcbpf_gpa_attr_t attr;
};

/*
 * All pages have @attr since @generation, which is not 0: that is older than all,
 * for readers. @node becomes the map's; @random from a good source. Changes may take
 * whole blocks apart, until most_runs is set.
 */
void hcb_attr_map_init(struct attr_map *map, struct attr_node *node, hcbpf_gpa_attr_t attr,
		       u64 generation, u64 random);

static inline void hcb_attr_spares_add_node(struct attr_spares *spares, struct attr_node *node)
{
	node->left = spares->nodes;
	spares->nodes = node;
	spares->nr_nodes++;
}

static inline void hcb_attr_spares_add_bits(struct attr_spares *spares, struct attr_bits *bits)
{
	bits->word[0] = (unsigned long)spares->bits;
	spares->bits = bits;
	spares->nr_bits++;
}

/* NULL: none is left. */
static inline struct attr_node *hcb_attr_spares_take_node(struct attr_spares *spares)
{
	struct attr_node *node = spares->nodes;

	if (node) {
		spares->nodes = node->left;
		spares->nr_nodes--;
	}
	return node;
}

static inline struct attr_bits *hcb_attr_spares_take_bits(struct attr_spares *spares)
{
	struct attr_bits *bits = spares->bits;

	if (bits) {
		spares->bits = (void *)(unsigned long)bits->word[0];
		spares->nr_bits--;
	}
	return bits;
}

/*
 * What hcb_attr_map_set() with the same arguments may take. Nodes that were dropped can serve
 * again. More than hcb_attr_need_for(map->most_runs): it would take more apart than it may.
 */
struct attr_need hcb_attr_map_need(const struct attr_map *map, u64 first, u64 last,
				   hcbpf_gpa_attr_t attr);
/* Of a change that takes @runs runs apart. */
struct attr_need hcb_attr_need_for(u32 runs);

/* Give the gfns @first..@last their attribute. False: they had it already. */
bool hcb_attr_map_set(struct attr_map *map, u64 first, u64 last, hcbpf_gpa_attr_t attr);

/*
 * The same where it takes nothing and is done in few instructions: for guests that
 * flip pages of one block again and again. 1: changed; 0: they had it already; -1:
 * it is not that simple.
 */
int hcb_attr_map_set_in_place(struct attr_map *map, u64 first, u64 last, hcbpf_gpa_attr_t attr);

/* Of a map that was never changed: what its pages have. False: it was. */
bool hcb_attr_map_begin_with(struct attr_map *map, hcbpf_gpa_attr_t attr);

/* All pages get the default; takes one node. */
void hcb_attr_map_reset(struct attr_map *map);

/*
 * @map becomes what @with is, a map whose generations are all later; or @map
 * stays. In both cases it takes ownership of all memory of @with.
 */
void hcb_attr_map_replace(struct attr_map *map, struct attr_map *with);
void hcb_attr_map_discard(struct attr_map *map, struct attr_map *with);

/* The end of a map: all of it is dropped, but for the spares. */
void hcb_attr_map_drop_all(struct attr_map *map);

/*
 * A follower begins a round, in which it reads what changed after @since; in the
 * next it will read what changes from now on. Until then, runs that are alike
 * stay apart if one is new to it and the other is not, so that it does not get
 * the old one again.
 */
void hcb_attr_map_follow(struct attr_map *map, u64 since);

/* The attribute of one gfn. */
hcbpf_gpa_attr_t hcb_attr_map_get(const struct attr_map *map, u64 gfn);

/*
 * The first piece at or after @from that changed after generation @since (may
 * have changed: never less). False: no more. @from may lie in the middle of it.
 */
bool hcb_attr_map_next(const struct attr_map *map, u64 from, u64 since, struct attr_run *run);

/* One node out of map->dropped, with or without bits, or NULL. */
struct attr_node *hcb_attr_map_take_dropped(struct attr_map *map);

#endif /* HCBPF_KMOD_ATTR_MAP_H */
