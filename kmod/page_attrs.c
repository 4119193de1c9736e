// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's page attributes in the kernel: life, freeing, what guests ask for.
 *
 * A guest's change comes from a policy, inside RCU, and must not sleep: it takes
 * spare nodes (page_attrs_change.c), of which there are nearly always enough, and what it makes
 * superfluous is freed by a worker if it is more than a few.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "compat.h"
#include "page_attrs.h"

#define GFP_GUEST (GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

/* How many dropped nodes a change may free on the spot. */
#define FREE_AT_ONCE 4

/* ---- freeing; the lock is held unless it says otherwise ---- */

static void free_node(struct page_attrs *attrs, struct attr_node *node)
{
	if (node->bits) {
		kfree(node->bits);
		attrs->bits--;
	}
	kfree(node);
	attrs->nodes--;
}

/* A dropped node serves as a spare, or goes. */
static void recycle(struct page_attrs *attrs, struct attr_node *node)
{
	struct attr_map *map = &attrs->map;

	if (node->bits && map->spares.nr_bits < ATTR_SPARE_BITS) {
		hcb_attr_spares_add_bits(&map->spares, node->bits);
		node->bits = NULL;
	}
	if (!node->bits && map->spares.nr_nodes < ATTR_SPARE_NODES)
		hcb_attr_spares_add_node(&map->spares, node);
	else
		free_node(attrs, node);
}

static void trim_spares(struct page_attrs *attrs, struct attr_map *map, u32 nodes, u32 bits)
{
	while (map->spares.nr_nodes > nodes) {
		kfree(hcb_attr_spares_take_node(&map->spares));
		attrs->nodes--;
	}
	while (map->spares.nr_bits > bits) {
		kfree(hcb_attr_spares_take_bits(&map->spares));
		attrs->bits--;
	}
}

/* After a change. A guest that drops a million runs at once must not wait for them. */
void hcb_page_attrs_clean_up(struct page_attrs *attrs)
{
	int n;

	for (n = 0; attrs->map.dropped && n < FREE_AT_ONCE; n++)
		recycle(attrs, hcb_attr_map_take_dropped(&attrs->map));
	trim_spares(attrs, &attrs->map, ATTR_SPARE_NODES, ATTR_SPARE_BITS);
	if (attrs->map.dropped)
		queue_work(system_dfl_wq, &attrs->drain);
}

/* How many are freed while others wait for the lock. */
#define DRAIN_BATCH 32U

static bool has_surplus(const struct attr_map *map)
{
	return map->dropped || map->spares.nr_nodes > ATTR_SPARE_NODES ||
	       map->spares.nr_bits > ATTR_SPARE_BITS;
}

void hcb_page_attrs_drain(struct page_attrs *attrs, struct attr_map *map)
{
	bool more = true;
	u32 n;

	while (more) {
		spin_lock(&attrs->lock);
		for (n = 0; map->dropped && n < DRAIN_BATCH; n++)
			free_node(attrs, hcb_attr_map_take_dropped(map));
		n = map->spares.nr_nodes;
		trim_spares(attrs, map, max(ATTR_SPARE_NODES, n - min(n, DRAIN_BATCH)),
			    ATTR_SPARE_BITS);
		more = has_surplus(map);
		spin_unlock(&attrs->lock);
		cond_resched();
	}
}

static void drain(struct work_struct *work)
{
	struct page_attrs *attrs = container_of(work, struct page_attrs, drain);

	hcb_page_attrs_drain(attrs, &attrs->map);
}

/* ---- life ---- */

int hcb_page_attrs_init(struct page_attrs *attrs)
{
	struct attr_node *node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);

	if (!node)
		return -ENOMEM;
	spin_lock_init(&attrs->lock);
	INIT_LIST_HEAD(&attrs->notifiers);
	INIT_WORK(&attrs->drain, drain);
	hcb_attr_map_init(&attrs->map, node, 0, ATTR_FIRST_GENERATION, get_random_u64());
	attrs->map.most_runs = ATTR_MAX_RUNS;
	attrs->nodes = 1;
	return 0;
}

void hcb_page_attrs_release(struct page_attrs *attrs)
{
	if (!attrs->drain.func)
		return;		/* hcb_page_attrs_init() has failed */
	hcb_page_attrs_notify_all_off(attrs);
	spin_lock(&attrs->lock);
	hcb_attr_map_drop_all(&attrs->map);
	trim_spares(attrs, &attrs->map, 0, 0);
	spin_unlock(&attrs->lock);
	queue_work(system_dfl_wq, &attrs->drain);
	flush_work(&attrs->drain);
}

void hcb_page_attrs_free(struct page_attrs *attrs)
{
	hcb_page_attrs_release(attrs);
	if (attrs->page)
		put_page(virt_to_page(attrs->page));
}

/* ---- changes ---- */

int hcb_page_attrs_check(u64 addr, u64 npages, u32 attr)
{
	u64 gfn = addr >> HCBPF_GPA_PAGE_SHIFT;

	if (addr & (BIT_ULL(HCBPF_GPA_PAGE_SHIFT) - 1) || !npages || attr & ~HCBPF_GPA_ATTR_MASK)
		return -EINVAL;
	if (gfn >= HCBPF_GPA_FRAMES || npages > HCBPF_GPA_FRAMES - gfn)
		return -EINVAL;
	return 0;
}

int hcb_page_attrs_guest_set(struct page_attrs *attrs, u64 addr, u64 npages, u32 attr)
{
	u64 first = addr >> HCBPF_GPA_PAGE_SHIFT;

	return hcb_page_attrs_set(attrs, first, first + npages - 1, attr, GFP_GUEST);
}

void hcb_page_attrs_begin_encrypted(struct page_attrs *attrs)
{
	spin_lock(&attrs->lock);
	if (attrs->map.root && hcb_attr_map_begin_with(&attrs->map, HCBPF_GPA_ENCRYPTED))
		hcb_page_attrs_announce(attrs);
	spin_unlock(&attrs->lock);
}

hcbpf_gpa_attr_t hcb_page_attrs_get(struct page_attrs *attrs, u64 gfn)
{
	hcbpf_gpa_attr_t attr = 0;

	spin_lock(&attrs->lock);
	if (attrs->map.root)	/* a synthetic call may come when the binding has ended */
		attr = hcb_attr_map_get(&attrs->map, gfn);
	spin_unlock(&attrs->lock);
	return attr;
}

/*
 * A guest with a large buffer must not keep the map locked for long. Pieces that
 * are not encrypted lie side by side only where something else separates them:
 * another key, a follower, the border of a dense block.
 */
#define MAX_PIECES 256

bool hcb_page_attrs_is_encrypted(struct page_attrs *attrs, u64 addr, u64 size)
{
	u64 gfn = addr >> HCBPF_GPA_PAGE_SHIFT;
	u64 last = (addr + (size - 1)) >> HCBPF_GPA_PAGE_SHIFT;
	bool encrypted = false;
	struct attr_run run;
	int n;

	spin_lock(&attrs->lock);
	for (n = 0; attrs->map.root && gfn <= last && !encrypted; n++) {
		if (n == MAX_PIECES || !hcb_attr_map_next(&attrs->map, gfn, 0, &run))
			encrypted = true;
		else
			encrypted = run.attr & HCBPF_GPA_ENCRYPTED;
		gfn = run.last + 1;
	}
	spin_unlock(&attrs->lock);
	return encrypted;
}
