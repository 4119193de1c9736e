// SPDX-License-Identifier: GPL-2.0-only
/*
 * One change of a VM's page attributes, and the memory that it takes.
 *
 * Memory is allocated without the lock, and meanwhile others change the map: they
 * take its spares, and what this change needs may grow. So what is allocated for a
 * change stays its own until it has the lock, and if that does not do, the last time
 * is for the most that any change may take. Whatever runs beside it, a change allocates
 * three times at most, and no more than that.
 */
#include <linux/slab.h>
#include "page_attrs.h"

/* 0 or -ENOMEM: then what there is stays, and is the caller's to free. */
static int fill(struct gpa_spares *own, const struct gpa_need *need, gfp_t gfp)
{
	struct gpa_node *node;
	struct gpa_bits *bits;

	while (own->nr_nodes < need->nodes) {
		node = kmalloc(sizeof(*node), gfp);
		if (!node)
			return -ENOMEM;
		gpa_spares_add_node(own, node);
	}
	while (own->nr_bits < need->bits) {
		bits = kmalloc(sizeof(*bits), gfp);
		if (!bits)
			return -ENOMEM;
		gpa_spares_add_bits(own, bits);
	}
	return 0;
}

static void release(struct gpa_spares *own)
{
	while (own->nr_nodes)
		kfree(gpa_spares_take_node(own));
	while (own->nr_bits)
		kfree(gpa_spares_take_bits(own));
}

static bool suffices(const struct gpa_map *map, const struct gpa_spares *own,
		     const struct gpa_need *need)
{
	return map->spares.nr_nodes + own->nr_nodes >= need->nodes &&
	       map->spares.nr_bits + own->nr_bits >= need->bits;
}

/* What @map lacks, from what suffices. With the lock held. */
static void lend(struct gpa *gpa, struct gpa_map *map, struct gpa_spares *own,
		 const struct gpa_need *need)
{
	for (; map->spares.nr_nodes < need->nodes; gpa->nodes++)
		gpa_spares_add_node(&map->spares, gpa_spares_take_node(own));
	for (; map->spares.nr_bits < need->bits; gpa->bits++)
		gpa_spares_add_bits(&map->spares, gpa_spares_take_bits(own));
}

/* What is more than an ordinary change takes: to be freed without the lock, which is held. */
static void take_back(struct gpa *gpa, struct gpa_spares *own)
{
	struct gpa_map *map = &gpa->map;

	for (; map->spares.nr_nodes > GPA_SPARE_NODES; gpa->nodes--)
		gpa_spares_add_node(own, gpa_spares_take_node(&map->spares));
	for (; map->spares.nr_bits > GPA_SPARE_BITS; gpa->bits--)
		gpa_spares_add_bits(own, gpa_spares_take_bits(&map->spares));
}

/* What is not there, of what is needed. */
static struct gpa_need missing(const struct gpa_map *map, const struct gpa_need *need)
{
	return (struct gpa_need) {
		.nodes = need->nodes - min(need->nodes, map->spares.nr_nodes),
		.bits = need->bits - min(need->bits, map->spares.nr_bits),
	};
}

static bool is_too_much(const struct gpa_map *map, const struct gpa_need *need)
{
	return need->nodes > gpa_need_for(map->most_runs).nodes;
}

/*
 * 0 with the lock held, and all spares that the change may take. First what the map
 * lacks; if somebody takes what it has, all that is needed; if that becomes more, the most.
 */
static int lock_with_spares(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr, gfp_t gfp,
			    struct gpa_spares *own)
{
	const struct gpa_need most = gpa_need_for(gpa->map.most_runs);
	struct gpa_need need, wanted;
	int tries;

	for (tries = 0;; tries++) {
		spin_lock(&gpa->lock);
		need = gpa_map_need(&gpa->map, first, last, attr);
		if (likely(!is_too_much(&gpa->map, &need)) && likely(suffices(&gpa->map, own, &need)))
			break;
		wanted = tries ? need : missing(&gpa->map, &need);
		spin_unlock(&gpa->lock);
		if (is_too_much(&gpa->map, &need))
			return -ENOSPC;
		if (fill(own, tries < 2 ? &wanted : &most, gfp))
			return -ENOMEM;
	}
	lend(gpa, &gpa->map, own, &need);
	return 0;
}

/* With the lock held, and all spares that it may take. */
static __always_inline void change(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr,
				   struct gpa_spares *own)
{
	bool changed = gpa_map_set(&gpa->map, first, last, attr);

	if (own)
		take_back(gpa, own);
	if (changed) {
		gpa_clean_up(gpa);
		gpa_announce(gpa);
	}
}

static noinline int set_with_own_spares(struct gpa *gpa, u64 first, u64 last,
					hcbpf_gpa_attr_t attr, gfp_t gfp)
{
	struct gpa_spares own = {};
	int err = lock_with_spares(gpa, first, last, attr, gfp, &own);

	if (!err) {
		change(gpa, first, last, attr, &own);
		spin_unlock(&gpa->lock);
	}
	release(&own);
	return err;
}

/* Nearly always the map has enough. Out of line: gpa_set() is to be short. */
static noinline int set_with_spares(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr,
				    gfp_t gfp)
{
	const struct gpa_spares *spares = &gpa->map.spares;
	struct gpa_need need;

	spin_lock(&gpa->lock);
	need = gpa_map_need(&gpa->map, first, last, attr);
	if (likely(spares->nr_nodes >= need.nodes && spares->nr_bits >= need.bits)) {
		change(gpa, first, last, attr, NULL);
		spin_unlock(&gpa->lock);
		return 0;
	}
	spin_unlock(&gpa->lock);
	return set_with_own_spares(gpa, first, last, attr, gfp);
}

int gpa_set(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr, gfp_t gfp)
{
	int changed;

	spin_lock(&gpa->lock);
	changed = gpa_map_set_in_place(&gpa->map, first, last, attr);
	if (changed > 0 && (gpa->page || !list_empty(&gpa->notifiers)))
		gpa_announce(gpa);
	spin_unlock(&gpa->lock);
	return changed < 0 ? set_with_spares(gpa, first, last, attr, gfp) : 0;
}

int gpa_reset(struct gpa *gpa)
{
	static const struct gpa_need need = { .nodes = 1 };
	struct gpa_spares own = {};
	int err = fill(&own, &need, GFP_KERNEL_ACCOUNT);

	if (!err) {
		spin_lock(&gpa->lock);
		lend(gpa, &gpa->map, &own, &need);
		gpa_map_reset(&gpa->map);
		gpa_clean_up(gpa);
		gpa_announce(gpa);
		spin_unlock(&gpa->lock);
	}
	release(&own);
	return err;
}

int gpa_add_spares(struct gpa *gpa, struct gpa_map *map, const struct gpa_need *need)
{
	struct gpa_need wanted = missing(map, need);
	struct gpa_spares own = {};
	int err = fill(&own, &wanted, GFP_KERNEL_ACCOUNT);

	if (!err) {
		spin_lock(&gpa->lock);
		lend(gpa, map, &own, need);
		spin_unlock(&gpa->lock);
	}
	release(&own);
	return err;
}
