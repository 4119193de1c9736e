// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's tracing program on the function that the module hooks. */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char _license[] SEC("license") = "GPL";

__u64 calls;

SEC("fentry/kvm_emulate_hypercall")
int BPF_PROG(count_call)
{
	__sync_fetch_and_add(&calls, 1);
	return 0;
}
