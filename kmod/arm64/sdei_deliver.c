// SPDX-License-Identifier: GPL-2.0-only
/*
 * SDEI's state machine and a vCPU's registers: calls, and entering a handler.
 *
 * Delivery needs a point that the vCPU passes on its way into the guest. One that
 * it passes every time would cost all VMs of the host at every entry. So a vCPU
 * that has an event to take is sent through one that is rarely used: KVM's request
 * to record stolen time, whose handler (kvm_update_stolen_time(), watched by
 * sdei_hook.c) costs next to nothing and does no harm when called once more. It
 * runs in the vCPU's thread, after a sleep or a reset has been dealt with.
 */
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include "vm.h"
#include "vm_sdei.h"
#include "arm64/kernel.h"
#include "arm64/kvm.h"
#include "arm64/sdei_pe.h"

/* ---- registers; those of a vCPU outside the guest are in memory ---- */

static void regs_read(const struct kvm_vcpu *vcpu, struct sdei_regs *regs)
{
	memcpy(regs->x, vcpu_gp_regs(vcpu)->regs, sizeof(regs->x));
	regs->pc = *vcpu_pc(vcpu);
	regs->pstate = hcb_kvms_read_pstate(vcpu);
}

static void regs_write(struct kvm_vcpu *vcpu, const struct sdei_regs *regs)
{
	memcpy(vcpu_gp_regs(vcpu)->regs, regs->x, sizeof(regs->x));
	*vcpu_pc(vcpu) = regs->pc;
	hcb_kvms_write_pstate(vcpu, regs->pstate);
}

/* A vCPU that is not initialised yet has another's affinity. One that is has a PE. */
static struct kvm_vcpu *vcpu_by_affinity(struct kvm *kvm, u64 affinity)
{
	struct kvm_vcpu *vcpu;
	unsigned long i;

	kvm_for_each_vcpu(i, vcpu, kvm)
		if (kvm_vcpu_get_mpidr_aff(vcpu) == affinity && kvm_vcpu_initialized(vcpu))
			return vcpu;
	return NULL;
}

static bool pe_exists(void *kvm, u64 affinity)
{
	return vcpu_by_affinity(kvm, affinity);
}

static void signal_affinity(struct kvm *kvm, u64 affinity, u32 event)
{
	struct kvm_vcpu *vcpu = vcpu_by_affinity(kvm, affinity);
	struct sdei_pe *pe = vcpu ? hcb_sdei_pe_find(vcpu) : NULL;

	if (pe)
		hcb_sdei_pe_signal(pe, event);
}

static void env_read(struct kvm_vcpu *vcpu, struct sdei_env *env)
{
	preempt_disable();
	env->sctlr_el1 = hcb_read_el1(vcpu, SCTLR_EL1);
	preempt_enable();
	env->mte = kvm_has_mte(vcpu->kvm);
	env->pe_exists = pe_exists;
	env->ctx = vcpu->kvm;
}

/* ---- calls ---- */

bool hcb_sdei_vcpu_serves(const struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe;
	bool serves;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	serves = pe && hcb_sdei_pe_serves(pe);
	rcu_read_unlock();
	return serves;
}

/* Only this vCPU starts and ends its handlers: no lock. */
bool hcb_sdei_vcpu_completes(const struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe;
	bool completes;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	completes = pe && hcb_sdei_pe_serves(pe) && hcb_sdei_running(&pe->state);
	rcu_read_unlock();
	return completes;
}

static void carry_out(struct kvm_vcpu *vcpu, const struct sdei_regs *regs,
		      const struct sdei_effects *effects)
{
	if (effects->exception) {
		preempt_disable();
		hcb_write_el1(vcpu, ELR_EL1, effects->elr_el1);
		hcb_write_el1(vcpu, SPSR_EL1, effects->spsr_el1);
		preempt_enable();
	}
	if (effects->ended) {
		regs_write(vcpu, regs);
		vcpu_clear_flag(vcpu, INCREMENT_PC);	/* that was for the SMC */
	} else {
		vcpu_set_reg(vcpu, 0, regs->x[0]);
	}
	if (effects->signal)
		signal_affinity(vcpu->kvm, effects->affinity, effects->event);
}

void hcb_sdei_vcpu_call(struct kvm_vcpu *vcpu)
{
	struct sdei_effects effects;
	struct sdei_regs regs;
	struct sdei_env env;
	struct sdei_pe *pe;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	if (pe) {
		env_read(vcpu, &env);
		regs_read(vcpu, &regs);
		hcb_sdei_pe_lock(pe);
		hcb_sdei_call(&pe->state, &regs, &env, &effects);
		hcb_sdei_pe_unlock(pe);
		carry_out(vcpu, &regs, &effects);
	}
	rcu_read_unlock();
}

/* ---- delivery ---- */

/*
 * The instruction that trapped (WFI mostly) is done with: the little that KVM would
 * do at the entry. Exceptions, and AArch32 with its conditional blocks, are left to
 * KVM. An exception's kind is kept in the bit of the increment, so ask for it first.
 */
static bool finish_registers(struct kvm_vcpu *vcpu)
{
	if (!hcb_sdei_pe_owes_registers(vcpu))
		return true;
	if (vcpu_get_flag(vcpu, PENDING_EXCEPTION) || vcpu_mode_is_32bit(vcpu))
		return false;
	*vcpu_pc(vcpu) += 4;
	*vcpu_cpsr(vcpu) &= ~(PSR_BTYPE_MASK | DBG_SPSR_SS);
	vcpu_clear_flag(vcpu, INCREMENT_PC);
	return true;
}

/* Off, suspended (then the event makes KVM tell the VMM to wake it), or held by KVM. */
static bool is_stopped(struct kvm_vcpu *vcpu)
{
	return READ_ONCE(vcpu->arch.mp_state.mp_state) != KVM_MP_STATE_RUNNABLE ||
	       hcb_sdei_pe_is_held(vcpu);
}

void hcb_sdei_pe_deliver(struct sdei_pe *pe)
{
	struct kvm_vcpu *vcpu = pe->vcpu;
	struct sdei_regs regs;
	struct sdei_env env;
	bool delivered;

	if (is_stopped(vcpu)) {
		kvm_make_request(KVM_REQ_RECORD_STEAL, vcpu);	/* it stays out anyway */
		return;
	}
	if (!finish_registers(vcpu)) {
		hcb_sdei_pe_ask_later(pe);
		return;
	}
	env_read(vcpu, &env);
	regs_read(vcpu, &regs);
	hcb_sdei_pe_lock(pe);
	delivered = READ_ONCE(pe->vm->bound) && hcb_sdei_deliver(&pe->state, &regs, &env);
	hcb_sdei_pe_unlock(pe);
	if (delivered)
		regs_write(vcpu, &regs);
}
