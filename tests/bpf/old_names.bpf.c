// SPDX-License-Identifier: GPL-2.0-only
/* A policy from before kfuncs were named by their first argument, for those who have to say so. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

extern __u64 hcbpf_port_get(struct hcbpf_call *call, __u32 port) __ksym;

SEC("struct_ops/hypercall")
int BPF_PROG(old_names_hypercall, struct hcbpf_call *call)
{
	call->ret = hcbpf_port_get(call, 0);
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops old_names = {
	.hypercall = (void *)old_names_hypercall,
	.name = "old_names",
};
