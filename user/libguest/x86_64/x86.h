/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the x86 part. */
#ifndef LIBGUEST_X86_H
#define LIBGUEST_X86_H

#include "internal.h"

/* Where a program starts in the guest; 0: it does not exist for the VM's mode. */
uint64_t kvm_program_entry(const struct kvm_vm *vm, enum guest_program program);

int kvm_vcpu_set_mode(struct kvm_vcpu *vcpu);

/* Write the page tables that long mode needs. */
void kvm_map_memory(struct kvm_vm *vm);

#endif /* LIBGUEST_X86_H */
