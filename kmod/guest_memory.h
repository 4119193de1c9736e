/* SPDX-License-Identifier: GPL-2.0-only */
/* Guest memory, for those who serve its calls. */
#ifndef HCBPF_KMOD_GUEST_MEMORY_H
#define HCBPF_KMOD_GUEST_MEMORY_H

#include <linux/types.h>

struct call_frame;

/* Is all of it in the guest's memory slots? 0, -EFAULT, -E2BIG: in too many of them. */
int hcb_guest_has_memory(const struct call_frame *frame, u64 gpa, u64 size);

#endif /* HCBPF_KMOD_GUEST_MEMORY_H */
