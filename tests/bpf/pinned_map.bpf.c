// SPDX-License-Identifier: GPL-2.0-only
/* A policy with a map that wants to be pinned under its own name. */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} by_name SEC(".maps");

SEC("struct_ops/hypercall")
int BPF_PROG(pinned_map_hypercall, struct hcbpf_call *call)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&by_name, &zero);

	if (count)
		call->ret = __sync_fetch_and_add(count, 1);
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops pinned_map = {
	.hypercall = (void *)pinned_map_hypercall,
	.name = "pinned_map",
};
