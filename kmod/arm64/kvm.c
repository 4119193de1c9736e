// SPDX-License-Identifier: GPL-2.0-only
/* What a hypercall looks like in a vCPU, and how to answer it. */
#include <linux/kvm_host.h>
#include "arch.h"
#include "call_regs.h"
#include "guest_access.h"
#include "vm.h"
#include "arm64/kernel.h"
#include "arm64/kvm.h"
#include "arm64/walk.h"

/* ---- reading a call ---- */

/* Xen's calls are told by their immediate: asking for Xen alone makes no sense. */
bool hcb_arch_abi_is_valid(u32 abi)
{
	return abi == HCBPF_ABI_AUTO || abi == HCBPF_ABI_SMCCC;
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

/*
 * Only the value of the address counts. Not const in the sense of mergeable: it is
 * one object, of this module.
 */
const char hcb_exit_mark;

void hcb_complete_exit(struct kvm_vcpu *vcpu)
{
	struct kvm_mmio_fragment *pending = &vcpu->mmio_fragments[0];

	pending->data = NULL;
	if (*vcpu_pc(vcpu) == pending->gpa)
		write_result(vcpu, pending->len, READ_ONCE(vcpu->run->hypercall.ret));
	hcb_vm_exit_completed(vcpu->kvm);
}
