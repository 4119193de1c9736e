/* SPDX-License-Identifier: GPL-2.0-only */
/* The prototypes of the kernel's functions, as its BTF has them. */
#ifndef HCBPF_ARM64_PROTOTYPE_H
#define HCBPF_ARM64_PROTOTYPE_H

#include <linux/types.h>

/* -ENOENT, with a line in the log: the kernel has no BTF, or no way to look into it. */
int hcb_prototype_init(void);

/*
 * Is a function of the kernel's @prototype? That is written as in C, without names of
 * parameters and with a space only between words: "int(struct kvm_vcpu*,u64*)".
 */
bool hcb_prototype_is(const char *function, const char *prototype);

#endif /* HCBPF_ARM64_PROTOTYPE_H */
