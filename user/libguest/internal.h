/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the harness. */
#ifndef LIBGUEST_INTERNAL_H
#define LIBGUEST_INTERNAL_H

#include "kvm.h"

/* Keep a message for kvm_error(); returns -@err. */
int kvm_fail(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- what x86_64/ and arm64/ provide ---- */

/* The VM has its memory and no vCPU yet. */
int arch_vm_setup(struct kvm_vm *vm, const struct kvm_vm_conf *conf);

/* Bring a new vCPU into the VM's mode and privilege level. */
int arch_vcpu_setup(struct kvm_vcpu *vcpu);

/* Set all registers: to begin with @start->program. */
int arch_vcpu_start(struct kvm_vcpu *vcpu, const struct kvm_start *start);

/* Count an exit, and prepare the answer of a VMM that knows nothing. */
int arch_count_exit(struct kvm_vcpu *vcpu);

/* Copy all programs to GUEST_CODE. */
int kvm_load_programs(struct kvm_vm *vm);

#endif /* LIBGUEST_INTERNAL_H */
