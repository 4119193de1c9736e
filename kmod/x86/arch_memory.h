/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what a VMM has in a memory slot. */
#ifndef HCBPF_ARCH_MEMORY_H
#define HCBPF_ARCH_MEMORY_H

#include <linux/types.h>
#include <linux/uaccess.h>

/*
 * *@to = what is at @off, which the caller has found to be less than @size, behind @hva; false:
 * it is not resident. With page faults disabled.
 *
 * KVM has checked the slot's addresses when the VMM made it. Not __get_user(), which is the call
 * of a function here: a walk of page tables had registers to save for it, 25 instructions in all.
 * The barrier, which __get_user() has, too, waits until the comparison of @off is certain, so
 * it needs no mask against speculation besides, another 12 of a walk.
 */
static __always_inline bool hcb_arch_load(u64 *to, unsigned long hva, u64 off, u64 size)
{
	__uaccess_begin_nospec();
	unsafe_get_user(*to, (const u64 __user *)(hva + off), failed);
	user_read_access_end();
	return true;
failed:
	user_read_access_end();
	return false;
}

#endif /* HCBPF_ARCH_MEMORY_H */
