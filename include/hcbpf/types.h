/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * __u8 to __u64 and __s32, __s64, wherever they come from. A BPF program that has
 * included vmlinux.h has them from there, with all the kernel's other types, and
 * <linux/types.h> would define some of these a second time.
 */
#ifndef HCBPF_TYPES_H
#define HCBPF_TYPES_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#endif /* HCBPF_TYPES_H */
