// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that copies 16 bytes of guest memory from where argument 0 says to
 * where argument 1 says, and lets every guest register buffers.
 */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

#define COPY 0x77

SEC("struct_ops/hypercall")
int BPF_PROG(copy_hypercall, struct hcbpf_call *call)
{
	__u64 words[2];

	if ((call->nr & ~HCBPF_HC_PHYSICAL) == COPY) {
		call->ret = (__s64)hcbpf_read_guest(call, call->args[0], words, sizeof(words));
		if (!call->ret)
			call->ret = (__s64)hcbpf_write_guest(call, call->args[1], words,
							     sizeof(words));
	} else {
		call->ret = hcbpf_buffer_call(call);
	}
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops copy = {
	.hypercall = (void *)copy_hypercall,
	.name = "copy",
	.flags = HCBPF_OPS_USER,
};
