/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU whose registers are encrypted, as far as KVM is concerned. See protected.c. */
#ifndef TESTS_LAB_PROTECTED_H
#define TESTS_LAB_PROTECTED_H

#include <linux/types.h>

#define HYPERCALL_LEN 3		/* VMMCALL, VMCALL */

struct kvm_vcpu;

int protected_init(void);
void protected_exit(void);

/* Step over the instructions of this one as well, protected or not; NULL: of none. */
void protected_skip(struct kvm_vcpu *vcpu);

/* Between these two. False: a register has changed that KVM does not give back. */
void protected_begin(struct kvm_vcpu *vcpu, u64 poison);
bool protected_end(struct kvm_vcpu *vcpu, u64 poison);

#endif /* TESTS_LAB_PROTECTED_H */
