// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VM's eventfd slots: an array that grows by copying. Readers are a guest's
 * calls, inside RCU; writers hold the VM's lock.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "eventfds.h"

#define MIN_SLOTS 8

static struct eventfd_slots *slots_of(struct eventfd_slots __rcu **slots)
{
	return rcu_dereference_protected(*slots, true);
}

/* Make the array hold @slot; at most @limit slots. */
static int slots_grow(struct eventfd_slots __rcu **slots, u32 slot, u32 limit)
{
	struct eventfd_slots *old = slots_of(slots), *new;
	u32 nr, i;

	if (old && slot < old->nr)
		return 0;
	nr = min_t(u64, limit, max_t(u64, MIN_SLOTS, roundup_pow_of_two((u64)slot + 1)));
	new = kvzalloc(struct_size(new, ctx, nr), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->nr = nr;
	for (i = 0; old && i < old->nr; i++) {
		RCU_INIT_POINTER(new->ctx[i], rcu_dereference_protected(old->ctx[i], true));
		cond_resched();
	}
	rcu_assign_pointer(*slots, new);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/* Returns when no call can signal what was in the slot before. */
static void slot_exchange(struct eventfd_slots *slots, u32 slot, struct eventfd_ctx *ctx)
{
	struct eventfd_ctx *old;

	slot = array_index_nospec(slot, slots->nr);
	old = rcu_replace_pointer(slots->ctx[slot], ctx, true);
	if (!old)
		return;
	synchronize_rcu();
	eventfd_ctx_put(old);
}

bool hcb_eventfds_has(const struct eventfd_slots *slots, u32 slot)
{
	return slots && slot < slots->nr &&
	       rcu_access_pointer(slots->ctx[array_index_nospec(slot, slots->nr)]);
}

static int slot_clear(struct eventfd_slots *slots, u32 slot)
{
	if (!hcb_eventfds_has(slots, slot))
		return -ENOENT;
	slot_exchange(slots, slot, NULL);
	return 0;
}

int hcb_eventfds_set(struct eventfd_slots __rcu **slots, const struct hcbpf_set_eventfd *req,
		     u32 limit)
{
	struct eventfd_ctx *ctx;
	int err;

	if (req->slot >= limit)
		return -ERANGE;
	if (req->fd == -1)
		return slot_clear(slots_of(slots), req->slot);
	if (req->flags & HCBPF_EVENTFD_NOREPLACE && hcb_eventfds_has(slots_of(slots), req->slot))
		return -EEXIST;

	ctx = eventfd_ctx_fdget(req->fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	err = slots_grow(slots, req->slot, limit);
	if (err) {
		eventfd_ctx_put(ctx);
		return err;
	}
	slot_exchange(slots_of(slots), req->slot, ctx);
	return 0;
}

/* No reader is left. */
void hcb_eventfds_free(struct eventfd_slots *slots)
{
	u32 i;

	for (i = 0; slots && i < slots->nr; i++) {
		struct eventfd_ctx *ctx = rcu_dereference_protected(slots->ctx[i], true);

		if (ctx)
			eventfd_ctx_put(ctx);
		cond_resched();
	}
	kvfree(slots);
}

int hcb_eventfds_next(const struct eventfd_slots *slots, u32 *slot)
{
	for (; slots && *slot < slots->nr; ++*slot) {
		if (hcb_eventfds_has(slots, *slot))
			return 0;
		cond_resched();
	}
	return -ENOENT;
}

u32 hcb_eventfds_count(const struct eventfd_slots *slots)
{
	u32 i, count = 0;

	for (i = 0; slots && i < slots->nr; i++) {
		count += !!rcu_access_pointer(slots->ctx[i]);
		cond_resched();
	}
	return count;
}
