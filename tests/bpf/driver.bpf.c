// SPDX-License-Identifier: GPL-2.0-only
/* Hands synthetic calls to loaded policies. The call has to be on the program's stack. */
#include <hcbpf/bpf.h>
#include "driver_state.h"

char _license[] SEC("license") = "GPL";

struct driver_state state;

SEC("syscall")
int test_call(void *ctx)
{
	struct hcbpf_test_call test = state.test;

	state.result = hcbpf_policy_test(state.policy, HCBPF_NAME_LEN, &test, sizeof(test));
	state.test = test;
	return 0;
}

SEC("syscall")
int test_call_short(void *ctx)
{
	struct hcbpf_test_call test = state.test;

	state.result = hcbpf_policy_test(state.policy, HCBPF_NAME_LEN, &test, sizeof(test) - 8);
	return 0;
}

SEC("syscall")
int test_call_long_name(void *ctx)
{
	struct hcbpf_test_call test = state.test;

	state.result = hcbpf_policy_test(state.policy, DRIVER_NAME_MAX, &test, sizeof(test));
	return 0;
}

SEC("syscall")
int test_call_in_map(void *ctx)
{
	state.result = hcbpf_policy_test(state.policy, HCBPF_NAME_LEN, &state.test,
					 sizeof(state.test));
	return 0;
}
