// SPDX-License-Identifier: GPL-2.0-only
/*
 * One change of a VM's page attributes, and the memory that it takes.
 *
 * Memory is allocated without the lock, and meanwhile others change the map: they
 * take its spares, and what this change needs may grow. So what is allocated for a
 * change stays its own until it has the lock, and if that is not enough, the last time
 * is for the most that any change may take. Whatever runs beside it, a change allocates
 * three times at most, and no more than that.
 */
#include <linux/slab.h>
#include "page_attrs.h"

/* 0 or -ENOMEM: then what there is stays, and is the caller's to free. */
static int fill(struct attr_spares *own, const struct attr_need *need, gfp_t gfp)
{
	struct attr_node *node;
	struct attr_bits *bits;

	while (own->nr_nodes < need->nodes) {
		node = kmalloc(sizeof(*node), gfp);
		if (!node)
			return -ENOMEM;
		hcb_attr_spares_add_node(own, node);
	}
	while (own->nr_bits < need->bits) {
		bits = kmalloc(sizeof(*bits), gfp);
		if (!bits)
			return -ENOMEM;
		hcb_attr_spares_add_bits(own, bits);
	}
	return 0;
}

static void release(struct attr_spares *own)
{
	while (own->nr_nodes)
		kfree(hcb_attr_spares_take_node(own));
	while (own->nr_bits)
		kfree(hcb_attr_spares_take_bits(own));
}

static bool suffices(const struct attr_map *map, const struct attr_spares *own,
		     const struct attr_need *need)
{
	return map->spares.nr_nodes + own->nr_nodes >= need->nodes &&
	       map->spares.nr_bits + own->nr_bits >= need->bits;
}

/* What @map lacks, from what suffices. With the lock held. */
static void lend(struct page_attrs *attrs, struct attr_map *map, struct attr_spares *own,
		 const struct attr_need *need)
{
	for (; map->spares.nr_nodes < need->nodes; attrs->nodes++)
		hcb_attr_spares_add_node(&map->spares, hcb_attr_spares_take_node(own));
	for (; map->spares.nr_bits < need->bits; attrs->bits++)
		hcb_attr_spares_add_bits(&map->spares, hcb_attr_spares_take_bits(own));
}

/* What is more than an ordinary change takes: to be freed without the lock, which is held. */
static void take_back(struct page_attrs *attrs, struct attr_spares *own)
{
	struct attr_map *map = &attrs->map;

	for (; map->spares.nr_nodes > ATTR_SPARE_NODES; attrs->nodes--)
		hcb_attr_spares_add_node(own, hcb_attr_spares_take_node(&map->spares));
	for (; map->spares.nr_bits > ATTR_SPARE_BITS; attrs->bits--)
		hcb_attr_spares_add_bits(own, hcb_attr_spares_take_bits(&map->spares));
}

/* What is missing of what is needed. */
static struct attr_need missing(const struct attr_map *map, const struct attr_need *need)
{
	return (struct attr_need) {
		.nodes = need->nodes - min(need->nodes, map->spares.nr_nodes),
		.bits = need->bits - min(need->bits, map->spares.nr_bits),
	};
}

static bool is_too_much(const struct attr_map *map, const struct attr_need *need)
{
	return need->nodes > hcb_attr_need_for(map->most_runs).nodes;
}

/*
 * 0 with the lock held, and all spares that the change may take. First what the map
 * lacks; if somebody takes what it has, all that is needed; if that becomes more, the most.
 */
static int lock_with_spares(struct page_attrs *attrs, u64 first, u64 last, hcbpf_gpa_attr_t attr,
			    gfp_t gfp, struct attr_spares *own)
{
	const struct attr_need most = hcb_attr_need_for(attrs->map.most_runs);
	struct attr_need need, wanted;
	int tries;

	for (tries = 0;; tries++) {
		spin_lock(&attrs->lock);
		need = hcb_attr_map_need(&attrs->map, first, last, attr);
		if (likely(!is_too_much(&attrs->map, &need)) &&
		    likely(suffices(&attrs->map, own, &need)))
			break;
		wanted = tries ? need : missing(&attrs->map, &need);
		spin_unlock(&attrs->lock);
		if (is_too_much(&attrs->map, &need))
			return -ENOSPC;
		if (fill(own, tries < 2 ? &wanted : &most, gfp))
			return -ENOMEM;
	}
	lend(attrs, &attrs->map, own, &need);
	return 0;
}

/* With the lock held, and all spares that it may take. */
static __always_inline void change(struct page_attrs *attrs, u64 first, u64 last,
				   hcbpf_gpa_attr_t attr, struct attr_spares *own)
{
	bool changed = hcb_attr_map_set(&attrs->map, first, last, attr);

	if (own)
		take_back(attrs, own);
	if (changed) {
		hcb_page_attrs_clean_up(attrs);
		hcb_page_attrs_announce(attrs);
	}
}

static noinline int set_with_own_spares(struct page_attrs *attrs, u64 first, u64 last,
					hcbpf_gpa_attr_t attr, gfp_t gfp)
{
	struct attr_spares own = {};
	int err = lock_with_spares(attrs, first, last, attr, gfp, &own);

	if (!err) {
		change(attrs, first, last, attr, &own);
		spin_unlock(&attrs->lock);
	}
	release(&own);
	return err;
}

/* Nearly always the map has enough. Out of line: hcb_page_attrs_set() is to be short. */
static noinline int set_with_spares(struct page_attrs *attrs, u64 first, u64 last,
				    hcbpf_gpa_attr_t attr, gfp_t gfp)
{
	const struct attr_spares *spares = &attrs->map.spares;
	struct attr_need need;

	spin_lock(&attrs->lock);
	need = hcb_attr_map_need(&attrs->map, first, last, attr);
	if (likely(spares->nr_nodes >= need.nodes && spares->nr_bits >= need.bits)) {
		change(attrs, first, last, attr, NULL);
		spin_unlock(&attrs->lock);
		return 0;
	}
	spin_unlock(&attrs->lock);
	return set_with_own_spares(attrs, first, last, attr, gfp);
}

int hcb_page_attrs_set(struct page_attrs *attrs, u64 first, u64 last, hcbpf_gpa_attr_t attr,
		       gfp_t gfp)
{
	int changed;

	spin_lock(&attrs->lock);
	changed = hcb_attr_map_set_in_place(&attrs->map, first, last, attr);
	if (changed > 0 && (attrs->page || !list_empty(&attrs->notifiers)))
		hcb_page_attrs_announce(attrs);
	spin_unlock(&attrs->lock);
	return changed < 0 ? set_with_spares(attrs, first, last, attr, gfp) : 0;
}

int hcb_page_attrs_reset(struct page_attrs *attrs)
{
	static const struct attr_need need = { .nodes = 1 };
	struct attr_spares own = {};
	int err = fill(&own, &need, GFP_KERNEL_ACCOUNT);

	if (!err) {
		spin_lock(&attrs->lock);
		lend(attrs, &attrs->map, &own, &need);
		hcb_attr_map_reset(&attrs->map);
		hcb_page_attrs_clean_up(attrs);
		hcb_page_attrs_announce(attrs);
		spin_unlock(&attrs->lock);
	}
	release(&own);
	return err;
}

int hcb_page_attrs_add_spares(struct page_attrs *attrs, struct attr_map *map,
			      const struct attr_need *need)
{
	struct attr_need wanted = missing(map, need);
	struct attr_spares own = {};
	int err = fill(&own, &wanted, GFP_KERNEL_ACCOUNT);

	if (!err) {
		spin_lock(&attrs->lock);
		lend(attrs, map, &own, need);
		spin_unlock(&attrs->lock);
	}
	release(&own);
	return err;
}
