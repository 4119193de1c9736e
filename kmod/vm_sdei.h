/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rest of the module asks of SDEI: arm64/sdei_*.c. SDEI is Arm's: on x86 no VM
 * has it.
 */
#ifndef HCBPF_KMOD_VM_SDEI_H
#define HCBPF_KMOD_VM_SDEI_H

#include <linux/errno.h>
#include <linux/types.h>

struct hcbpf_sdei_state;
struct kvm;
struct kvm_vcpu;
struct sdei_vm;

#ifdef CONFIG_ARM64

/* After hcb_sdei_start() VMs that are created have SDEI, if the parameter says so. */
int hcb_sdei_init(void);
void hcb_sdei_start(void);
void hcb_sdei_exit(void);

/* A reference to what SDEI knows of a VM; NULL: the VM has none. It may outlive the VM. */
struct sdei_vm *hcb_sdei_vm_get(const struct kvm *kvm);
void hcb_sdei_vm_put(struct sdei_vm *vm);

/*
 * Watch what delivery needs, from the first binding of a VM with SDEI on, for as long as
 * KVM is hooked. attach.c serialises; both may be repeated.
 */
int hcb_sdei_watch(void);
int hcb_sdei_unwatch(void);

/*
 * Events are delivered between these two. Unbinding counts the handlers that
 * run in @owed, each before it can end: hcb_vm_exit_completed() is called when it does.
 */
void hcb_sdei_vm_bind(struct sdei_vm *vm);
void hcb_sdei_vm_unbind(struct sdei_vm *vm, atomic_t *owed);

/* For everybody but the vCPU itself; @vm may be NULL. See HCBPF_VM_SDEI_* in uapi.h. */
int hcb_sdei_vm_signal(struct sdei_vm *vm, u32 vcpu_id, u32 event);
int hcb_sdei_vm_cancel(struct sdei_vm *vm, u32 vcpu_id, u32 event);
int hcb_sdei_vm_show(struct sdei_vm *vm, struct hcbpf_sdei_state *show);

/* May this vCPU make SDEI calls? */
bool hcb_sdei_vcpu_serves(const struct kvm_vcpu *vcpu);

/* The vCPU's call ends a handler that runs: nobody may refuse it. */
bool hcb_sdei_vcpu_completes(const struct kvm_vcpu *vcpu);

/* Carry out the vCPU's call, and give the guest its result. */
void hcb_sdei_vcpu_call(struct kvm_vcpu *vcpu);

#else

static inline int hcb_sdei_init(void)
{
	return 0;
}

static inline void hcb_sdei_start(void)
{
}

static inline void hcb_sdei_exit(void)
{
}

static inline struct sdei_vm *hcb_sdei_vm_get(const struct kvm *kvm)
{
	return NULL;
}

static inline void hcb_sdei_vm_put(struct sdei_vm *vm)
{
}

static inline int hcb_sdei_watch(void)
{
	return 0;
}

static inline int hcb_sdei_unwatch(void)
{
	return 0;
}

static inline void hcb_sdei_vm_bind(struct sdei_vm *vm)
{
}

static inline void hcb_sdei_vm_unbind(struct sdei_vm *vm, atomic_t *owed)
{
}

static inline int hcb_sdei_vm_signal(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	return -EOPNOTSUPP;
}

static inline int hcb_sdei_vm_cancel(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	return -EOPNOTSUPP;
}

static inline int hcb_sdei_vm_show(struct sdei_vm *vm, struct hcbpf_sdei_state *show)
{
	return -EOPNOTSUPP;
}

static inline bool hcb_sdei_vcpu_serves(const struct kvm_vcpu *vcpu)
{
	return false;
}

static inline bool hcb_sdei_vcpu_completes(const struct kvm_vcpu *vcpu)
{
	return false;
}

static inline void hcb_sdei_vcpu_call(struct kvm_vcpu *vcpu)
{
}

#endif /* CONFIG_ARM64 */

#endif /* HCBPF_KMOD_VM_SDEI_H */
