/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: every KVM/x86 internal that the module uses beyond
 * <linux/kvm_host.h>, with its declaration where the kernel does not ship one.
 */
#ifndef HCBPF_X86_KVM_H
#define HCBPF_X86_KVM_H

#include <linux/kvm_host.h>

/* Find the functions that KVM does not export. -ENOENT: a KVM we do not know. */
int x86_kvm_init(void);

#endif /* HCBPF_X86_KVM_H */
