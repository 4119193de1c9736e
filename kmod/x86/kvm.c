// SPDX-License-Identifier: GPL-2.0-only
/* What a hypercall looks like in a vCPU, and how to answer it. */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include "arch.h"
#include "call_regs.h"
#include "guest_access.h"
#include "vm.h"
#include "x86/kernel.h"
#include "x86/walk_vcpu.h"

/* ---- reading a call ---- */

bool hcb_arch_abi_is_valid(u32 abi)
{
	return abi <= HCBPF_ABI_HYPERV;
}

/* Out of line: that it takes the address of what it reads costs its caller 12 instructions. */
noinline bool hcb_is_64bit_by_segment(struct kvm_vcpu *vcpu)
{
	int db, l;

	if (!(vcpu->arch.efer & EFER_LMA))
		return false;
	static_call(kvm_x86_get_cs_db_l_bits)(vcpu, &db, &l);
	return l;
}

bool hcb_arch_kvm_exits(const struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	return call->abi == HCBPF_ABI_KVM && call->nr < BITS_PER_TYPE(u64) &&
	       vcpu->kvm->arch.hypercall_exit_enabled & BIT_ULL(call->nr);
}

/* Wherever our walk does not answer, KVM's answer counts. It marks pages as accessed and dirty. */
static noinline bool walk_by_kvm(struct guest_access *access, u64 addr)
{
	u64 exception[X86_EXCEPTION_MAX / sizeof(u64)] __uninitialized;

	access->gpa = access->write ?
		KVMS(kvm_mmu_gva_to_gpa_write)(access->vcpu, addr, (void *)exception) :
		KVMS(kvm_mmu_gva_to_gpa_read)(access->vcpu, addr, (void *)exception);
	return access->gpa != INVALID_GPA;
}

/*
 * With page faults disabled a walk fails on a page table that is not resident
 * instead of waiting for it, so this is safe under RCU.
 */
int hcb_arch_translate(struct guest_access *access, u64 addr)
{
	bool found;

	pagefault_disable();
	found = likely(hcb_walk_vcpu(access, addr)) || walk_by_kvm(access, addr);
	pagefault_enable();
	return found ? 0 : -EFAULT;
}

/* By KVM_SEV_ES_INIT a VM gets neither a type nor the flag: its vCPUs tell, once launched. */
static bool has_protected_vcpu(struct kvm *kvm)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (vcpu->arch.guest_state_protected)
			return true;
	return false;
}

bool hcb_arch_vm_is_encrypted(struct kvm *kvm)
{
	return kvm->arch.has_protected_state || kvm->arch.vm_type > KVM_X86_SW_PROTECTED_VM ||
	       has_protected_vcpu(kvm);
}

/* ---- answering it ---- */

asmlinkage int hcb_complete_exit(struct kvm_vcpu *vcpu);

/* The ABI comes from memory that the VMM can write: a wrong one costs its own guest a register. */
static __always_inline int finish_exit(struct kvm_vcpu *vcpu, unsigned long rip, u8 mode)
{
	const struct kvm_run *run = vcpu->run;
	bool still_there = rip == *hcb_kvms_exit_rip(vcpu);

	if (still_there)
		write_result(vcpu, READ_ONCE(run->hypercall.flags) >> HCBPF_EXIT_ABI_SHIFT, mode,
			     READ_ONCE(run->hypercall.ret));
	hcb_vm_exit_completed(vcpu->kvm);
	return still_there;
}

/* Out of line: what it calls has the others save registers, 8 instructions. */
static noinline int finish_by_asking(struct kvm_vcpu *vcpu)
{
	unsigned long rip = linear_rip(vcpu, runs_above_4g(vcpu));

	return finish_exit(vcpu, rip, is_64bit(vcpu) ? HCBPF_MODE_64 : HCBPF_MODE_32);
}

/* Called by entry.S. Non-zero: the guest has its result, step over the instruction. */
asmlinkage int hcb_complete_exit(struct kvm_vcpu *vcpu)
{
	if (unlikely(!hcb_kvms_has_reg(vcpu, HCB_REG_RIP)) || unlikely(!runs_above_4g(vcpu)))
		return finish_by_asking(vcpu);
	return finish_exit(vcpu, hcb_kvms_rip(vcpu), HCBPF_MODE_64);
}
