/* SPDX-License-Identifier: GPL-2.0-only */
/* When KVM is hooked. */
#ifndef HCBPF_KMOD_ATTACH_H
#define HCBPF_KMOD_ATTACH_H

#include <linux/compiler.h>
#include <linux/types.h>

/* For a binding; @sdei: of a VM that has SDEI. */
int attach_get(bool sdei);
void attach_put(void);
u32 attach_users(void);
void attach_exit(void);
void module_must_stay(const char *what) __noreturn;

#endif /* HCBPF_KMOD_ATTACH_H */
