/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dispatch asks about every call of a bound VM, before it knows whether
 * anybody cares: inline.
 */
#ifndef HCBPF_ARCH_CALL_H
#define HCBPF_ARCH_CALL_H

#include <linux/kvm_host.h>
#include <hcbpf/call.h>
#include "filter.h"
#include "arch.h"
#include "kernel.h"

#define XEN_HYPERV_CALL BIT(31)	/* in EAX: a Hyper-V call in a VM that has both */
#define HYPERV_CODE 0xffff	/* in the control word: the call's number */

/* Made by a nested guest: its own hypervisor's business. */
static inline bool hcb_arch_call_is_nested(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.hflags & HF_GUEST_MASK;
}

/* The vCPU's registers are encrypted (SEV-ES), but for some that the guest has shown. */
static inline bool hcb_arch_call_is_protected(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.guest_state_protected;
}

/*
 * Has the guest shown all registers of a call from such a vCPU? They are RAX, RBX, RCX, RDX
 * and RSI, and beside them the caller's level: all that KVM takes from the GHCB.
 */
static inline bool hcb_arch_call_is_shown(const struct hcbpf_call *call)
{
	return call->abi == HCBPF_ABI_KVM;
}

/* The VMM has told KVM, by KVM's own interface, what to do with this call. */
static inline bool hcb_arch_call_is_claimed(const struct kvm_vcpu *vcpu)
{
	return false;
}

static inline bool hcb_arch_call_may_complete(const struct kvm_vcpu *vcpu)
{
	return false;
}

/* The guest has written its identity to Hyper-V's MSR, as KVM's own check says. */
static inline bool hcb_speaks_hyperv(const struct kvm_vcpu *vcpu)
{
#ifdef CONFIG_KVM_HYPERV
	return vcpu->arch.hyperv_enabled && vcpu->kvm->arch.hyperv.hv_guest_os_id;
#else
	return false;
#endif
}

/* The call's ABI, for a VM bound with HCBPF_ABI_AUTO as KVM would take it. */
static inline u32 hcb_arch_call_abi(const struct kvm_vcpu *vcpu, u8 declared)
{
	bool xen = hcb_kvms_xen_flags(vcpu->kvm) & KVM_XEN_HVM_CONFIG_INTERCEPT_HCALL;

	if (declared != HCBPF_ABI_AUTO)
		return declared;
	if (xen && !(vcpu->arch.regs[VCPU_REGS_RAX] & XEN_HYPERV_CALL))
		return HCBPF_ABI_XEN;
	if (hcb_speaks_hyperv(vcpu))
		return HCBPF_ABI_HYPERV;
	return xen ? HCBPF_ABI_XEN : HCBPF_ABI_KVM;
}

/* What the guest finds in its result register. */
static inline u64 hcb_arch_call_result(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.regs[VCPU_REGS_RAX];
}

/* Has @filter a number that the call may turn out to have? Cheaper than reading it. */
static __always_inline bool hcb_arch_call_is_in(const struct kvm_vcpu *vcpu, u32 abi, u64 filter)
{
	const unsigned long *regs = vcpu->arch.regs;

	if (likely(abi != HCBPF_ABI_HYPERV))
		return hcb_filter_has(filter, regs[VCPU_REGS_RAX]);
	return hcb_filter_has(filter, regs[VCPU_REGS_RCX] & HYPERV_CODE) ||
	       hcb_filter_has(filter, regs[VCPU_REGS_RAX] & HYPERV_CODE);
}

#endif /* HCBPF_ARCH_CALL_H */
