/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the SDEI files of the arm64 backend. A PE is SDEI's word for a CPU:
 * here, a vCPU with the state machine of sdei.h. Each file uses those below it.
 *
 *   sdei_hook.c     where KVM is watched, and what it is told in place of its own
 *   sdei_regs.c     firmware registers for the VMM
 *   sdei_deliver.c  calls and delivery: the state machine meets registers
 *   sdei_pe.c       which VMs and vCPUs have SDEI; what others do to a vCPU
 */
#ifndef HCBPF_ARM64_SDEI_PE_H
#define HCBPF_ARM64_SDEI_PE_H

#include <linux/hrtimer.h>
#include <linux/kref.h>
#include <linux/kvm_host.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_nested.h>
#include "sdei.h"

/* Found by its KVM VM until that ends; kept by bindings beyond. Freed after RCU. */
struct sdei_vm {
	const struct kvm *kvm;		/* the key; not to be followed */
	struct rhash_head node;
	struct kref ref;
	raw_spinlock_t lock;		/* of the list; taken before a PE's */
	struct list_head pes;		/* those that are there; each has a reference */
	bool bound;			/* events are delivered */
	struct rcu_head rcu;
};

/* Found by its vCPU, from its first KVM_ARM_VCPU_INIT until it ends. Freed after RCU. */
struct sdei_pe {
	struct kvm_vcpu *vcpu;		/* the key; it is there while we are in the VM's list */
	struct rhash_head node;
	struct sdei_vm *vm;
	struct list_head in_vm;		/* the VM's lock */
	raw_spinlock_t lock;		/* the three below */
	struct sdei_vcpu state;
	bool deliverable;		/* a hint for readers without the lock */
	bool owed;			/* the binding waits for the end of the handler */
	bool listing;			/* KVM's own lists are asked for; vcpu->mutex */
	struct hrtimer retry;
	struct rcu_head rcu;
};

/* ---- sdei_pe.c; all but init and exit may be called from atomic context ---- */

int hcb_sdei_pe_init(void);
void hcb_sdei_pe_exit(void);

int hcb_sdei_vm_created(struct kvm *kvm);
void hcb_sdei_vm_destroyed(struct kvm *kvm);
int hcb_sdei_pe_ensure(struct kvm_vcpu *vcpu);
void hcb_sdei_pe_destroyed(struct kvm_vcpu *vcpu);

/* In RCU, or on behalf of somebody who keeps the vCPU. NULL: it has no SDEI. */
struct sdei_pe *hcb_sdei_pe_find(const struct kvm_vcpu *vcpu);

/* Nested, 32-bit and protected guests are not served. Known from KVM_ARM_VCPU_INIT on. */
static inline bool hcb_sdei_pe_serves(const struct sdei_pe *pe)
{
	return !vcpu_el1_is_32bit(pe->vcpu) && !vcpu_has_nv(pe->vcpu) &&
	       !vcpu_is_protected(pe->vcpu);
}

/* KVM holds it back. Stable updates of 6.12 made a counter of what was a flag. */
static inline bool hcb_sdei_pe_is_held(const struct kvm_vcpu *vcpu)
{
	return _Generic(&vcpu->arch.pause,
			const bool *: READ_ONCE(*(const bool *)&vcpu->arch.pause),
			const atomic_t *: atomic_read((const atomic_t *)&vcpu->arch.pause));
}

/* KVM has yet to write an exception, or the end of an instruction, into the registers. */
static inline bool hcb_sdei_pe_owes_registers(const struct kvm_vcpu *vcpu)
{
	return vcpu_get_flag(vcpu, PENDING_EXCEPTION) || vcpu_get_flag(vcpu, INCREMENT_PC);
}

/* Every change of the state is made between these two. */
void hcb_sdei_pe_lock(struct sdei_pe *pe);
void hcb_sdei_pe_unlock(struct sdei_pe *pe);

enum sdei_signalled hcb_sdei_pe_signal(struct sdei_pe *pe, u32 event);

/* It has come by and could not take its event yet: ask it again when its registers are final. */
void hcb_sdei_pe_ask_later(struct sdei_pe *pe);

/* ---- sdei_deliver.c ---- */

/* In the vCPU's own thread, on its way into the guest. */
void hcb_sdei_pe_deliver(struct sdei_pe *pe);

/* ---- sdei_regs.c: in place of KVM's functions of these names ---- */

int hcb_sdei_get_fw_num_regs(struct kvm_vcpu *vcpu);
int hcb_sdei_copy_fw_reg_indices(struct kvm_vcpu *vcpu, u64 __user *indices);
int hcb_sdei_get_fw_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);
int hcb_sdei_set_fw_reg(struct kvm_vcpu *vcpu, const struct kvm_one_reg *reg);

#endif /* HCBPF_ARM64_SDEI_PE_H */
