/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dispatch asks about every call of a bound VM, before it knows whether
 * anybody cares: inline.
 */
#ifndef HCBPF_ARCH_CALL_H
#define HCBPF_ARCH_CALL_H

#include <linux/kvm_host.h>
#include <linux/maple_tree.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_nested.h>
#include <hcbpf/call.h>
#include "arch.h"
#include "filter.h"

#define XEN_IMMEDIATE 0xea1	/* of the HVC: XEN_HYPERCALL_TAG in xen/include/public/arch-arm.h */
#define XEN_NR_64 16		/* the register of a Xen call's number */
#define XEN_NR_32 12

/* A guest with an EL2 of its own: calls are its hypervisor's, or its guests'. */
static inline bool hcb_arch_call_is_nested(const struct kvm_vcpu *vcpu)
{
	return vcpu_has_nv(vcpu);
}

/* pKVM hides the vCPU's registers, but for those that the guest has shown. */
static inline bool hcb_arch_call_is_protected(const struct kvm_vcpu *vcpu)
{
	return vcpu_is_protected(vcpu);
}

/* Nobody has a kernel at hand where it could be tried which registers those are. */
static inline bool hcb_arch_call_is_shown(const struct hcbpf_call *call)
{
	return false;
}

/*
 * The VMM has told KVM, by KVM's own interface, what to do with this call: its
 * KVM_ARM_VM_SMCCC_FILTER denies or forwards the function id. KVM looks at W0
 * whatever the instruction's immediate is, so a Xen call's argument counts, too.
 */
static inline bool hcb_arch_call_is_claimed(const struct kvm_vcpu *vcpu)
{
	struct maple_tree *filter = &vcpu->kvm->arch.smccc_filter;

	if (likely(mtree_empty(filter)))
		return false;
	return xa_to_value(mtree_load(filter, (u32)vcpu_get_reg(vcpu, 0))) !=
	       KVM_SMCCC_FILTER_HANDLE;
}

static inline u32 hcb_arch_call_abi(const struct kvm_vcpu *vcpu, u8 declared)
{
	if (likely(kvm_vcpu_hvc_get_imm(vcpu) != XEN_IMMEDIATE))
		return HCBPF_ABI_SMCCC;
	return declared == HCBPF_ABI_AUTO ? HCBPF_ABI_XEN : HCBPF_ABI_SMCCC;
}

/* Might this end an SDEI handler? Rarely asked in vain. */
static inline bool hcb_arch_call_may_complete(const struct kvm_vcpu *vcpu)
{
	return (u32)vcpu_get_reg(vcpu, 0) - HCBPF_SDEI_EVENT_COMPLETE <=
	       HCBPF_SDEI_EVENT_COMPLETE_AND_RESUME - HCBPF_SDEI_EVENT_COMPLETE &&
	       kvm_vcpu_hvc_get_imm(vcpu) != XEN_IMMEDIATE;
}

static inline u64 hcb_xen_nr(const struct kvm_vcpu *vcpu)
{
	return vcpu_get_reg(vcpu, vcpu_mode_is_32bit(vcpu) ? XEN_NR_32 : XEN_NR_64);
}

/* What the guest finds in its result register. */
static inline u64 hcb_arch_call_result(const struct kvm_vcpu *vcpu)
{
	return vcpu_get_reg(vcpu, 0);
}

/* Has @filter a number that the call may turn out to have? Cheaper than reading it. */
static __always_inline bool hcb_arch_call_is_in(const struct kvm_vcpu *vcpu, u32 abi, u64 filter)
{
	return hcb_filter_has(filter, likely(abi == HCBPF_ABI_SMCCC) ? vcpu_get_reg(vcpu, 0) :
								       hcb_xen_nr(vcpu));
}

#endif /* HCBPF_ARCH_CALL_H */
