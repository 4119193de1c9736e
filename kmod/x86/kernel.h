/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: every internal of KVM/x86 that the module uses beyond
 * <linux/kvm_host.h>, with its declaration where the kernel ships none.
 *
 * What KVM does not export is found by name (resolve.h) and bound to a static call of
 * ours. A static call is a direct call in the code itself, so it needs no ENDBR at
 * its target, no type hash and no retpoline: kernel IBT, kCFI and the mitigations of
 * Spectre have no objection. No address that was looked up is ever called
 * through a pointer.
 */
#ifndef HCBPF_X86_KERNEL_H
#define HCBPF_X86_KERNEL_H

#include <linux/kvm_host.h>
#include <linux/static_call.h>

/* arch/x86/kvm/x86.h, exported */
unsigned long kvm_get_linear_rip(struct kvm_vcpu *vcpu);

/*
 * The vCPU's privilege level. KVM's own static call, by its trampoline: it leads to
 * kvm_amd's or kvm_intel's function, whichever is loaded, even after a reload,
 * which an address in there would not survive.
 */
DECLARE_STATIC_CALL(hcb_kvms_get_cpl, int (struct kvm_vcpu *));

/* Find and bind all of them. -ENOENT: a KVM we do not know; the log names what it lacks. */
int hcb_kernel_init(void);

#endif /* HCBPF_X86_KERNEL_H */
