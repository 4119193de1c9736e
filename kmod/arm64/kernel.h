/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: what the module calls of KVM/arm64 that is not exported, or no longer, and
 * where the kernels differ.
 *
 * arm64 has no static calls, so these are pointers. Only functions with external
 * linkage qualify, which are made to be called from elsewhere: a landing pad
 * for BTI, and the hash of their type for kCFI. And each must still be what it was
 * when the module was written: that is checked against the kernel's BTF.
 */
#ifndef HCBPF_ARM64_KERNEL_H
#define HCBPF_ARM64_KERNEL_H

#include <linux/kvm_host.h>
#include <asm/arch_timer.h>
#include <asm/debug-monitors.h>
#include <kvm/arm_hypercalls.h>
#include "compat.h"

#ifdef HCB_HAS_VCPU_KICK_WAIT
#define KVMS_KICK(X) X(__kvm_vcpu_kick, "void(struct kvm_vcpu*,bool)")
#else
#define KVMS_KICK(X) X(kvm_vcpu_kick, "void(struct kvm_vcpu*)")
#endif

#ifdef HCB_HAS_SYSREG_ENUM
#define SYSREG "enum vcpu_sysreg"
#else
#define SYSREG "int"
#endif

/* Not where headers have what is in these: that costs a walk of page tables 250 less. */
#ifdef HCB_HAS_SYSREG_INLINE
#define KVMS_SYSREG(X)
#else
#define KVMS_SYSREG(X)							\
	X(vcpu_read_sys_reg, "u64(const struct kvm_vcpu*," SYSREG ")")	\
	X(vcpu_write_sys_reg, "void(struct kvm_vcpu*,u64," SYSREG ")")
#endif

/* KVM's functions that are bound, beside those of compat.h's KVMS_BTF. */
#define KVMS_FUNCTIONS(X)						\
	KVMS_COMMON(X)							\
	KVMS_SYSREG(X)
/* Only with sdei=1. */
#define KVMS_SDEI_FUNCTIONS(X)						\
	KVMS_KICK(X)							\
	X(kvm_arm_get_fw_num_regs, "int(struct kvm_vcpu*)")		\
	X(kvm_arm_copy_fw_reg_indices, "int(struct kvm_vcpu*,u64*)")

#define KVMS_DECLARE(function, prototype) extern typeof(function) *hcb_kvms_##function;
KVMS_BTF(KVMS_DECLARE)
KVMS_FUNCTIONS(KVMS_DECLARE)
KVMS_SDEI_FUNCTIONS(KVMS_DECLARE)

/* To call one of them: KVMS(function)(arguments). */
#define KVMS(function) (*hcb_kvms_##function)

static inline void hcb_kvms_kick(struct kvm_vcpu *vcpu)
{
#ifdef HCB_HAS_VCPU_KICK_WAIT
	KVMS(__kvm_vcpu_kick)(vcpu, false);
#else
	KVMS(kvm_vcpu_kick)(vcpu);
#endif
}

/*
 * With VHE, a loaded vCPU's EL1 registers are in the CPU, until it is put. The
 * caller has switched preemption off, since a preempted vCPU is put.
 */
static inline u64 hcb_read_el1(struct kvm_vcpu *vcpu, enum vcpu_sysreg reg)
{
#ifdef HCB_HAS_SYSREG_INLINE
	u64 value;

	if (vcpu_get_flag(vcpu, SYSREGS_ON_CPU) && __vcpu_read_sys_reg_from_cpu(reg, &value))
		return value;
	return ctxt_sys_reg(&vcpu->arch.ctxt, reg);
#else
	return KVMS(vcpu_read_sys_reg)(vcpu, reg);
#endif
}

static inline void hcb_write_el1(struct kvm_vcpu *vcpu, enum vcpu_sysreg reg, u64 value)
{
#ifdef HCB_HAS_SYSREG_INLINE
	if (!vcpu_get_flag(vcpu, SYSREGS_ON_CPU) || !__vcpu_write_sys_reg_to_cpu(value, reg))
		ctxt_sys_reg(&vcpu->arch.ctxt, reg) = value;
#else
	KVMS(vcpu_write_sys_reg)(vcpu, value, reg);
#endif
}

/* What a walk of EL1's page tables begins with. */
struct walk_regs {
	u64 sctlr, tcr, ttbr;
};

/*
 * All from the CPU or all from memory, see above: where they are is asked once, which is 26
 * instructions less than for each, and on kernels whose headers do not say how, 240 less. What
 * their function adds is for guests that have an EL2 of their own: none of whose calls is decided.
 */
static __always_inline struct walk_regs hcb_read_walk_regs(struct kvm_vcpu *vcpu, bool upper)
{
	struct walk_regs regs;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))	/* elsewhere it is off while a policy runs */
		preempt_disable();
	if (likely(vcpu_get_flag(vcpu, SYSREGS_ON_CPU)) && likely(has_vhe())) {
		regs.sctlr = read_sysreg_s(SYS_SCTLR_EL12);
		regs.tcr = read_sysreg_s(SYS_TCR_EL12);
		regs.ttbr = upper ? read_sysreg_s(SYS_TTBR1_EL12) : read_sysreg_s(SYS_TTBR0_EL12);
	} else {
		regs.sctlr = ctxt_sys_reg(&vcpu->arch.ctxt, SCTLR_EL1);
		regs.tcr = ctxt_sys_reg(&vcpu->arch.ctxt, TCR_EL1);
		regs.ttbr = upper ? ctxt_sys_reg(&vcpu->arch.ctxt, TTBR1_EL1) :
				    ctxt_sys_reg(&vcpu->arch.ctxt, TTBR0_EL1);
	}
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	return regs;
}

/* Find and bind them. -ENOENT, -EPROTO: a KVM we do not know; the log says why. */
int hcb_kernel_init(void);
int hcb_kernel_init_sdei(void);

/*
 * PSTATE of a vCPU that is in KVM_RUN, but outside the guest. While a VMM steps its guest,
 * some kernels have the VMM's step bit in the register then, and the guest's own in a flag.
 */
static inline u64 hcb_kvms_read_pstate(const struct kvm_vcpu *vcpu)
{
	u64 pstate = *vcpu_cpsr(vcpu);

#ifdef GUEST_SS_ACTIVE_PENDING
	if (vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP) {
		pstate &= ~DBG_SPSR_SS;
		if (!vcpu_get_flag(vcpu, GUEST_SS_ACTIVE_PENDING))
			pstate |= DBG_SPSR_SS;
	}
#endif
	return pstate;
}

static inline void hcb_kvms_write_pstate(struct kvm_vcpu *vcpu, u64 pstate)
{
#ifdef GUEST_SS_ACTIVE_PENDING
	if (vcpu->guest_debug & KVM_GUESTDBG_SINGLESTEP) {
		if (pstate & DBG_SPSR_SS)
			vcpu_clear_flag(vcpu, GUEST_SS_ACTIVE_PENDING);
		else
			vcpu_set_flag(vcpu, GUEST_SS_ACTIVE_PENDING);
		pstate &= ~DBG_SPSR_SS;
		pstate |= *vcpu_cpsr(vcpu) & DBG_SPSR_SS;
	}
#endif
	*vcpu_cpsr(vcpu) = pstate;
}

/*
 * The lower half of the counter, as it is: get_cycles() calls through a pointer, and what orders
 * the reading (an ISB and 3 more) is dearer than the few ns are worth. Like x86's.
 */
static __always_inline u32 hcb_kvms_ticks(void)
{
	return read_sysreg(cntvct_el0);
}

static inline u32 hcb_kvms_ticks_khz(void)
{
	return arch_timer_get_cntfrq() / 1000;
}

#endif /* HCBPF_ARM64_KERNEL_H */
