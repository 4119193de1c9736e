/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_BPF_DRIVER_STATE_H
#define TESTS_BPF_DRIVER_STATE_H

#include <hcbpf/test.h>

#define DRIVER_NAME_MAX 64

struct driver_state {
	char policy[DRIVER_NAME_MAX];
	struct hcbpf_test_call test;
	__s32 result;		/* out: what hcbpf_policy_test() returned */
};

#endif /* TESTS_BPF_DRIVER_STATE_H */
