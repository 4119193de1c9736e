/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A walk of a guest's page tables, for what its 64-bit kernel accesses: data, in pages of the
 * kernel's own. Pure: registers come as values, entries by hcb_access_entry().
 */
#ifndef HCBPF_X86_WALK_H
#define HCBPF_X86_WALK_H

#include <linux/types.h>

struct guest_access;

#define WALK_MAX_LEVELS 5

/*
 * Bits that have to be 0 in an entry, without PS (bit 7) and with it, by level from the last
 * one up: among them those beyond the guest's MAXPHYADDR. As KVM keeps them for its own walk.
 */
typedef const u64 walk_reserved[2][WALK_MAX_LEVELS];

/*
 * Where @addr leads, to access->gpa, as the CPU would say and without any change in the
 * tables, of which there are @levels: 4, or 5 with LA57. False: it is not plainly so, and
 * somebody who knows all of the architecture has to look. That is
 *
 * - whatever faults: not present, reserved bits, a write to what is read-only;
 * - what the CPU would mark, as accessed or dirty;
 * - pages of user programs (SMAP, protection keys);
 * - addresses that are not canonical (LAM), other numbers of levels;
 * - entries that cannot be read.
 *
 * The guest may change its tables meanwhile: of each entry, one copy is looked at.
 */
bool hcb_walk_tables(struct guest_access *access, u64 addr, u64 cr3, unsigned int levels,
		     walk_reserved *reserved);

#endif /* HCBPF_X86_WALK_H */
