/* SPDX-License-Identifier: GPL-2.0-only */
/* When KVM is hooked. */
#ifndef HCBPF_KMOD_ATTACH_H
#define HCBPF_KMOD_ATTACH_H

#include <linux/compiler.h>
#include <linux/types.h>

/* For a binding; @sdei: of a VM that has SDEI. */
int hcb_attach_get(bool sdei);
void hcb_attach_put(void);
u32 hcb_attach_users(void);
void hcb_attach_exit(void);
void hcb_module_must_stay(const char *what) __noreturn;

#endif /* HCBPF_KMOD_ATTACH_H */
