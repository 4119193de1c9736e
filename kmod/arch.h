/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The architecture's backend: x86/ or arm64/, and what is inline there: in arch_call.h what is
 * asked of each call, in call_regs.h
 *
 *  hcb_arch_call_read()	fill all of a call but abi, ret, vm_id and reserved from the vCPU's
 *			registers
 *  hcb_arch_call_answer()	give the guest its result. If need be, the hook steps over the
 *			instruction
 *  hcb_arch_call_exit()	add the architecture's flags to kvm_run.hypercall, and see to it
 *			that hcb_vm_exit_completed() is called on the next KVM_RUN
 */
#ifndef HCBPF_KMOD_ARCH_H
#define HCBPF_KMOD_ARCH_H

#include <linux/types.h>
#include <hcbpf/uapi.h>

struct guest_access;
struct kvm;
struct kvm_vcpu;

int hcb_arch_init(void);
void hcb_arch_exit(void);
/*
 * Attach to KVM, detach from it. attach.c serialises. -EBUSY: somebody else is there. Removal
 * fails when ftrace has switched itself off.
 */
int hcb_arch_hook_install(void);
int hcb_arch_hook_remove(void);
enum hcbpf_hook hcb_arch_hook_state(void);
/* May a binding ask for this enum hcbpf_abi? */
bool hcb_arch_abi_is_valid(u32 abi);
/* Does KVM, if this call passes, exit to the VMM with it because the VMM asked for that? */
bool hcb_arch_kvm_exits(const struct kvm_vcpu *vcpu, const struct hcbpf_call *call);
/*
 * Where the guest's page tables lead @access at @addr: 0 and access->gpa, or -EFAULT; never
 * sleeps.
 */
int hcb_arch_translate(struct guest_access *access, u64 addr);
/* Does KVM itself say that the VM's memory is encrypted? It may say so only later. */
bool hcb_arch_vm_is_encrypted(struct kvm *kvm);

#endif /* HCBPF_KMOD_ARCH_H */
