// SPDX-License-Identifier: GPL-2.0-only
/*
 * Part of `hcbpf trace`: calls that are asked for go into a ring buffer, in the time of the
 * vCPU that makes them. What there is no room for is counted, and nobody waits.
 *
 * A raw tracepoint, whose arguments are read as memory: attaching one by its type would need the
 * module's BTF, and CAP_SYS_ADMIN to find it.
 */
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <hcbpf/rule.h>
#include "call_trace.h"

char _license[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
} records SEC(".maps");		/* its size is the command's to say */

const volatile struct trace_filter filter;
__u64 dropped;

static __always_inline bool is_wanted(const struct hcbpf_call *call)
{
	if (filter.vcpu != TRACE_ANY && call->vcpu_id != filter.vcpu)
		return false;
	if (filter.abi && call->abi != filter.abi)
		return false;
	if (filter.nr != HCBPF_RULE_ANY && call->nr != filter.nr)
		return false;
	return filter.sub == HCBPF_RULE_ANY || hcbpf_rule_sub(call) == filter.sub;
}

/*
 * A wake-up for each call would cost its vCPU more than the call: the reader comes by itself,
 * and is called when it should hurry.
 */
static __always_inline __u64 wake_up(void)
{
	return bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) >= filter.wake_at ?
	       BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

static __always_inline void keep(const __u64 *args)
{
	struct trace_record record = {
		.outcome = args[1],
		.ns = args[3],
	};

	if (bpf_probe_read_kernel(&record.call, sizeof(record.call), (void *)args[0]) ||
	    !is_wanted(&record.call))
		return;
	record.call.ret = args[2];
	record.time = bpf_ktime_get_ns();
	if (bpf_ringbuf_output(&records, &record, sizeof(record), wake_up()))
		__sync_fetch_and_add(&dropped, 1);
}

/*
 * TP_PROTO(const struct hcbpf_call *call, int fate, u64 ret, u64 ns, u32 vm)
 *
 * The VM first: while one is traced, all others pay for this much.
 */
SEC("raw_tp")
int trace_call(struct bpf_raw_tracepoint_args *ctx)
{
	if (filter.vm && (__u32)ctx->args[4] != filter.vm)
		return 0;
	if (filter.outcome == TRACE_ANY || (__u32)ctx->args[1] == filter.outcome)
		keep(ctx->args);
	return 0;
}
