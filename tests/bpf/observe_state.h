/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_BPF_OBSERVE_STATE_H
#define TESTS_BPF_OBSERVE_STATE_H

#include <linux/types.h>

struct observe_state {
	/* in */
	__u64 ret;
	__s32 verdict;
	__u32 quiet;		/* do not remember: several vCPUs call */
	__u32 linger;		/* rounds to waste before the call counts */
	__u32 reserved;
	/* out */
	__u64 calls;
	__u64 nr;
	__u64 args[6];
	__u64 ret_before;
	__u32 vm_id;
	__u32 vcpu_id;
	__u32 abi;
	__u32 mode;
	__u32 user;
	__u32 conduit;
};

#endif /* TESTS_BPF_OBSERVE_STATE_H */
