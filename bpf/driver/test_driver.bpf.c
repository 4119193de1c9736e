// SPDX-License-Identifier: GPL-2.0-only
/* Part of `hcbpf test`: puts a synthetic call to a loaded policy. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

struct {
	char policy[HCBPF_NAME_LEN];
	struct hcbpf_test_call test;
	__s32 result;
} driver SEC(".data.driver");

/* The module takes a call from the program's stack only. */
SEC("syscall")
int drive(void *ctx)
{
	struct hcbpf_test_call test = driver.test;

	driver.result =
		hcbpf_policy_test(driver.policy, sizeof(driver.policy), &test, sizeof(test));
	driver.test = test;
	return 0;
}
