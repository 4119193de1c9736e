/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the arm64 part. */
#ifndef LIBGUEST_ARM64_H
#define LIBGUEST_ARM64_H

#include "internal.h"

/* By which instruction a program calls. */
enum call_insn {
	CALL_HVC,
	CALL_SMC,
	CALL_XEN,	/* HVC #0xEA1 */
	NR_CALL_INSNS
};

/* Where a program starts in the guest; 0: it does not exist for this mode. */
uint64_t kvm_program_entry(enum guest_mode mode, enum guest_program program, enum call_insn insn);

/* Where the guest's exceptions go. */
uint64_t kvm_vectors(void);

/* Write the page tables, and the vCPU's registers that use them. */
void kvm_map_memory(struct kvm_vm *vm);
int kvm_vcpu_set_mode(struct kvm_vcpu *vcpu);

int kvm_vcpu_set_reg(struct kvm_vcpu *vcpu, uint64_t id, uint64_t value);

#endif /* LIBGUEST_ARM64_H */
