// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that takes its time: each call flips one page a thousand times. What
 * must wait for policies to return is seen to wait.
 */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

#define FLIPS 1000

SEC("struct_ops/hypercall")
int BPF_PROG(flip_hypercall, struct hcbpf_call *call)
{
	__u64 gpa = call->args[0];
	int i;

	call->ret = 0;
	for (i = 0; i < FLIPS; i++)
		call->ret |= hcbpf_call_gpa_set(call, gpa, 1, i & 1);
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops flip = {
	.hypercall = (void *)flip_hypercall,
	.name = "flip",
};
