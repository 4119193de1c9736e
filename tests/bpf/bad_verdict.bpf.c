// SPDX-License-Identifier: GPL-2.0-only
/* A policy with a bug: its verdict is the first argument of the call, whatever that is. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hypercall")
int BPF_PROG(bad_verdict_hypercall, struct hcbpf_call *call)
{
	call->ret = 0x1234;
	return call->args[0];
}

SEC(".struct_ops.link")
struct hcbpf_ops bad_verdict = {
	.hypercall = (void *)bad_verdict_hypercall,
	.name = "bad_verdict",
};
