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
#include "page_attrs.h"

#define GFP_GUEST (GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

/* As many dropped nodes as a change may leave to be freed on the spot. */
#define FREE_AT_ONCE 4

/* ---- freeing; the lock is held where not said otherwise ---- */

static void free_node(struct gpa *gpa, struct gpa_node *node)
{
	if (node->bits) {
		kfree(node->bits);
		gpa->bits--;
	}
	kfree(node);
	gpa->nodes--;
}

/* A dropped node serves as a spare, or goes. */
static void recycle(struct gpa *gpa, struct gpa_node *node)
{
	struct gpa_map *map = &gpa->map;

	if (node->bits && map->spares.nr_bits < GPA_SPARE_BITS) {
		gpa_spares_add_bits(&map->spares, node->bits);
		node->bits = NULL;
	}
	if (!node->bits && map->spares.nr_nodes < GPA_SPARE_NODES)
		gpa_spares_add_node(&map->spares, node);
	else
		free_node(gpa, node);
}

static void trim_spares(struct gpa *gpa, struct gpa_map *map, u32 nodes, u32 bits)
{
	while (map->spares.nr_nodes > nodes) {
		kfree(gpa_spares_take_node(&map->spares));
		gpa->nodes--;
	}
	while (map->spares.nr_bits > bits) {
		kfree(gpa_spares_take_bits(&map->spares));
		gpa->bits--;
	}
}

/* After a change. A guest that drops a million runs at once must not wait for them. */
void gpa_clean_up(struct gpa *gpa)
{
	int n;

	for (n = 0; gpa->map.dropped && n < FREE_AT_ONCE; n++)
		recycle(gpa, gpa_map_take_dropped(&gpa->map));
	trim_spares(gpa, &gpa->map, GPA_SPARE_NODES, GPA_SPARE_BITS);
	if (gpa->map.dropped)
		queue_work(system_unbound_wq, &gpa->drain);
}

/* So many are freed while others wait for the lock. */
#define DRAIN_BATCH 32U

static bool has_surplus(const struct gpa_map *map)
{
	return map->dropped || map->spares.nr_nodes > GPA_SPARE_NODES ||
	       map->spares.nr_bits > GPA_SPARE_BITS;
}

void gpa_drain(struct gpa *gpa, struct gpa_map *map)
{
	bool more = true;
	u32 n;

	while (more) {
		spin_lock(&gpa->lock);
		for (n = 0; map->dropped && n < DRAIN_BATCH; n++)
			free_node(gpa, gpa_map_take_dropped(map));
		n = map->spares.nr_nodes;
		trim_spares(gpa, map, max(GPA_SPARE_NODES, n - min(n, DRAIN_BATCH)), GPA_SPARE_BITS);
		more = has_surplus(map);
		spin_unlock(&gpa->lock);
		cond_resched();
	}
}

static void drain(struct work_struct *work)
{
	struct gpa *gpa = container_of(work, struct gpa, drain);

	gpa_drain(gpa, &gpa->map);
}

/* ---- life ---- */

int gpa_init(struct gpa *gpa)
{
	struct gpa_node *node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);

	if (!node)
		return -ENOMEM;
	spin_lock_init(&gpa->lock);
	INIT_LIST_HEAD(&gpa->notifiers);
	INIT_WORK(&gpa->drain, drain);
	gpa_map_init(&gpa->map, node, 0, 1, get_random_u64());
	gpa->map.most_runs = GPA_MOST_RUNS;
	gpa->nodes = 1;
	return 0;
}

void gpa_release(struct gpa *gpa)
{
	if (!gpa->drain.func)
		return;		/* gpa_init() has failed */
	gpa_notify_all_off(gpa);
	spin_lock(&gpa->lock);
	gpa_map_drop_all(&gpa->map);
	trim_spares(gpa, &gpa->map, 0, 0);
	spin_unlock(&gpa->lock);
	queue_work(system_unbound_wq, &gpa->drain);
	flush_work(&gpa->drain);
}

void gpa_free(struct gpa *gpa)
{
	gpa_release(gpa);
	if (gpa->page)
		put_page(virt_to_page(gpa->page));
}

/* ---- changes ---- */

int gpa_check(u64 addr, u64 npages, u32 attr)
{
	u64 gfn = addr >> HCBPF_GPA_PAGE_SHIFT;

	if (addr & (BIT_ULL(HCBPF_GPA_PAGE_SHIFT) - 1) || !npages || attr & ~HCBPF_GPA_ATTR_MASK)
		return -EINVAL;
	if (gfn >= HCBPF_GPA_FRAMES || npages > HCBPF_GPA_FRAMES - gfn)
		return -EINVAL;
	return 0;
}

int gpa_guest_set(struct gpa *gpa, u64 addr, u64 npages, u32 attr)
{
	u64 first = addr >> HCBPF_GPA_PAGE_SHIFT;

	return gpa_set(gpa, first, first + npages - 1, attr, GFP_GUEST);
}

hcbpf_gpa_attr_t gpa_get_attr(struct gpa *gpa, u64 frame)
{
	hcbpf_gpa_attr_t attr = 0;

	spin_lock(&gpa->lock);
	if (gpa->map.root)	/* a synthetic call may come when the binding has ended */
		attr = gpa_map_get(&gpa->map, frame);
	spin_unlock(&gpa->lock);
	return attr;
}

/*
 * A guest with a large buffer must not keep the map locked for long. Pieces that
 * are not encrypted lie side by side only where something else tells them apart:
 * another key, a follower, the border of a dense block.
 */
#define MAX_PIECES 256

bool gpa_is_encrypted(struct gpa *gpa, u64 addr, u64 size)
{
	u64 frame = addr >> HCBPF_GPA_PAGE_SHIFT;
	u64 last = (addr + (size - 1)) >> HCBPF_GPA_PAGE_SHIFT;
	bool encrypted = false;
	struct gpa_run run;
	int n;

	spin_lock(&gpa->lock);
	for (n = 0; gpa->map.root && frame <= last && !encrypted; n++) {
		if (n == MAX_PIECES || !gpa_map_next(&gpa->map, frame, 0, &run))
			encrypted = true;
		else
			encrypted = run.attr & HCBPF_GPA_ENCRYPTED;
		frame = run.last + 1;
	}
	spin_unlock(&gpa->lock);
	return encrypted;
}
