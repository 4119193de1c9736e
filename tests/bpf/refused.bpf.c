// SPDX-License-Identifier: GPL-2.0-only
/* A policy that the verifier refuses, for those who have to explain why. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hypercall")
int BPF_PROG(refused_hypercall, struct hcbpf_call *call)
{
	call->nr = 1;
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops refused = {
	.hypercall = (void *)refused_hypercall,
	.name = "refused",
};
