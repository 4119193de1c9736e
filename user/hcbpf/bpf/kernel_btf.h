/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KERNEL_BTF_H
#define KERNEL_BTF_H

#include <stdbool.h>

/*
 * What is loaded next needs the types of the kernel and of module hcbpf only, not those of other
 * modules; whoever says so takes it back afterwards.
 */
void kernel_btf_ours_suffices(bool suffices);

#endif /* KERNEL_BTF_H */
