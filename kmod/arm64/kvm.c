// SPDX-License-Identifier: GPL-2.0-only
/* What a hypercall looks like in a vCPU, and how to answer it. */
#include <linux/kvm_host.h>
#include "arch.h"
#include "arch_call.h"
#include "guest_access.h"
#include "vm.h"
#include "arm64/kernel.h"
#include "arm64/kvm.h"
#include "arm64/walk.h"

#define SMCCC_64_BIT BIT(30)	/* in a function id: the call has 64-bit arguments */

/* ---- reading a call ---- */

/* Xen's calls are told by their immediate: asking for Xen alone makes no sense. */
bool hcb_arch_abi_is_valid(u32 abi)
{
	return abi == HCBPF_ABI_AUTO || abi == HCBPF_ABI_SMCCC;
}

static bool is_smc(const struct kvm_vcpu *vcpu)
{
	u8 class = kvm_vcpu_trap_get_class(vcpu);

	return class == ESR_ELx_EC_SMC64 || class == ESR_ELx_EC_SMC32;
}

static void read_smccc(const u64 *regs, struct hcbpf_call *call)
{
	u64 mask = regs[0] & SMCCC_64_BIT && call->mode == HCBPF_MODE_64 ? U64_MAX : U32_MAX;
	int i;

	call->nr = (u32)regs[0];
	for (i = 0; i < 6; i++)
		call->args[i] = regs[1 + i] & mask;
}

static void read_xen(const u64 *regs, u64 nr, struct hcbpf_call *call)
{
	u64 mask = call->mode == HCBPF_MODE_64 ? U64_MAX : U32_MAX;
	int i;

	call->nr = nr & mask;
	for (i = 0; i < 5; i++)
		call->args[i] = regs[i] & mask;
	call->args[5] = 0;
}

void hcb_arch_call_read(struct kvm_vcpu *vcpu, struct hcbpf_call *call)
{
	const u64 *regs = vcpu_gp_regs(vcpu)->regs;

	call->vcpu_id = vcpu->vcpu_id;
	call->user = !vcpu_mode_priv(vcpu);
	call->mode = vcpu_mode_is_32bit(vcpu) ? HCBPF_MODE_32 : HCBPF_MODE_64;
	call->conduit = is_smc(vcpu) ? HCBPF_CONDUIT_SMC : HCBPF_CONDUIT_HVC;
	if (call->abi == HCBPF_ABI_XEN)
		read_xen(regs, hcb_xen_nr(vcpu), call);
	else
		read_smccc(regs, call);
}

u32 hcb_arch_xen_sub(struct kvm_vcpu *vcpu)
{
	return min_t(u64, vcpu_get_reg(vcpu, 0), HCBPF_RULE_ANY);
}

/* ---- reading guest memory ---- */

/*
 * With page faults disabled a table that is not resident makes this fail, not wait. Of
 * 32-bit guests, the walk knows only the one without tables.
 */
int hcb_arch_translate(struct guest_access *access, u64 addr)
{
	struct walk_regs regs = hcb_read_walk_regs(access->vcpu, addr & WALK_UPPER);
	int err;

	if (vcpu_mode_is_32bit(access->vcpu) && regs.sctlr & SCTLR_ELx_M)
		return -EFAULT;
	pagefault_disable();
	err = hcb_walk_stage1(access, addr, regs.sctlr, regs.tcr, regs.ttbr);
	pagefault_enable();
	return err;
}

/* pKVM's: their calls are not served at all. */
bool hcb_arch_vm_is_encrypted(struct kvm *kvm)
{
	return false;
}

/* KVM_CAP_EXIT_HYPERCALL is x86's; a KVM_ARM_VM_SMCCC_FILTER is asked before any policy. */
bool hcb_arch_kvm_exits(const struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	return false;
}

/* ---- answering it ---- */

static void write_result(struct kvm_vcpu *vcpu, u8 mode, u64 ret)
{
	vcpu_set_reg(vcpu, 0, mode == HCBPF_MODE_64 ? ret : (u32)ret);
}

void hcb_arch_call_answer(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	write_result(vcpu, call->mode, call->ret);
}

/*
 * Only the value of the address counts. Not const in the sense of mergeable: it is
 * one object, of this module.
 */
const char hcb_exit_mark;

/*
 * Where the vCPU will be when the VMM sees it: an HVC's return address is behind
 * the instruction; an SMC's is not, and KVM steps over it on the way out.
 */
static u64 pc_after_call(const struct kvm_vcpu *vcpu)
{
	u64 pc = *vcpu_pc(vcpu);

	if (vcpu_get_flag(vcpu, INCREMENT_PC))
		pc += kvm_vcpu_trap_il_is32bit(vcpu) ? 4 : 2;
	return pc;
}

void hcb_arch_call_exit(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	struct kvm_mmio_fragment *pending = &vcpu->mmio_fragments[0];

	if (call->conduit == HCBPF_CONDUIT_SMC)
		vcpu->run->hypercall.flags |= KVM_HYPERCALL_EXIT_SMC;
	pending->gpa = pc_after_call(vcpu);
	pending->len = call->mode;
	pending->data = (void *)&hcb_exit_mark;
}

void hcb_complete_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_mmio_fragment *pending = &vcpu->mmio_fragments[0];

	pending->data = NULL;
	if (*vcpu_pc(vcpu) == pending->gpa)
		write_result(vcpu, pending->len, READ_ONCE(vcpu->run->hypercall.ret));
	hcb_vm_exit_completed(vcpu->kvm);
}
