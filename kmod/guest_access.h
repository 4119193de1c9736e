/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One access to a guest's memory, of several steps: entries of its page tables, then data.
 * The memory slot of a step is kept for the next, which nearly always lies in the same one:
 * to compare costs 3 instructions, to look a slot up 30. It is not kept beyond the access,
 * during which slots stay as they are.
 */
#ifndef HCBPF_KMOD_GUEST_ACCESS_H
#define HCBPF_KMOD_GUEST_ACCESS_H

#include <linux/kvm_host.h>
#include <linux/nospec.h>
#include "arch_memory.h"

struct guest_access {
	struct kvm_vcpu *vcpu;
	u64 gpa;		/* to where it was translated */
	u64 slot_gpa, slot_size;	/* in bytes; size 0: no step yet */
	unsigned long slot_hva;
	bool user;		/* by a program of the guest's, not by its kernel */
	bool write;
};

/* As KVM's own, but for slots that are just being moved or deleted. */
static __always_inline const struct kvm_memory_slot *slot_of(struct kvm_vcpu *vcpu, u64 gpa)
{
	const struct kvm_memory_slot *slot;

	slot = __gfn_to_memslot(kvm_vcpu_memslots(vcpu), gpa >> PAGE_SHIFT);
	return likely(slot) && likely(!(slot->flags & KVM_MEMSLOT_INVALID)) ? slot : NULL;
}

/*
 * False: no slot, or one of which KVM can have parts elsewhere, hidden from the VMM: not for
 * a quick look.
 */
static __always_inline bool hcb_access_find(struct guest_access *access, u64 gpa)
{
	const struct kvm_memory_slot *slot = slot_of(access->vcpu, gpa);

	if (unlikely(!slot) || unlikely(slot->flags & KVM_MEM_GUEST_MEMFD))
		return false;
	access->slot_gpa = slot->base_gfn << PAGE_SHIFT;
	access->slot_size = slot->npages << PAGE_SHIFT;
	access->slot_hva = slot->userspace_addr;
	return true;
}

/* *@off: how far into its slot @gpa is; false: see above. */
static __always_inline bool access_offset(struct guest_access *access, u64 gpa, u64 *off)
{
	*off = gpa - access->slot_gpa;
	if (likely(*off < access->slot_size))
		return true;
	if (!hcb_access_find(access, gpa))
		return false;
	*off = gpa - access->slot_gpa;
	return true;
}

/*
 * Where the VMM has @gpa; false: see above. The guest chooses addresses, so they stay inside
 * their slot even when the CPU speculates, as in __gfn_to_hva_memslot().
 */
static __always_inline bool hcb_access_place(struct guest_access *access, u64 gpa,
					     unsigned long *hva)
{
	u64 off;

	if (!access_offset(access, gpa, &off))
		return false;
	*hva = access->slot_hva + array_index_nospec(off, access->slot_size);
	return true;
}

/*
 * The entry of a page table at @gpa, which is aligned: read once, so it is one that the guest
 * has written there. With page faults disabled, false if it is not resident.
 */
static __always_inline bool hcb_access_entry(struct guest_access *access, u64 gpa, u64 *entry)
{
	u64 off;

	return access_offset(access, gpa, &off) &&
	       likely(hcb_arch_load(entry, access->slot_hva, off, access->slot_size));
}

#endif /* HCBPF_KMOD_GUEST_ACCESS_H */
