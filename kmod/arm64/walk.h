/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's own translation of an address: a walk of its EL1&0 stage 1 tables.
 * Pure: registers come as values, descriptors by hcb_access_entry().
 */
#ifndef HCBPF_ARM64_WALK_H
#define HCBPF_ARM64_WALK_H

#include <linux/bits.h>
#include <linux/types.h>

struct guest_access;

/* In an address: it is of the upper half, whose tables begin at TTBR1. */
#define WALK_UPPER BIT_ULL(55)

/*
 * Where an access by EL1 at virtual @addr goes, by SCTLR_EL1, TCR_EL1, and TTBR0_EL1 or
 * TTBR1_EL1, whichever @addr is of. 0 and access->gpa, or -EFAULT: the guest
 * would get a fault. The answer is stricter than the CPU's where hardware might set a
 * page's access flag, or make a clean page writable. Without the indirect kind of
 * permissions, EL1 may read whatever is mapped (PAN does not count: AT S1E1R, by
 * which a hypervisor asks, ignores it).
 *
 * All granules, 52-bit addresses of both kinds (LPA, LPA2), big-endian guests; not
 * 128-bit descriptors, which KVM does not offer to guests.
 */
int hcb_walk_stage1(struct guest_access *access, u64 addr, u64 sctlr, u64 tcr, u64 ttbr);

#endif /* HCBPF_ARM64_WALK_H */
