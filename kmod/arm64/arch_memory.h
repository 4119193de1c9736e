/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what a VMM has in a memory slot. */
#ifndef HCBPF_ARCH_MEMORY_H
#define HCBPF_ARCH_MEMORY_H

#include <linux/nospec.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/*
 * *@to = what is at @off, which the caller has found to be less than @size, behind @hva, also
 * when the CPU speculates; false: it is not resident. With page faults disabled.
 */
static __always_inline bool hcb_arch_load(u64 *to, unsigned long hva, u64 off, u64 size)
{
	return !__get_user(*to, (const u64 __user *)(hva + array_index_nospec(off, size)));
}

#endif /* HCBPF_ARCH_MEMORY_H */
