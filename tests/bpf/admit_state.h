/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_BPF_ADMIT_STATE_H
#define TESTS_BPF_ADMIT_STATE_H

#include <hcbpf/call.h>

struct admit_state {
	/* in */
	__s32 answer;
	__u32 choose;		/* bind by @template_name, whatever the table says */
	__u32 linger;		/* rounds to waste before it answers */
	__u32 reserved;
	char template_name[HCBPF_NAME_LEN];
	/* out */
	__u64 asked;
	struct hcbpf_admit who;
};

#endif /* TESTS_BPF_ADMIT_STATE_H */
