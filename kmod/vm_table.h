/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM VM -> binding, for every hypercall of every VM. */
#ifndef HCBPF_KMOD_VM_TABLE_H
#define HCBPF_KMOD_VM_TABLE_H

#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/math.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct hcbpf_vm;
struct kvm;

struct vm_slot {
	const struct kvm *kvm;	/* the key, written once; NULL: never used */
	struct hcbpf_vm *vm;	/* NULL: not bound any more */
};

struct vm_table {
	struct rcu_head rcu;
	u32 shift;		/* 64 - log2(bytes of all slots) */
	u32 mask;		/* slots - 1 */
	u64 multiplier;		/* of the hash: arm64 would take 4 instructions to make it */
	u32 used;		/* slots with a key */
	u32 live;		/* of these, with a binding */
	struct vm_slot slot[] __aligned(sizeof(struct vm_slot));	/* in one cache line */
};

extern struct vm_table __rcu *hcb_vm_table;

int hcb_vm_table_init(void);
void hcb_vm_table_exit(void);
int hcb_vm_table_reserve(void);
int hcb_vm_table_insert(const struct kvm *kvm, struct hcbpf_vm *vm);
struct hcbpf_vm *hcb_vm_table_remove(const struct kvm *kvm, const struct hcbpf_vm *vm);

/*
 * Where the search for @kvm begins. The hash yields a byte offset: 4 instructions less. The shift
 * is less than 64, or kernels with UBSAN would look.
 */
static __always_inline struct vm_slot *hcb_vm_table_home(const struct vm_table *table,
							 const struct kvm *kvm)
{
	size_t offset = ((u64)kvm * table->multiplier) >> (table->shift & 63);

	return (void *)table->slot + round_down(offset, sizeof(struct vm_slot));
}

static __always_inline struct vm_slot *hcb_vm_table_next(const struct vm_table *table,
							 const struct vm_slot *slot)
{
	return (struct vm_slot *)&table->slot[(slot - table->slot + 1) & table->mask];
}

/*
 * The binding of @kvm, or NULL, from @slot of @table on, which is where the search
 * for it begins. A VM that is not bound finds its first slot empty: the load limit
 * of 1/8 makes that the rule.
 *
 * The caller is inside an RCU read-side section, or may not have slept since it
 * entered the hook: tables are freed after an RCU-tasks grace period, which
 * waits for both.
 */
static __always_inline struct hcbpf_vm *hcb_vm_table_find_from(const struct vm_table *table,
							       const struct vm_slot *slot,
							       const struct kvm *kvm)
{
	for (;;) {
		const struct kvm *key = smp_load_acquire(&slot->kvm);

		if (likely(!key))
			return NULL;
		if (key == kvm)
			return READ_ONCE(slot->vm);
		slot = hcb_vm_table_next(table, slot);
	}
}

static inline struct hcbpf_vm *hcb_vm_table_find(const struct kvm *kvm)
{
	const struct vm_table *table = rcu_dereference_raw(hcb_vm_table);

	return hcb_vm_table_find_from(table, hcb_vm_table_home(table, kvm), kvm);
}

#endif /* HCBPF_KMOD_VM_TABLE_H */
