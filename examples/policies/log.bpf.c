// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy that decides nothing: it counts calls, writes them into a ring
 * buffer, and lets them pass. See what a guest does with
 *
 *	hcbpf trace --policy log
 *	bpftool map dump pinned /sys/fs/bpf/hcbpf/log/map_counts
 */
#include <hcbpf/bpf.h>
#include "notices.h"

/*
 * Counts per number. Numbers from NR_COUNTS - 1 up share the last one. One copy
 * for each CPU: nobody waits for anybody, and no count is lost.
 */
#define NR_COUNTS 64

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NR_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} calls SEC(".maps");
HCBPF_RECORDS(calls, struct notice);

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hypercall")
int BPF_PROG(log_hypercall, struct hcbpf_call *call)
{
	struct notice notice = {
		.time = bpf_ktime_get_ns(), .nr = call->nr, .arg = call->args[0],
		.vm_id = call->vm_id, .vcpu_id = call->vcpu_id,
	};
	__u32 key = call->nr < NR_COUNTS ? call->nr : NR_COUNTS - 1;
	__u64 *count = bpf_map_lookup_elem(&counts, &key);

	if (count)
		(*count)++;
	/* Readers wake up by polling; a wake-up for every call would cost more than the call. */
	bpf_ringbuf_output(&calls, &notice, sizeof(notice), BPF_RB_NO_WAKEUP);
	return HCBPF_PASS;
}

SEC(".struct_ops.link")
struct hcbpf_ops log_policy = {
	.hypercall = (void *)log_hypercall,
	.name = "log",
	/* Calls of user programs in the guest are worth seeing, too: we grant nothing. */
	.flags = HCBPF_OPS_USER,
};
