/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the arm64 backend. */
#ifndef HCBPF_ARM64_KVM_H
#define HCBPF_ARM64_KVM_H

#include <linux/kvm_host.h>

/*
 * An exit of ours that the VMM has not completed is kept in the vCPU, out of the
 * VMM's reach (which kvm_run is not): in fields that KVM has for MMIO in several
 * parts, as x86 does it. KVM/arm64 does not use them; a vCPU has one exit at a time.
 */
extern const char hcb_exit_mark;

static inline bool hcb_exit_is_pending(const struct kvm_vcpu *vcpu)
{
	return vcpu->mmio_fragments[0].data == &hcb_exit_mark;
}

/* KVM_RUN has been called again: give the guest the VMM's answer. Does not sleep. */
void hcb_complete_exit(struct kvm_vcpu *vcpu);

#endif /* HCBPF_ARM64_KVM_H */
