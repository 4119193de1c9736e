// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that copies 16 bytes of guest memory from where argument 0 says to
 * where argument 1 says, reads 32, or writes 16 again and again, and lets every guest
 * register buffers.
 */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

#define COPY 0x77
#define READ_LONG 0x78
#define WRITE_OFTEN 0x79	/* returns how often it went well */
#define OFTEN 64

static __s64 read_long(struct hcbpf_call *call)
{
	__u64 words[4];

	return hcbpf_call_read_guest(call, call->args[0], words, sizeof(words));
}

static __s64 write_often(struct hcbpf_call *call)
{
	__u64 words[2] = { 1, 2 };
	int i;

	for (i = 0; i < OFTEN; i++)
		if (hcbpf_call_write_guest(call, call->args[0], words, sizeof(words)))
			break;
	return i;
}

SEC("struct_ops/hypercall")
int BPF_PROG(copy_hypercall, struct hcbpf_call *call)
{
	__u64 words[2];

	if ((call->nr & ~HCBPF_HC_PHYSICAL) == COPY) {
		call->ret = (__s64)hcbpf_call_read_guest(call, call->args[0], words, sizeof(words));
		if (!call->ret)
			call->ret = (__s64)hcbpf_call_write_guest(call, call->args[1], words,
								  sizeof(words));
	} else if ((call->nr & ~HCBPF_HC_PHYSICAL) == READ_LONG) {
		call->ret = read_long(call);
	} else if (call->nr == WRITE_OFTEN) {
		call->ret = write_often(call);
	} else {
		call->ret = hcbpf_call_buffer(call);
	}
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops copy = {
	.hypercall = (void *)copy_hypercall,
	.name = "copy",
	.flags = HCBPF_OPS_USER,
};
