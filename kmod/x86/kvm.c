// SPDX-License-Identifier: GPL-2.0-only
/* What a hypercall looks like in a vCPU, and how to answer it. */
#include <linux/kvm_host.h>
#include <linux/uaccess.h>
#include "arch.h"
#include "arch_call.h"
#include "guest_access.h"
#include "vm.h"
#include "x86/kernel.h"
#include "x86/walk_vcpu.h"

/* ---- reading a call ---- */

bool hcb_arch_abi_is_valid(u32 abi)
{
	return abi <= HCBPF_ABI_HYPERV;
}

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

/* Out of line: that it takes the address of what it reads costs its caller 12 instructions. */
static noinline bool is_64bit_by_segment(struct kvm_vcpu *vcpu)
{
	int db, l;

	if (!(vcpu->arch.efer & EFER_LMA))
		return false;
	static_call(kvm_x86_get_cs_db_l_bits)(vcpu, &db, &l);
	return l;
}

static __always_inline bool is_64bit(struct kvm_vcpu *vcpu)
{
	if (likely(runs_above_4g(vcpu)) || vcpu->arch.guest_state_protected)
		return true;	/* SEV-ES needs it; the segment is encrypted */
	return is_64bit_by_segment(vcpu);
}

static void read_kvm(const unsigned long *regs, struct hcbpf_call *call)
{
	call->nr = regs[VCPU_REGS_RAX];
	call->args[0] = regs[VCPU_REGS_RBX];
	call->args[1] = regs[VCPU_REGS_RCX];
	call->args[2] = regs[VCPU_REGS_RDX];
	call->args[3] = regs[VCPU_REGS_RSI];
	call->args[4] = 0;
	call->args[5] = 0;
}

static void read_xen64(const unsigned long *regs, struct hcbpf_call *call)
{
	call->nr = regs[VCPU_REGS_RAX];
	call->args[0] = regs[VCPU_REGS_RDI];
	call->args[1] = regs[VCPU_REGS_RSI];
	call->args[2] = regs[VCPU_REGS_RDX];
	call->args[3] = regs[VCPU_REGS_R10];
	call->args[4] = regs[VCPU_REGS_R8];
	call->args[5] = regs[VCPU_REGS_R9];
}

static void read_hyperv(const unsigned long *regs, struct hcbpf_call *call)
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
static void read_32(const unsigned long *regs, struct hcbpf_call *call)
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

void hcb_arch_call_read(struct kvm_vcpu *vcpu, struct hcbpf_call *call)
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

/* It is in argument 0, where KVM has that. */
u32 hcb_arch_xen_sub(struct kvm_vcpu *vcpu)
{
	unsigned long arg;

	if (unlikely(vcpu->arch.guest_state_protected))
		return HCBPF_RULE_ANY;
	arg = is_64bit(vcpu) ? vcpu->arch.regs[VCPU_REGS_RDI] : (u32)vcpu->arch.regs[VCPU_REGS_RBX];
	return min_t(unsigned long, arg, HCBPF_RULE_ANY);
}

u64 hcb_arch_hyperv_code(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.regs[is_64bit(vcpu) ? VCPU_REGS_RCX : VCPU_REGS_RAX] & HYPERV_CODE;
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

/*
 * kvm_get_linear_rip(), in 64-bit code without a look at segments that have no base. Of a
 * protected vCPU KVM says 0, always: nobody but the guest can have moved it.
 */
static __always_inline unsigned long linear_rip(struct kvm_vcpu *vcpu, bool above_4g)
{
	return above_4g ? hcb_kvms_rip(vcpu) : KVMS(kvm_get_linear_rip)(vcpu);
}

static void write_result(struct kvm_vcpu *vcpu, u8 abi, u8 mode, u64 ret)
{
	unsigned long *regs = vcpu->arch.regs;

	regs[VCPU_REGS_RAX] = mode == HCBPF_MODE_64 ? ret : (u32)ret;
	if (abi == HCBPF_ABI_HYPERV && mode == HCBPF_MODE_32)
		regs[VCPU_REGS_RDX] = ret >> 32;
}

void hcb_arch_call_answer(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	write_result(vcpu, call->abi, call->mode, call->ret);
	++vcpu->stat.hypercalls;
}

int hcb_entry_complete(struct kvm_vcpu *vcpu);

/* An exit of ours is the vCPU's only one, so the field where KVM keeps RIP is free. */
void hcb_arch_call_exit(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	BUILD_BUG_ON(GENMASK_ULL(HCBPF_EXIT_ABI_SHIFT + 7, HCBPF_EXIT_ABI_SHIFT) &
		     GENMASK_ULL(31, 0));	/* KVM's, most of which are to be zero */
	if (call->mode == HCBPF_MODE_64)
		vcpu->run->hypercall.flags |= KVM_EXIT_HYPERCALL_LONG_MODE;
	*hcb_kvms_exit_rip(vcpu) = linear_rip(vcpu, runs_above_4g(vcpu));
	vcpu->arch.complete_userspace_io = hcb_entry_complete;
	++vcpu->stat.hypercalls;
}

asmlinkage int hcb_complete_exit(struct kvm_vcpu *vcpu);

/*
 * Called by entry.S. Non-zero: the guest has its result, step over the
 * instruction. The ABI comes from memory that the VMM can write: a wrong one
 * costs its own guest a register.
 */
asmlinkage int hcb_complete_exit(struct kvm_vcpu *vcpu)
{
	const struct kvm_run *run = vcpu->run;
	bool above_4g = runs_above_4g(vcpu);
	bool still_there = linear_rip(vcpu, above_4g) == *hcb_kvms_exit_rip(vcpu);

	if (still_there)
		write_result(vcpu, READ_ONCE(run->hypercall.flags) >> HCBPF_EXIT_ABI_SHIFT,
			     above_4g || is_64bit(vcpu) ? HCBPF_MODE_64 : HCBPF_MODE_32,
			     READ_ONCE(run->hypercall.ret));
	hcb_vm_exit_completed(vcpu->kvm);
	return still_there;
}
