/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call's registers, when a policy is asked and when it has decided: inline in dispatch.c, 25
 * instructions of an exit.
 */
#ifndef HCBPF_CALL_REGS_H
#define HCBPF_CALL_REGS_H

#include <linux/kvm_host.h>
#include "arch_call.h"
#include "kernel.h"
#include "observe.h"

bool hcb_is_64bit_by_segment(struct kvm_vcpu *vcpu);

/*
 * Code that runs above 4 GB, as kernels do, is 64-bit code: other code has a
 * 32-bit instruction pointer. Reading a register saves reading a segment, which
 * on SVM costs 98 instructions, and on VMX a VMREAD. False: not known without
 * looking further.
 */
static __always_inline bool runs_above_4g(struct kvm_vcpu *vcpu)
{
	/* What KVM has of a protected vCPU's is stale. */
	return likely(!vcpu->arch.guest_state_protected) && hcb_kvms_rip(vcpu) >> 32;
}

static __always_inline bool is_64bit(struct kvm_vcpu *vcpu)
{
	if (likely(runs_above_4g(vcpu)) || vcpu->arch.guest_state_protected)
		return true;	/* SEV-ES needs it; the segment is encrypted */
	return hcb_is_64bit_by_segment(vcpu);
}

/* ---- of what kind it is ---- */

/* It is in argument 0, where KVM has that. */
static __always_inline u32 xen_sub(const struct kvm_vcpu *vcpu, bool wide)
{
	const unsigned long *regs = vcpu->arch.regs;

	if (unlikely(vcpu->arch.guest_state_protected))
		return HCBPF_RULE_ANY;
	return min_t(u64, wide ? regs[VCPU_REGS_RDI] : (u32)regs[VCPU_REGS_RBX], HCBPF_RULE_ANY);
}

/* hcb_seen_kind() of the call. @wide: made by 64-bit code; of KVM's own calls it says nothing. */
static __always_inline u64 kind_of(const struct kvm_vcpu *vcpu, u32 abi, bool wide)
{
	const unsigned long *regs = vcpu->arch.regs;
	u64 nr = regs[VCPU_REGS_RAX];

	if (abi == HCBPF_ABI_HYPERV)
		nr = regs[wide ? VCPU_REGS_RCX : VCPU_REGS_RAX] & HYPERV_CODE;
	else if (unlikely(nr > U32_MAX))
		return SEEN_OTHER_KIND;
	if (likely(abi == HCBPF_ABI_KVM))	/* all but the number is a constant then */
		return hcb_seen_kind(HCBPF_ABI_KVM, nr, HCBPF_RULE_ANY);
	if (abi == HCBPF_ABI_XEN)
		return hcb_seen_kind(HCBPF_ABI_XEN, nr, xen_sub(vcpu, wide));
	return hcb_seen_kind(HCBPF_ABI_HYPERV, nr, HCBPF_RULE_ANY);
}

static __always_inline u64 hcb_arch_call_kind(struct kvm_vcpu *vcpu, u32 abi)
{
	return kind_of(vcpu, abi, abi == HCBPF_ABI_KVM || is_64bit(vcpu));
}

/*
 * hcb_seen_quickly(), of the call. False also where it takes the call of a function to say. KVM's
 * calls by themselves, or what is a constant for them would be none: 4 instructions.
 */
static __always_inline bool hcb_arch_call_seen_quickly(struct kvm_vcpu *vcpu, u32 abi,
						       struct seen_table *table,
						       struct seen_calls **calls)
{
	u64 nr = vcpu->arch.regs[VCPU_REGS_RAX], kind;

	if (likely(abi == HCBPF_ABI_KVM)) {
		kind = hcb_seen_kind(HCBPF_ABI_KVM, nr, HCBPF_RULE_ANY);
		return likely(nr <= U32_MAX) && hcb_seen_quickly(table, kind, calls);
	}
	if (!hcb_kvms_has_reg(vcpu, HCB_REG_RIP) || !runs_above_4g(vcpu))
		return false;
	kind = kind_of(vcpu, abi, true);
	return hcb_seen_quickly(table, kind, calls);
}

/* ---- reading ---- */

static __always_inline void read_kvm(const unsigned long *regs, struct hcbpf_call *call)
{
	call->nr = regs[VCPU_REGS_RAX];
	call->args[0] = regs[VCPU_REGS_RBX];
	call->args[1] = regs[VCPU_REGS_RCX];
	call->args[2] = regs[VCPU_REGS_RDX];
	call->args[3] = regs[VCPU_REGS_RSI];
	call->args[4] = 0;
	call->args[5] = 0;
}

static __always_inline void read_xen64(const unsigned long *regs, struct hcbpf_call *call)
{
	call->nr = regs[VCPU_REGS_RAX];
	call->args[0] = regs[VCPU_REGS_RDI];
	call->args[1] = regs[VCPU_REGS_RSI];
	call->args[2] = regs[VCPU_REGS_RDX];
	call->args[3] = regs[VCPU_REGS_R10];
	call->args[4] = regs[VCPU_REGS_R8];
	call->args[5] = regs[VCPU_REGS_R9];
}

static __always_inline void read_hyperv(const unsigned long *regs, struct hcbpf_call *call)
{
	if (call->mode == HCBPF_MODE_64) {
		call->args[0] = regs[VCPU_REGS_RCX];
		call->args[1] = regs[VCPU_REGS_RDX];
		call->args[2] = regs[VCPU_REGS_R8];
	} else {
		call->args[0] = regs[VCPU_REGS_RDX] << 32 | (u32)regs[VCPU_REGS_RAX];
		call->args[1] = regs[VCPU_REGS_RBX] << 32 | (u32)regs[VCPU_REGS_RCX];
		call->args[2] = regs[VCPU_REGS_RDI] << 32 | (u32)regs[VCPU_REGS_RSI];
	}
	call->nr = call->args[0] & HYPERV_CODE;
	call->args[3] = 0;
	call->args[4] = 0;
	call->args[5] = 0;
}

/* KVM's 32-bit convention is the first four of Xen's. */
static __always_inline void read_32(const unsigned long *regs, struct hcbpf_call *call)
{
	bool xen = call->abi == HCBPF_ABI_XEN;

	call->nr = (u32)regs[VCPU_REGS_RAX];
	call->args[0] = (u32)regs[VCPU_REGS_RBX];
	call->args[1] = (u32)regs[VCPU_REGS_RCX];
	call->args[2] = (u32)regs[VCPU_REGS_RDX];
	call->args[3] = (u32)regs[VCPU_REGS_RSI];
	call->args[4] = xen ? (u32)regs[VCPU_REGS_RDI] : 0;
	call->args[5] = xen ? (u32)regs[VCPU_REGS_RBP] : 0;
}

static __always_inline void hcb_arch_call_read(struct kvm_vcpu *vcpu, struct hcbpf_call *call)
{
	const unsigned long *regs = vcpu->arch.regs;

	call->vcpu_id = vcpu->vcpu_id;
	call->conduit = HCBPF_CONDUIT_NONE;
	call->user = static_call(hcb_kvms_get_cpl)(vcpu) != 0;
	call->mode = is_64bit(vcpu) ? HCBPF_MODE_64 : HCBPF_MODE_32;
	if (call->abi == HCBPF_ABI_HYPERV)
		read_hyperv(regs, call);
	else if (call->mode == HCBPF_MODE_32)
		read_32(regs, call);
	else if (call->abi == HCBPF_ABI_XEN)
		read_xen64(regs, call);
	else
		read_kvm(regs, call);
}

/* ---- answering ---- */

/*
 * kvm_get_linear_rip(), in 64-bit code without a look at segments that have no base. Of a
 * protected vCPU KVM says 0, always: nobody but the guest can have moved it.
 */
static __always_inline unsigned long linear_rip(struct kvm_vcpu *vcpu, bool above_4g)
{
	return above_4g ? hcb_kvms_rip(vcpu) : KVMS(kvm_get_linear_rip)(vcpu);
}

static __always_inline void write_result(struct kvm_vcpu *vcpu, u8 abi, u8 mode, u64 ret)
{
	unsigned long *regs = vcpu->arch.regs;

	regs[VCPU_REGS_RAX] = mode == HCBPF_MODE_64 ? ret : (u32)ret;
	if (abi == HCBPF_ABI_HYPERV && mode == HCBPF_MODE_32)
		regs[VCPU_REGS_RDX] = ret >> 32;
}

static __always_inline void hcb_arch_call_answer(struct kvm_vcpu *vcpu,
						 const struct hcbpf_call *call)
{
	write_result(vcpu, call->abi, call->mode, call->ret);
	++vcpu->stat.hypercalls;
}

int hcb_entry_complete(struct kvm_vcpu *vcpu);

/* An exit of ours is the vCPU's only one, so the field where KVM keeps RIP is free. */
static __always_inline void hcb_arch_call_exit(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	BUILD_BUG_ON(GENMASK_ULL(HCBPF_EXIT_ABI_SHIFT + 7, HCBPF_EXIT_ABI_SHIFT) &
		     GENMASK_ULL(31, 0));	/* KVM's, most of which are to be zero */
	if (call->mode == HCBPF_MODE_64)
		vcpu->run->hypercall.flags |= KVM_EXIT_HYPERCALL_LONG_MODE;
	*hcb_kvms_exit_rip(vcpu) = linear_rip(vcpu, runs_above_4g(vcpu));
	vcpu->arch.complete_userspace_io = hcb_entry_complete;
	++vcpu->stat.hypercalls;
}

#endif /* HCBPF_CALL_REGS_H */
