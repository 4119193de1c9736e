/* SPDX-License-Identifier: GPL-2.0-only */
/* The prototypes of KVM's functions and the size of its structs, as its BTF has them. */
#ifndef HCBPF_KMOD_PROTOTYPE_H
#define HCBPF_KMOD_PROTOTYPE_H

#include <linux/types.h>

/*
 * Around all that follows but functions of any prototype. KVM's BTF is known by a struct that
 * only KVM has. -ENOENT, with a line in the log: the kernel has none.
 */
int hcb_prototypes_begin(const char *struct_of_kvm);
void hcb_prototypes_end(void);

/*
 * Find a function of KVM's, as hcb_find_function() does, and see that it is of @prototype. That is
 * written as in C, without names of parameters and with a space only between words:
 * "int(struct kvm_vcpu*,u64*)". NULL: any. 0 and *@address, or with a line in the log
 * -ENOENT, no such function, or -EPROTO, it is a different one.
 */
int hcb_find_checked(const char *function, const char *prototype, unsigned long *address);

/* 0: a struct of KVM's fits into @size. Else -EPROTO and a line in the log. */
int hcb_struct_fits(const char *name, u32 size);

#endif /* HCBPF_KMOD_PROTOTYPE_H */
