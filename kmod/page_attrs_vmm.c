// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a binding's file offers of the VM's page attributes. <hcbpf/uapi.h>
 * documents it.
 *
 * vm->lock keeps the binding from ending, and so the map from being released.
 * It is never held while the VMM's memory is read or written: that may take as
 * long as the VMM likes, and others must not wait for it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "page_attrs.h"
#include "uapi.h"
#include "vm.h"

/* How many ranges one call gives out: meanwhile, guests wait for the map. */
#define RANGES_AT_ONCE 128U

/* ---- reading ---- */

/* Append to what has been read so far, or extend its last range. */
static u32 append(struct hcbpf_gpa_range *ranges, u32 nr, const struct attr_run *run)
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
static int read_ranges(struct attr_map *map, struct hcbpf_gpa_get *req,
		       struct hcbpf_gpa_range *ranges, u32 room)
{
	struct attr_run run;
	u32 n;

	if (req->since > map->generation)
		return -EINVAL;
	req->generation = map->generation;
	req->default_attr = map->default_attr;
	if (req->flags & HCBPF_GPA_FOLLOW && !req->gfn)
		hcb_attr_map_follow(map, req->since);
	req->nr = 0;
	for (n = 0; n < room && req->gfn < HCBPF_GPA_FRAMES; n++) {
		if (!hcb_attr_map_next(map, req->gfn, req->since, &run)) {
			req->gfn = HCBPF_GPA_FRAMES;
			break;
		}
		req->nr = append(ranges, req->nr, &run);
		req->gfn = run.last + 1;
	}
	return 0;
}

static int get_ranges(struct page_attrs *attrs, const struct file *file, struct hcbpf_gpa_get *req,
		      struct hcbpf_gpa_range *ranges, u32 room)
{
	int err;

	spin_lock(&attrs->lock);
	hcb_page_attrs_notify_again(attrs, file);
	err = read_ranges(&attrs->map, req, ranges, room);
	spin_unlock(&attrs->lock);
	return err;
}

int hcb_vm_page_attrs_get(struct hcbpf_vm *vm, const struct file *file, struct hcbpf_gpa_get *req)
{
	u32 room = min(req->nr, RANGES_AT_ONCE);
	struct hcbpf_gpa_range *ranges;
	int err = -ENODEV;

	ranges = kvmalloc_array(room, sizeof(*ranges), GFP_KERNEL_ACCOUNT);
	if (!ranges)
		return -ENOMEM;
	mutex_lock(&vm->lock);
	if (!vm->ended)
		err = get_ranges(&vm->attrs, file, req, ranges, room);
	mutex_unlock(&vm->lock);
	if (!err && copy_to_user(u64_to_user_ptr(req->ranges), ranges, req->nr * sizeof(*ranges)))
		err = -EFAULT;
	kvfree(ranges);
	return err;
}

void hcb_page_attrs_info(struct page_attrs *attrs, struct hcbpf_vm_info *info)
{
	spin_lock(&attrs->lock);
	info->gpa_generation = attrs->map.generation;
	info->gpa_nodes = attrs->nodes - attrs->map.spares.nr_nodes;
	info->gpa_memory = attrs->nodes * sizeof(struct attr_node) +
			   attrs->bits * sizeof(struct attr_bits);
	spin_unlock(&attrs->lock);
}

/* ---- changing some ---- */

static bool ranges_are_valid(const struct hcbpf_gpa_range *ranges, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++) {
		if (ranges[i].reserved || ranges[i].gfn >= HCBPF_GPA_FRAMES ||
		    hcb_page_attrs_check(ranges[i].gfn << HCBPF_GPA_PAGE_SHIFT, ranges[i].npages,
					 ranges[i].attr))
			return false;
		cond_resched();
	}
	return true;
}

/*
 * The VMM's ranges, a part at a time: there may be too many to copy at once, and others
 * want the VM's lock, too.
 */
struct parts {
	u64 user;		/* of those that are left */
	u32 left;
	u32 nr;
	struct hcbpf_gpa_range *ranges;
};

static void parts_end(struct parts *parts)
{
	kvfree(parts->ranges);
	parts->ranges = NULL;
}

/* 1: @ranges are the next @nr; 0: there are no more; or an error. */
static int parts_next(struct parts *parts)
{
	struct hcbpf_gpa_range *ranges;

	parts_end(parts);
	parts->nr = min(parts->left, RANGES_AT_ONCE);
	if (!parts->nr)
		return 0;
	cond_resched();
	ranges = hcb_fetch_array(parts->user, parts->nr, sizeof(*ranges));
	if (IS_ERR(ranges))
		return PTR_ERR(ranges);
	parts->ranges = ranges;
	parts->user += parts->nr * sizeof(*ranges);
	parts->left -= parts->nr;
	return ranges_are_valid(ranges, parts->nr) ? 1 : -EINVAL;
}

static int look_at_all(u64 user, u32 nr)
{
	struct parts parts = { .user = user, .left = nr };
	int err;

	do {
		err = parts_next(&parts);
	} while (err > 0);
	parts_end(&parts);
	return err;
}

static int vm_is_there(struct hcbpf_vm *vm)
{
	int err;

	mutex_lock(&vm->lock);
	err = vm->ended ? -ENODEV : 0;
	mutex_unlock(&vm->lock);
	return err;
}

/* *@done grows by how many were set. */
static int set_part(struct hcbpf_vm *vm, const struct parts *parts, u32 *done)
{
	const struct hcbpf_gpa_range *range;
	int err;

	mutex_lock(&vm->lock);
	err = vm->ended ? -ENODEV : 0;
	for (range = parts->ranges; range < parts->ranges + parts->nr && !err; range++) {
		err = hcb_page_attrs_set(&vm->attrs, range->gfn, range->gfn + range->npages - 1,
					 range->attr, GFP_KERNEL_ACCOUNT);
		*done += !err;
		cond_resched();
	}
	mutex_unlock(&vm->lock);
	return err;
}

static int set_all(struct hcbpf_vm *vm, u64 user, u32 nr, u32 *done)
{
	struct parts parts = { .user = user, .left = nr };
	int err;

	do {
		err = parts_next(&parts);
		if (err > 0)
			err = set_part(vm, &parts, done) ?: 1;
	} while (err > 0);
	parts_end(&parts);
	return err;
}

/* All are checked before one is set; what the VMM changes meanwhile may stop it half way. */
int hcb_vm_page_attrs_set(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req)
{
	u32 nr = req->nr;
	int err;

	req->nr = 0;
	err = look_at_all(req->ranges, nr) ?: vm_is_there(vm);
	err = err ?: set_all(vm, req->ranges, nr, &req->nr);
	req->generation = READ_ONCE(vm->attrs.map.generation);
	return err;
}

/* ---- replacing all ---- */

/*
 * A new map is built beside the old one, which the guest changes meanwhile, and
 * takes its place. Its generations begin beyond those that the old one can reach
 * in that time.
 */
#define FAR_AHEAD BIT_ULL(32)

static int replace_begin(struct page_attrs *attrs, struct attr_map *new,
			 hcbpf_gpa_attr_t default_attr)
{
	struct attr_node *node = kmalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
	int err = -EBUSY;

	if (!node)
		return -ENOMEM;
	spin_lock(&attrs->lock);
	if (!attrs->replacing) {
		attrs->replacing = true;
		attrs->nodes++;
		hcb_attr_map_init(new, node, default_attr, attrs->map.generation + FAR_AHEAD,
				  get_random_u64());
		err = 0;
	}
	spin_unlock(&attrs->lock);
	if (err)
		kfree(node);
	return err;
}

static int build_part(struct page_attrs *attrs, struct attr_map *new, const struct parts *parts)
{
	const struct hcbpf_gpa_range *range;
	struct attr_need need;
	int err;

	for (range = parts->ranges; range < parts->ranges + parts->nr; range++) {
		u64 first = range->gfn, last = first + range->npages - 1;

		need = hcb_attr_map_need(new, first, last, range->attr);
		err = hcb_page_attrs_add_spares(attrs, new, &need);
		if (err)
			return err;
		hcb_attr_map_set(new, first, last, range->attr);
		hcb_page_attrs_drain(attrs,
				     new); /* of ranges that overlap: there may be any number */
	}
	return signal_pending(current) ? -EINTR : 0;
}

static int build(struct page_attrs *attrs, struct attr_map *new, u64 user, u32 nr)
{
	struct parts parts = { .user = user, .left = nr };
	int err;

	do {
		err = parts_next(&parts);
		if (err > 0)
			err = build_part(attrs, new, &parts) ?: 1;
	} while (err > 0);
	parts_end(&parts);
	return err;
}

/*
 * The new map takes the old one's place, or on failure goes. True: the binding's
 * end has released the map before, so that nobody is left to give back what has
 * come to it now. That is later than the end itself: policies may still be in it.
 */
static bool replace_end(struct page_attrs *attrs, struct attr_map *new, int err)
{
	bool released;

	spin_lock(&attrs->lock);
	released = !attrs->map.root;
	if (err) {
		hcb_attr_map_discard(&attrs->map, new);
	} else {
		hcb_attr_map_replace(&attrs->map, new);
		hcb_page_attrs_announce(attrs);
	}
	attrs->replacing = false;
	hcb_page_attrs_clean_up(attrs);
	spin_unlock(&attrs->lock);
	return released;
}

int hcb_vm_page_attrs_replace(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req)
{
	struct attr_map new;
	u32 nr = req->nr;
	bool released;
	int err;

	req->nr = 0;
	err = replace_begin(&vm->attrs, &new, req->default_attr);
	if (err)
		return err;
	err = build(&vm->attrs, &new, req->ranges, nr);
	mutex_lock(&vm->lock);
	if (!err && vm->ended)
		err = -ENODEV;
	released = replace_end(&vm->attrs, &new, err);
	if (!err) {
		req->nr = nr;
		req->generation = READ_ONCE(vm->attrs.map.generation);
	}
	mutex_unlock(&vm->lock);
	if (released)
		hcb_page_attrs_release(&vm->attrs);
	return err;
}
