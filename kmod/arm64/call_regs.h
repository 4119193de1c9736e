/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call's registers, when a policy is asked and when it has decided: inline in dispatch.c, 25
 * instructions of an exit.
 */
#ifndef HCBPF_CALL_REGS_H
#define HCBPF_CALL_REGS_H

#include <linux/kvm_host.h>
#include "arch_call.h"
#include "observe.h"
#include "arm64/kvm.h"

#define SMCCC_64_BIT BIT(30)	/* in a function id: the call has 64-bit arguments */

/* ---- of what kind it is ---- */

/* hcb_seen_kind() of the call. */
static __always_inline u64 hcb_arch_call_kind(const struct kvm_vcpu *vcpu, u32 abi)
{
	u64 arg = vcpu_get_reg(vcpu, 0), nr;

	if (likely(abi == HCBPF_ABI_SMCCC))
		return hcb_seen_kind(HCBPF_ABI_SMCCC, arg, HCBPF_RULE_ANY);
	nr = hcb_xen_nr(vcpu);
	if (unlikely(nr > U32_MAX))
		return SEEN_OTHER_KIND;
	return hcb_seen_kind(HCBPF_ABI_XEN, nr, min_t(u64, arg, HCBPF_RULE_ANY));
}

/* hcb_seen_quickly(), of the call; by themselves like x86's. */
static __always_inline bool hcb_arch_call_seen_quickly(const struct kvm_vcpu *vcpu, u32 abi,
						       struct seen_table *table,
						       struct seen_calls **calls)
{
	if (likely(abi == HCBPF_ABI_SMCCC))
		return hcb_seen_quickly(table, hcb_arch_call_kind(vcpu, HCBPF_ABI_SMCCC), calls);
	return hcb_seen_quickly(table, hcb_arch_call_kind(vcpu, abi), calls);
}

/* ---- reading ---- */

static __always_inline bool is_smc(const struct kvm_vcpu *vcpu)
{
	u8 class = kvm_vcpu_trap_get_class(vcpu);

	return class == ESR_ELx_EC_SMC64 || class == ESR_ELx_EC_SMC32;
}

/* Of 64 bits, two are copied by two instructions; a mask for each would be as many again. */
static __always_inline void copy_args(u64 *args, const u64 *regs, unsigned int nr, bool wide)
{
	unsigned int i;

	if (likely(wide)) {
		memcpy(args, regs, nr * sizeof(*args));
		return;
	}
	for (i = 0; i < nr; i++)
		args[i] = (u32)regs[i];
}

static __always_inline void read_smccc(const u64 *regs, bool wide, struct hcbpf_call *call)
{
	u32 nr = regs[0];

	call->nr = nr;
	copy_args(call->args, regs + 1, 6, wide && nr & SMCCC_64_BIT);
}

static __always_inline void read_xen(const u64 *regs, bool wide, struct hcbpf_call *call)
{
	call->nr = wide ? regs[XEN_NR_64] : (u32)regs[XEN_NR_32];
	copy_args(call->args, regs, 5, wide);
	call->args[5] = 0;
}

static __always_inline void hcb_arch_call_read(struct kvm_vcpu *vcpu, struct hcbpf_call *call)
{
	const u64 *regs = vcpu_gp_regs(vcpu)->regs;
	bool wide = !vcpu_mode_is_32bit(vcpu);
	bool user = !vcpu_mode_priv(vcpu), smc = is_smc(vcpu);

	call->vcpu_id = vcpu->vcpu_id;
	call->user = user;
	call->mode = wide ? HCBPF_MODE_64 : HCBPF_MODE_32;
	call->conduit = smc ? HCBPF_CONDUIT_SMC : HCBPF_CONDUIT_HVC;
	if (call->abi == HCBPF_ABI_XEN)
		read_xen(regs, wide, call);
	else
		read_smccc(regs, wide, call);
}

/* ---- answering ---- */

static __always_inline void write_result(struct kvm_vcpu *vcpu, u8 mode, u64 ret)
{
	vcpu_set_reg(vcpu, 0, mode == HCBPF_MODE_64 ? ret : (u32)ret);
}

static __always_inline void hcb_arch_call_answer(struct kvm_vcpu *vcpu,
						 const struct hcbpf_call *call)
{
	write_result(vcpu, call->mode, call->ret);
}

/*
 * Where the vCPU will be when the VMM sees it: an HVC's return address is behind
 * the instruction; an SMC's is not, and KVM steps over it on the way out.
 */
static __always_inline u64 pc_after_call(const struct kvm_vcpu *vcpu)
{
	u64 pc = *vcpu_pc(vcpu);

	if (vcpu_get_flag(vcpu, INCREMENT_PC))
		pc += kvm_vcpu_trap_il_is32bit(vcpu) ? 4 : 2;
	return pc;
}

static __always_inline void hcb_arch_call_exit(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	struct kvm_mmio_fragment *pending = &vcpu->mmio_fragments[0];

	if (call->conduit == HCBPF_CONDUIT_SMC)
		vcpu->run->hypercall.flags |= KVM_HYPERCALL_EXIT_SMC;
	pending->gpa = pc_after_call(vcpu);
	pending->len = call->mode;
	pending->data = (void *)&hcb_exit_mark;
}

#endif /* HCBPF_CALL_REGS_H */
