// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's page attributes in the kernel: locking, memory, and who is told.
 *
 * A guest's change comes from a policy, inside RCU, and must not sleep: it takes
 * spare nodes, of which there are nearly always enough, and what it makes
 * superfluous is freed by a worker if it is more than a few.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "gpa.h"

#define GFP_GUEST (GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

/* What an ordinary change needs is kept at hand. */
#define SPARE_NODES 6
#define SPARE_BITS 2
/* As many dropped nodes as a change may leave to be freed on the spot. */
#define FREE_AT_ONCE 4

/* ---- memory ---- */

static int add_node(struct gpa *gpa, struct gpa_map *map, gfp_t gfp)
{
	struct gpa_node *node = kmalloc(sizeof(*node), gfp);

	if (!node)
		return -ENOMEM;
	spin_lock(&gpa->lock);
	gpa->nodes++;
	gpa_map_add_spare_node(map, node);
	spin_unlock(&gpa->lock);
	return 0;
}

static int add_bits(struct gpa *gpa, struct gpa_map *map, gfp_t gfp)
{
	struct gpa_bits *bits = kmalloc(sizeof(*bits), gfp);

	if (!bits)
		return -ENOMEM;
	spin_lock(&gpa->lock);
	gpa->bits++;
	gpa_map_add_spare_bits(map, bits);
	spin_unlock(&gpa->lock);
	return 0;
}

static bool has_spares(const struct gpa_map *map, const struct gpa_need *need)
{
	return map->nr_spare_nodes >= need->nodes && map->nr_spare_bits >= need->bits;
}

/* Allocate what is missing to @need. Somebody else may take it away again. */
static int add_spares(struct gpa *gpa, struct gpa_map *map, const struct gpa_need *need, gfp_t gfp)
{
	int err = 0;

	while (!err && READ_ONCE(map->nr_spare_nodes) < need->nodes)
		err = add_node(gpa, map, gfp);
	while (!err && READ_ONCE(map->nr_spare_bits) < need->bits)
		err = add_bits(gpa, map, gfp);
	return err;
}

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

	if (node->bits && map->nr_spare_bits < SPARE_BITS) {
		gpa_map_add_spare_bits(map, node->bits);
		node->bits = NULL;
	}
	if (!node->bits && map->nr_spare_nodes < SPARE_NODES)
		gpa_map_add_spare_node(map, node);
	else
		free_node(gpa, node);
}

static void trim_spares(struct gpa *gpa, u32 nodes, u32 bits)
{
	struct gpa_map *map = &gpa->map;

	while (map->nr_spare_nodes > nodes) {
		kfree(gpa_map_take_spare_node(map));
		gpa->nodes--;
	}
	while (map->nr_spare_bits > bits) {
		kfree(gpa_map_take_spare_bits(map));
		gpa->bits--;
	}
}

/* After a change. A guest that drops a million runs at once must not wait for them. */
static void clean_up(struct gpa *gpa)
{
	int n;

	for (n = 0; gpa->map.dropped && n < FREE_AT_ONCE; n++)
		recycle(gpa, gpa_map_take_dropped(&gpa->map));
	trim_spares(gpa, SPARE_NODES, SPARE_BITS);
	if (gpa->map.dropped)
		queue_work(system_unbound_wq, &gpa->drain);
}

#define DRAIN_BATCH 256

static void drain(struct work_struct *work)
{
	struct gpa *gpa = container_of(work, struct gpa, drain);
	bool more = true;
	int n;

	while (more) {
		spin_lock(&gpa->lock);
		for (n = 0; gpa->map.dropped && n < DRAIN_BATCH; n++)
			free_node(gpa, gpa_map_take_dropped(&gpa->map));
		more = gpa->map.dropped;
		spin_unlock(&gpa->lock);
		cond_resched();
	}
}

/* ---- life ---- */

int gpa_init(struct gpa *gpa)
{
	struct gpa_node *node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);

	if (!node)
		return -ENOMEM;
	spin_lock_init(&gpa->lock);
	INIT_WORK(&gpa->drain, drain);
	gpa_map_init(&gpa->map, node, 0, 0, get_random_u64());
	gpa->nodes = 1;
	return 0;
}

void gpa_release(struct gpa *gpa)
{
	if (!gpa->map.root)
		return;
	if (gpa->notify)
		eventfd_ctx_put(gpa->notify);
	gpa->notify = NULL;

	spin_lock(&gpa->lock);
	gpa_map_drop_all(&gpa->map);
	trim_spares(gpa, 0, 0);
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

/* ---- telling of changes ---- */

/* The lock is held, so the eventfd stays, and generations come in order. */
static void announce(struct gpa *gpa)
{
	if (gpa->page)
		WRITE_ONCE(gpa->page->generation, gpa->map.generation);
	if (gpa->notify && !gpa->quiet) {
		gpa->quiet = true;
		eventfd_signal(gpa->notify);
	}
}

int gpa_set_notify(struct gpa *gpa, int fd)
{
	struct eventfd_ctx *ctx = NULL;

	if (fd != -1) {
		ctx = eventfd_ctx_fdget(fd);
		if (IS_ERR(ctx))
			return PTR_ERR(ctx);
	}
	spin_lock(&gpa->lock);
	swap(gpa->notify, ctx);
	gpa->quiet = false;
	spin_unlock(&gpa->lock);
	if (ctx)
		eventfd_ctx_put(ctx);
	return 0;
}

/* Two faults may race: the first to publish wins. */
static struct hcbpf_gpa_page *page_of(struct gpa *gpa)
{
	struct hcbpf_gpa_page *page = READ_ONCE(gpa->page), *unused = NULL;

	if (page)
		return page;
	page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return NULL;
	spin_lock(&gpa->lock);
	if (gpa->page) {
		unused = page;
	} else {
		page->generation = gpa->map.generation;
		gpa->page = page;
	}
	page = gpa->page;
	spin_unlock(&gpa->lock);
	free_page((unsigned long)unused);
	return page;
}

vm_fault_t gpa_fault(struct gpa *gpa, struct vm_fault *vmf)
{
	struct hcbpf_gpa_page *page = page_of(gpa);

	if (!page)
		return VM_FAULT_OOM;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}

/* ---- changes ---- */

static int set(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr, gfp_t gfp)
{
	struct gpa_need need;
	int err;

	for (;;) {
		spin_lock(&gpa->lock);
		need = gpa_map_need(&gpa->map, first, last, attr);
		if (has_spares(&gpa->map, &need))
			break;
		spin_unlock(&gpa->lock);
		err = add_spares(gpa, &gpa->map, &need, gfp);
		if (err)
			return err;
	}
	if (gpa_map_set(&gpa->map, first, last, attr)) {
		clean_up(gpa);
		announce(gpa);
	}
	spin_unlock(&gpa->lock);
	return 0;
}

int gpa_check(u64 addr, u64 npages, u32 attr)
{
	u64 gfn = addr >> HCBPF_GPA_PAGE_SHIFT;

	if (addr & (BIT_ULL(HCBPF_GPA_PAGE_SHIFT) - 1) || !npages || attr & ~HCBPF_GPA_ATTR_MASK)
		return -EINVAL;
	if (gfn >= HCBPF_GPA_FRAMES || npages > HCBPF_GPA_FRAMES - gfn)
		return -EINVAL;
	return 0;
}

/* Is all of it in memory slots of the VMM's, not KVM's own? */
static bool in_memory_slots(struct kvm *kvm, u64 addr, u64 npages)
{
	u64 gfn = addr >> PAGE_SHIFT;
	u64 end = (addr + (npages << HCBPF_GPA_PAGE_SHIFT) - 1) >> PAGE_SHIFT;
	const struct kvm_memory_slot *slot;

	while (gfn <= end) {
		slot = gfn_to_memslot(kvm, gfn);
		if (!slot || slot->id >= KVM_USER_MEM_SLOTS || slot->flags & KVM_MEMSLOT_INVALID)
			return false;
		gfn = slot->base_gfn + slot->npages;
	}
	return true;
}

int gpa_guest_set(struct gpa *gpa, struct kvm *kvm, u64 addr, u64 npages, u32 attr)
{
	u64 first = addr >> HCBPF_GPA_PAGE_SHIFT;
	int err = gpa_check(addr, npages, attr), idx;
	bool found;

	if (err)
		return err;
	idx = srcu_read_lock(&kvm->srcu);
	found = in_memory_slots(kvm, addr, npages);
	srcu_read_unlock(&kvm->srcu, idx);
	if (!found)
		return -EFAULT;
	return set(gpa, first, first + npages - 1, attr, GFP_GUEST);
}

hcbpf_gpa_attr_t gpa_get_attr(struct gpa *gpa, u64 frame)
{
	hcbpf_gpa_attr_t attr;

	spin_lock(&gpa->lock);
	attr = gpa_map_get(&gpa->map, frame);
	spin_unlock(&gpa->lock);
	return attr;
}

/* ---- the VMM's ---- */

static bool ranges_are_valid(const struct hcbpf_gpa_range *ranges, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (ranges[i].reserved || ranges[i].gfn >= HCBPF_GPA_FRAMES ||
		    gpa_check(ranges[i].gfn << HCBPF_GPA_PAGE_SHIFT, ranges[i].npages,
			      ranges[i].attr))
			return false;
	return true;
}

static int set_each(struct gpa *gpa, const struct hcbpf_gpa_range *ranges, u32 *nr)
{
	u32 i;
	int err;

	for (i = 0; i < *nr; i++) {
		err = set(gpa, ranges[i].gfn, ranges[i].gfn + ranges[i].npages - 1,
			  ranges[i].attr, GFP_KERNEL_ACCOUNT);
		if (err) {
			*nr = i;
			return err;
		}
		cond_resched();
	}
	return 0;
}

/* Fill @new, which nobody else sees. */
static int build(struct gpa *gpa, struct gpa_map *new, const struct hcbpf_gpa_range *ranges,
		 u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		u64 first = ranges[i].gfn, last = first + ranges[i].npages - 1;
		struct gpa_need need = gpa_map_need(new, first, last, ranges[i].attr);
		int err = add_spares(gpa, new, &need, GFP_KERNEL_ACCOUNT);

		if (err)
			return err;
		gpa_map_set(new, first, last, ranges[i].attr);
		cond_resched();
	}
	return 0;
}

/* Later than any generation that the guest can reach while a map is built. */
#define FAR_AHEAD BIT_ULL(32)

/*
 * All at once: a new map is built beside the old one, which guests change
 * meanwhile, and takes its place.
 */
static int replace(struct gpa *gpa, const struct hcbpf_gpa_range *ranges, u32 nr,
		   hcbpf_gpa_attr_t default_attr)
{
	struct gpa_node *node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	struct gpa_map new;
	int err;

	if (!node)
		return -ENOMEM;
	spin_lock(&gpa->lock);
	gpa->nodes++;
	gpa_map_init(&new, node, default_attr, gpa->map.generation + FAR_AHEAD, get_random_u64());
	spin_unlock(&gpa->lock);

	err = build(gpa, &new, ranges, nr);

	spin_lock(&gpa->lock);
	if (err) {
		gpa_map_discard(&gpa->map, &new);
	} else {
		gpa_map_replace(&gpa->map, &new);
		announce(gpa);
	}
	clean_up(gpa);
	spin_unlock(&gpa->lock);
	return err;
}

int gpa_set_ranges(struct gpa *gpa, struct hcbpf_gpa_set *req,
		   const struct hcbpf_gpa_range *ranges)
{
	int err;

	if (!ranges_are_valid(ranges, req->nr)) {
		req->nr = 0;
		return -EINVAL;
	}
	if (req->flags & HCBPF_GPA_REPLACE)
		err = replace(gpa, ranges, req->nr, req->default_attr);
	else
		err = set_each(gpa, ranges, &req->nr);
	req->generation = READ_ONCE(gpa->map.generation);
	return err;
}

int gpa_reset(struct gpa *gpa)
{
	static const struct gpa_need need = { .nodes = 1 };
	int err;

	for (;;) {
		spin_lock(&gpa->lock);
		if (has_spares(&gpa->map, &need))
			break;
		spin_unlock(&gpa->lock);
		err = add_spares(gpa, &gpa->map, &need, GFP_KERNEL_ACCOUNT);
		if (err)
			return err;
	}
	gpa_map_reset(&gpa->map);
	clean_up(gpa);
	announce(gpa);
	spin_unlock(&gpa->lock);
	return 0;
}

/* Append to what has been read so far, or extend its last range. */
static u32 append(struct hcbpf_gpa_range *ranges, u32 nr, const struct gpa_run *run)
{
	struct hcbpf_gpa_range *last = nr ? &ranges[nr - 1] : NULL;

	if (last && last->attr == run->attr && last->gfn + last->npages == run->first) {
		last->npages += run->last - run->first + 1;
		return nr;
	}
	ranges[nr] = (struct hcbpf_gpa_range) {
		.gfn = run->first, .npages = run->last - run->first + 1, .attr = run->attr,
	};
	return nr + 1;
}

/* req->nr becomes the number of ranges, req->gfn where to go on. */
int gpa_read(struct gpa *gpa, struct hcbpf_gpa_get *req, struct hcbpf_gpa_range *ranges, u32 room)
{
	struct gpa_map *map = &gpa->map;
	struct gpa_run run;
	u32 nr = 0, n;

	spin_lock(&gpa->lock);
	if (req->since > map->generation) {
		spin_unlock(&gpa->lock);
		return -EINVAL;
	}
	gpa->quiet = false;
	req->generation = map->generation;
	req->default_attr = map->default_attr;
	if (req->flags & HCBPF_GPA_FOLLOW)
		map->followed = req->since ?: map->generation;
	for (n = 0; n < room && req->gfn < HCBPF_GPA_FRAMES; n++) {
		if (!gpa_map_next(map, req->gfn, req->since, &run)) {
			req->gfn = HCBPF_GPA_FRAMES;
			break;
		}
		nr = append(ranges, nr, &run);
		req->gfn = run.last + 1;
	}
	spin_unlock(&gpa->lock);
	req->nr = nr;
	return 0;
}

void gpa_info(struct gpa *gpa, struct hcbpf_vm_info *info)
{
	spin_lock(&gpa->lock);
	info->gpa_generation = gpa->map.generation;
	info->gpa_runs = gpa->nodes - gpa->map.nr_spare_nodes;
	info->gpa_memory = gpa->nodes * sizeof(struct gpa_node) +
			   gpa->bits * sizeof(struct gpa_bits);
	spin_unlock(&gpa->lock);
}
