/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the harness. */
#ifndef TESTS_VM_KVM_INTERNAL_H
#define TESTS_VM_KVM_INTERNAL_H

#include "kvm.h"

/* Keep a message for kvm_error(); returns -@err. */
int kvm_fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copy all programs to GUEST_CODE, with this machine's hypercall instruction. */
int kvm_load_programs(struct kvm_vm *vm);

/* Where a program starts in the guest; 0: it does not exist for the VM's mode. */
uint64_t kvm_program_entry(const struct kvm_vm *vm, enum guest_program program);

/* Bring a new vCPU into the VM's mode and privilege level. */
int kvm_vcpu_set_mode(struct kvm_vcpu *vcpu);

/* Write the page tables that long mode needs. */
void kvm_map_memory(struct kvm_vm *vm);

#endif /* TESTS_VM_KVM_INTERNAL_H */
