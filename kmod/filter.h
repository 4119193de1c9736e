/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The call filter: 64 bits, one for each hash of a number. A call whose bit
 * neither the policy nor the VM's rules have set passes without asking the
 * policy: a third of the instructions.
 */
#ifndef HCBPF_KMOD_FILTER_H
#define HCBPF_KMOD_FILTER_H

#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <hcbpf/sdei.h>

static inline u64 hcb_filter_bit(u32 nr)
{
	/* SDEI's function ids count as one number: they are too many to be listed. */
	if (IS_ENABLED(CONFIG_ARM64) &&
	    nr - HCBPF_SDEI_FN(0) < HCBPF_SDEI_NR_FNS)
		nr = HCBPF_SDEI_FN(0);
	return BIT_ULL(hash_32(nr, 6));
}

#endif /* HCBPF_KMOD_FILTER_H */
