/* SPDX-License-Identifier: GPL-2.0-only */
/* The walk of page tables, as it is made for a vCPU. */
#ifndef HCBPF_X86_WALK_VCPU_H
#define HCBPF_X86_WALK_VCPU_H

#include "guest_access.h"
#include "x86/kernel.h"
#include "x86/walk.h"

/*
 * True: @addr is plain, and leads to access->gpa. Nearly every one is: the kernel's, in a
 * 64-bit guest, in a page of its own. Not in SMM, where memory is another, nor for nested
 * guests, whose physical addresses are translated once more. With page faults disabled.
 */
static __always_inline bool hcb_walk_vcpu(struct guest_access *access, u64 addr)
{
	struct kvm_vcpu *vcpu = access->vcpu;

	return !access->user && !(vcpu->arch.hflags & (HF_SMM_MASK | HF_GUEST_MASK)) &&
	       hcb_walk_tables(access, addr, hcb_kvms_cr3(vcpu), hcb_kvms_walk_levels(vcpu),
			       hcb_kvms_walk_reserved(vcpu));
}

#endif /* HCBPF_X86_WALK_VCPU_H */
