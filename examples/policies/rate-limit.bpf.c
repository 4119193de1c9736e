// SPDX-License-Identifier: GPL-2.0-only
/*
 * A limit on how often a guest may make each call: a token bucket for every
 * (VM, number). A full bucket holds BURST calls and gains one every PERIOD. A
 * call that finds it empty is denied with -EAGAIN, or goes to the VMM, and a
 * notice goes into a ring buffer; calls within the limit pass.
 */
#include <hcbpf/bpf.h>
#include "notices.h"

/* Constants to the verifier; set them before loading. */
const volatile __u64 period = 1000000;		/* nanoseconds for one call */
const volatile __u64 burst = 10;
const volatile __u32 over = HCBPF_DONE;		/* or HCBPF_EXIT */

struct bucket_key {
	__u64 nr;
	__u32 vm_id;
	__u32 unused;
};

/*
 * The bucket as one word: the time at which it will be full again. So a bucket
 * that was never used is full, and taking a call out adds one period.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct bucket_key);
	__type(value, __u64);
} buckets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} notices SEC(".maps");

char _license[] SEC("license") = "GPL";

/*
 * Two vCPUs may race here: one of the two calls is then not counted. A limit
 * may be that lenient; a lock would let one vCPU hold up the others.
 */
static int take(struct hcbpf_call *call, __u64 now)
{
	struct bucket_key key = { .nr = call->nr, .vm_id = call->vm_id };
	__u64 *full_at = bpf_map_lookup_elem(&buckets, &key);
	__u64 at = full_at && *full_at > now ? *full_at : now;

	if (at - now > (burst - 1) * period)
		return 0;
	at += period;
	bpf_map_update_elem(&buckets, &key, &at, BPF_ANY);
	return 1;
}

/* A full ring buffer loses notices, not calls. */
static void give_notice(struct hcbpf_call *call, __u64 now)
{
	struct notice *notice = bpf_ringbuf_reserve(&notices, sizeof(*notice), 0);

	if (!notice)
		return;
	notice->time = now;
	notice->nr = call->nr;
	notice->arg = call->args[0];
	notice->vm_id = call->vm_id;
	notice->vcpu_id = call->vcpu_id;
	bpf_ringbuf_submit(notice, 0);
}

SEC("struct_ops/hypercall")
int BPF_PROG(rate_limit_hypercall, struct hcbpf_call *call)
{
	__u64 now = bpf_ktime_get_ns();

	if (take(call, now))
		return HCBPF_PASS;
	give_notice(call, now);
	call->ret = -11;	/* EAGAIN */
	return over;
}

SEC(".struct_ops.link")
struct hcbpf_ops rate_limit = {
	.hypercall = (void *)rate_limit_hypercall,
	.name = "rate-limit",
};
