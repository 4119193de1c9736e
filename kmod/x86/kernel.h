/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: every internal of KVM/x86 that the module uses beyond
 * <linux/kvm_host.h>, with its declaration where the kernel ships none, and where the
 * kernels differ.
 *
 * What KVM does not export, or no longer to everybody, is found by name (resolve.h) and
 * bound to a static call of ours. A static call is a direct call in the code itself, so it
 * needs no ENDBR at its target, no type hash and no retpoline: kernel IBT, kCFI and the
 * mitigations of Spectre have no objection. No address that was looked up is ever called
 * through a pointer.
 */
#ifndef HCBPF_X86_KERNEL_H
#define HCBPF_X86_KERNEL_H

#ifdef __ASSEMBLY__

/* To leave for KVM's function: what it names is a jump. */
#define KVMS(function) __SCT__hcb_kvms_##function

#else

#include <linux/kvm_host.h>
#include <linux/static_call.h>
#include "compat.h"
#include "x86/walk.h"

/* arch/x86/kvm/x86.h, arch/x86/kvm/mmu.h, arch/x86/include/asm/kvm_host.h of some */
struct x86_exception;
unsigned long kvm_get_linear_rip(struct kvm_vcpu *vcpu);
int kvm_skip_emulated_instruction(struct kvm_vcpu *vcpu);
gpa_t kvm_mmu_gva_to_gpa_read(struct kvm_vcpu *vcpu, gva_t gva, struct x86_exception *exception);
gpa_t kvm_mmu_gva_to_gpa_write(struct kvm_vcpu *vcpu, gva_t gva, struct x86_exception *exception);

/* KVM's functions that are bound, beside those of compat.h's KVMS_BTF. */
#define KVMS_FUNCTIONS(X)						\
	KVMS_COMMON(X)							\
	X(kvm_get_linear_rip, "unsigned long(struct kvm_vcpu*)")		\
	X(kvm_skip_emulated_instruction, "int(struct kvm_vcpu*)")	\
	X(kvm_mmu_gva_to_gpa_read,					\
	  "gpa_t(struct kvm_vcpu*,gva_t,struct x86_exception*)")	\
	X(kvm_mmu_gva_to_gpa_write,					\
	  "gpa_t(struct kvm_vcpu*,gva_t,struct x86_exception*)")

#define KVMS_DECLARE(function, prototype) DECLARE_STATIC_CALL(hcb_kvms_##function, function);
KVMS_BTF(KVMS_DECLARE)
KVMS_FUNCTIONS(KVMS_DECLARE)

/* To call one of them: KVMS(function)(arguments). */
#define KVMS(function) static_call(hcb_kvms_##function)

/*
 * The vCPU's privilege level. KVM's own static call, by its trampoline: it leads to
 * kvm_amd's or kvm_intel's function, whichever is loaded, even after a reload,
 * which an address in there would not survive.
 */
DECLARE_STATIC_CALL(hcb_kvms_get_cpl, int (struct kvm_vcpu *));

/* KVM's struct x86_exception, which nobody reads: 32 bytes once, and 48 since. */
#define X86_EXCEPTION_MAX 128

/* Find and bind all of them. -ENOENT, -EPROTO: a KVM we do not know; the log says why. */
int hcb_kernel_init(void);

/* ---- what a vCPU and a VM look like ---- */

#ifdef HCB_HAS_ARCH_RIP
#define HCB_REG_RIP VCPU_REG_RIP
#define HCB_REG_CR3 VCPU_REG_CR3
#define hcb_kvms_has_reg(vcpu, reg) test_bit(reg, (vcpu)->arch.regs_avail)
#else
#define HCB_REG_RIP VCPU_REGS_RIP
#define HCB_REG_CR3 VCPU_EXREG_CR3
#define hcb_kvms_has_reg(vcpu, reg) ((vcpu)->arch.regs_avail & BIT(reg))
#endif

/*
 * The guest's instruction pointer and CR3, as KVM reads them: VMX has them in the VMCS, for
 * CR3 only with EPT, and KVM keeps what somebody has asked for until the guest runs again.
 * RIP is asked for anyway, to step over the call.
 */
static inline unsigned long hcb_kvms_rip(struct kvm_vcpu *vcpu)
{
	if (unlikely(!hcb_kvms_has_reg(vcpu, HCB_REG_RIP)))
		static_call(kvm_x86_cache_reg)(vcpu, HCB_REG_RIP);
#ifdef HCB_HAS_ARCH_RIP
	return vcpu->arch.rip;
#else
	return vcpu->arch.regs[VCPU_REGS_RIP];
#endif
}

static inline unsigned long hcb_kvms_cr3(struct kvm_vcpu *vcpu)
{
	if (unlikely(!hcb_kvms_has_reg(vcpu, HCB_REG_CR3)))
		static_call(kvm_x86_cache_reg)(vcpu, HCB_REG_CR3);
	return vcpu->arch.cr3;
}

/*
 * What KVM's own walk goes by while no nested guest runs: how many levels of tables the guest
 * has (0: no paging, and less than 4 in 32-bit modes), and which bits of their entries have
 * to be 0, see x86/walk.h. KVM keeps both right when CR0, CR4, EFER or CPUID change.
 */
static inline unsigned int hcb_kvms_walk_levels(const struct kvm_vcpu *vcpu)
{
#ifdef HCB_HAS_PAGEWALK
	return vcpu->arch.gva_walk.cpu_role.base.level;
#else
	return vcpu->arch.root_mmu.cpu_role.base.level;
#endif
}

static inline walk_reserved *hcb_kvms_walk_reserved(const struct kvm_vcpu *vcpu)
{
#ifdef HCB_HAS_PAGEWALK
	return &vcpu->arch.gva_walk.fmt.rsvd_bits_mask;
#else
	return &vcpu->arch.root_mmu.guest_rsvd_check.rsvd_bits_mask;
#endif
}

/* Where KVM remembers where an exit to the VMM came from that has a completion. */
static inline unsigned long *hcb_kvms_exit_rip(struct kvm_vcpu *vcpu)
{
#ifdef HCB_HAS_CUI_LINEAR_RIP
	return &vcpu->arch.cui_linear_rip;
#else
	return &vcpu->arch.pio.linear_rip;
#endif
}

/* The flags of KVM_XEN_HVM_CONFIG. */
static inline u32 hcb_kvms_xen_flags(const struct kvm *kvm)
{
#if defined(HCB_HAS_ARCH_XEN_HVM_CONFIG)
	return kvm->arch.xen_hvm_config.flags;
#elif defined(CONFIG_KVM_XEN)
	return kvm->arch.xen.hvm_config.flags;
#else
	return 0;
#endif
}

/* The lower half of get_cycles(), without the four instructions that make one of two. */
static __always_inline u32 hcb_kvms_ticks(void)
{
	u32 low, high;

	asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return low;
}

static inline u32 hcb_kvms_ticks_khz(void)
{
	return tsc_khz;
}

#endif /* __ASSEMBLY__ */

#endif /* HCBPF_X86_KERNEL_H */
