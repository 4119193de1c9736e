// SPDX-License-Identifier: GPL-2.0-only
/* A policy that wants guest memory in a map; its result is what it was told. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

__u32 elsewhere;

SEC("struct_ops/hypercall")
int BPF_PROG(read_into_map_hypercall, struct hcbpf_call *call)
{
	call->ret =
		(__s64)hcbpf_call_read_guest(call, call->args[1], &elsewhere, sizeof(elsewhere));
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops read_into_map = {
	.hypercall = (void *)read_into_map_hypercall,
	.name = "read_into_map",
};
