// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VMs are bound: an open-addressed table that hcb_vm_table_find() reads on
 * every hypercall without a lock.
 *
 * A slot keeps its key as long as the VM lives, so that a reader that has matched the key
 * never finds another VM's binding beside it: only a later one of the same VM. The end of a
 * VM, which is also that of its readers, empties the slot if no search goes on behind it; if
 * one does, the key stays, and is used again for a VM that KVM puts where the dead one was.
 * (That is common: one that is not bound would pay for the key that it finds.) When an
 * eighth of the slots is used up, the live ones move to a new table, and the
 * old one is freed when no reader can be left in it.
 */
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "vm_table.h"

#define MIN_BITS 8	/* one page */

struct vm_table __rcu *hcb_vm_table;

/* Raw: taken where KVM destroys a VM, which may be with preemption off. */
static DEFINE_RAW_SPINLOCK(vm_table_lock);
static struct vm_table *next_table;	/* the live ones are moving there */

static struct vm_table *table_alloc(u32 live)
{
	u32 bits = max_t(u32, MIN_BITS, order_base_2((u64)live * 16));
	struct vm_table *table;

	/* All VMs share it, 256 to 512 bytes each: not charged to the one that made it grow. */
	table = kvzalloc(struct_size(table, slot, 1UL << bits), GFP_KERNEL);
	if (!table)
		return NULL;
	table->shift = 64 - bits - ilog2(sizeof(struct vm_slot));
	table->mask = (1U << bits) - 1;
	table->multiplier = GOLDEN_RATIO_64;
	return table;
}

static void table_free_rcu(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct vm_table, rcu));
}

static struct vm_table *table_locked(void)
{
	return rcu_dereference_protected(hcb_vm_table, lockdep_is_held(&vm_table_lock));
}

/* The slot of @kvm, or the empty one where it would go. */
static struct vm_slot *slot_of(struct vm_table *table, const struct kvm *kvm)
{
	struct vm_slot *slot = hcb_vm_table_home(table, kvm);

	while (slot->kvm && slot->kvm != kvm)
		slot = hcb_vm_table_next(table, slot);
	return slot;
}

static void slot_fill(struct vm_table *table, const struct kvm *kvm, struct hcbpf_vm *vm)
{
	struct vm_slot *slot = slot_of(table, kvm);

	/* A key that is there already may be found before the binding is complete. */
	smp_store_release(&slot->vm, vm);
	if (!slot->kvm) {
		smp_store_release(&slot->kvm, kvm);	/* pairs with hcb_vm_table_find() */
		table->used++;
	}
	table->live++;
}

static bool table_is_full(const struct vm_table *table)
{
	return table->used > table->mask / 8;
}

/* How many slots are moved while a VM's end would have to wait. */
#define MOVE_AT_ONCE 512U

/* The live entries among some slots, from @i on. False: those were the last. */
static bool move_some(struct vm_table *from, struct vm_table *to, u32 i)
{
	u32 n;

	for (n = 0; n < MOVE_AT_ONCE && i <= from->mask; n++, i++)
		if (from->slot[i].vm)
			slot_fill(to, from->slot[i].kvm, from->slot[i].vm);
	return i <= from->mask;
}

/* VMs end meanwhile, which takes them out of both tables; none begins: see the mutex. */
static void move_all(struct vm_table *from, struct vm_table *to)
{
	bool more = true;
	u32 i;

	for (i = 0; more; i += MOVE_AT_ONCE) {
		raw_spin_lock(&vm_table_lock);
		next_table = to;
		more = move_some(from, to, i);
		if (!more) {
			next_table = NULL;
			rcu_assign_pointer(hcb_vm_table, to);
		}
		raw_spin_unlock(&vm_table_lock);
		cond_resched();
	}
}

/*
 * Make room for one more, so that the next insert cannot fail for memory. The caller
 * holds the mutex under which VMs are inserted.
 */
int hcb_vm_table_reserve(void)
{
	struct vm_table *old, *new;

	old = rcu_dereference_protected(hcb_vm_table, true);
	if (!table_is_full(old))
		return 0;
	new = table_alloc(data_race(old->live) + 1);	/* or fewer, by now */
	if (!new)
		return -ENOMEM;
	move_all(old, new);
	call_rcu_tasks(&old->rcu, table_free_rcu);
	return 0;
}

/* After hcb_vm_table_reserve(), under the same mutex. */
int hcb_vm_table_insert(const struct kvm *kvm, struct hcbpf_vm *vm)
{
	struct vm_table *table;
	int err = 0;

	raw_spin_lock(&vm_table_lock);
	table = table_locked();
	if (slot_of(table, kvm)->vm)
		err = -EEXIST;
	else
		slot_fill(table, kvm, vm);
	raw_spin_unlock(&vm_table_lock);
	return err;
}

/* Of a VM that is no more. A search ends at an empty slot, so one in the middle stays. */
static void forget(struct vm_table *table, struct vm_slot *slot)
{
	if (slot->kvm && !hcb_vm_table_next(table, slot)->kvm) {
		WRITE_ONCE(slot->kvm, NULL);
		table->used--;
	}
}

static struct hcbpf_vm *remove_from(struct vm_table *table, const struct kvm *kvm,
				    const struct hcbpf_vm *vm)
{
	struct vm_slot *slot = slot_of(table, kvm);
	struct hcbpf_vm *found = slot->vm;

	if (vm && found != vm)
		return NULL;
	if (found) {
		WRITE_ONCE(slot->vm, NULL);
		table->live--;
	}
	if (!vm)
		forget(table, slot);
	return found;
}

/*
 * Take out @vm, or with NULL, for a VM that is no more, whatever is bound to @kvm. The
 * binding that was there, or NULL; of several callers exactly one gets it. Any context.
 */
struct hcbpf_vm *hcb_vm_table_remove(const struct kvm *kvm, const struct hcbpf_vm *vm)
{
	struct hcbpf_vm *found;

	raw_spin_lock(&vm_table_lock);
	found = remove_from(table_locked(), kvm, vm);
	if (next_table)
		remove_from(next_table, kvm, vm);
	raw_spin_unlock(&vm_table_lock);
	return found;
}

int hcb_vm_table_init(void)
{
	struct vm_table *table = table_alloc(0);

	if (!table)
		return -ENOMEM;
	rcu_assign_pointer(hcb_vm_table, table);
	return 0;
}

/*
 * No hook and no binding is left. A kernel that does not preempt itself (Debian's
 * for arm64) has no RCU-tasks: RCU stands in for it, but not for its barrier.
 */
void hcb_vm_table_exit(void)
{
	if (IS_ENABLED(CONFIG_TASKS_RCU))
		rcu_barrier_tasks();
	else
		rcu_barrier();
	kvfree(rcu_dereference_protected(hcb_vm_table, true));
}
