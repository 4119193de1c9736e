// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy with two ring buffers: of text, some of which is the guest's to choose, and of records
 * that it does not describe.
 */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} words SEC(".maps");
HCBPF_RECORDS(words, char);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} numbers SEC(".maps");

SEC("struct_ops/hypercall")
int BPF_PROG(rings_hypercall, struct hcbpf_call *call)
{
	char text[32] = "the guest says ";
	__u64 said = call->args[0];

	__builtin_memcpy(text + 15, &said, sizeof(said));
	bpf_ringbuf_output(&words, text, sizeof(text), BPF_RB_NO_WAKEUP);
	bpf_ringbuf_output(&numbers, &said, sizeof(said), BPF_RB_NO_WAKEUP);
	return HCBPF_PASS;
}

SEC(".struct_ops.link")
struct hcbpf_ops rings = {
	.hypercall = (void *)rings_hypercall,
	.name = "rings",
};
