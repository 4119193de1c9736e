/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim: what the module calls of KVM/arm64 that is not exported.
 *
 * arm64 has no static calls, so these are pointers. Only functions with external
 * linkage qualify, which are made to be called from elsewhere: a landing pad
 * for BTI, and the hash of their type for kCFI. And each must still be what it was
 * when the module was written: that is checked against the kernel's BTF.
 */
#ifndef HCBPF_ARM64_KERNEL_H
#define HCBPF_ARM64_KERNEL_H

#include <linux/kvm_host.h>
#include <kvm/arm_hypercalls.h>

/* KVM's lists of firmware registers. Bound by hcb_kernel_init_sdei(). */
extern typeof(kvm_arm_get_fw_num_regs) *hcb_kvms_get_fw_num_regs;
extern typeof(kvm_arm_copy_fw_reg_indices) *hcb_kvms_copy_fw_reg_indices;

/* -ENOENT: this kernel has no such function; -EPROTO: a different one. The log names it. */
int hcb_kernel_init_sdei(void);

#endif /* HCBPF_ARM64_KERNEL_H */
