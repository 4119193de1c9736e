// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that copies 16 bytes of guest memory from where argument 0 says to
 * where argument 1 says, reads 32, writes 16 again and again, or reads and changes a
 * large argument, and lets every guest register buffers.
 */
#include <hcbpf/bpf.h>
#include "copy.h"

char _license[] SEC("license") = "GPL";

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

static __s64 copy_words(struct hcbpf_call *call)
{
	__u64 words[2];
	int err;

	err = hcbpf_call_read_guest(call, call->args[0], words, sizeof(words));
	return err ?: hcbpf_call_write_guest(call, call->args[1], words, sizeof(words));
}

static __s64 sum_large(struct hcbpf_call *call)
{
	__u32 words[CHUNK / sizeof(__u32)];
	__u64 sum = 0;
	__u32 i;
	int err;

	for (i = 0; i < MAX_CHUNKS && i < call->args[1]; i++) {
		err = hcbpf_call_read_guest(call, call->args[0] + i * CHUNK, words, CHUNK);
		if (err)
			return err;
		sum = 31 * sum + (words[0] ^ words[CHUNK / sizeof(__u32) - 1]);
	}
	return sum & SUM_MASK;
}

SEC("struct_ops/hypercall")
int BPF_PROG(copy_hypercall, struct hcbpf_call *call)
{
	switch (call->nr & ~(HCBPF_HC_PHYSICAL | HCBPF_HC_LIST | COPY_WIDE)) {
	case COPY:
		call->ret = copy_words(call);
		break;
	case READ_LONG:
		call->ret = read_long(call);
		break;
	case WRITE_OFTEN:
		call->ret = write_often(call);
		break;
	case SUM_LARGE:
		call->ret = sum_large(call);
		break;
	default:
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
