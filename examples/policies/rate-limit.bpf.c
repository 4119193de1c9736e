// SPDX-License-Identifier: GPL-2.0-only
/*
 * A limit on how often a guest may make each call: token buckets for every VM, one for all
 * numbers that are alike modulo BUCKETS. A full bucket holds BURST calls and gains one every
 * PERIOD, or as the VM's parameter says, in nanoseconds. A call that finds it empty is
 * denied with -EAGAIN, or goes to the VMM, and a notice goes into a ring buffer; calls within
 * the limit pass.
 */
#include <hcbpf/bpf.h>
#include "notices.h"

/* Constants to the verifier; set them before loading. */
const volatile __u64 period = 1000000;		/* nanoseconds for one call */
const volatile __u64 burst = 10;
const volatile __u32 over = HCBPF_DONE;		/* or HCBPF_EXIT */

#define BUCKETS 16

/*
 * A bucket as one word: the time at which it will be full again. So a bucket
 * that was never used is full, and taking a call out adds one period.
 */
struct vm {
	__u64 full_at[BUCKETS];
};

/* By its id. It begins and ends with the VM's binding, so as many as are bound at once. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct vm);
} vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} notices SEC(".maps");
HCBPF_RECORDS(notices, struct notice);

char _license[] SEC("license") = "GPL";

HCBPF_VM_BEGIN(rate_limit_begin, struct hcbpf_vm_event *event)
{
	struct vm full = {};
	__u32 id = event->vm_id;

	bpf_map_update_elem(&vms, &id, &full, BPF_ANY);
}

/* Without this the map would be full once so many VMs have come and gone. */
HCBPF_VM_END(rate_limit_end, struct hcbpf_vm_event *event)
{
	__u32 id = event->vm_id;

	bpf_map_delete_elem(&vms, &id);
}

/*
 * Two vCPUs may race here: one of the two calls is then not counted. A limit
 * may be that lenient; a lock would let one vCPU hold up the others. A VM that found no
 * room in the map is not limited.
 */
static int take(struct hcbpf_call *call, __u64 now)
{
	__u64 every = hcbpf_call_param(call), at, *full_at;
	__u32 id = call->vm_id;
	struct vm *vm = bpf_map_lookup_elem(&vms, &id);

	if (!vm)
		return 1;
	if (!every)
		every = period;
	full_at = &vm->full_at[call->nr % BUCKETS];
	at = *full_at > now ? *full_at : now;
	if (at - now > (burst - 1) * every)
		return 0;
	*full_at = at + every;
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
	.vm_begin = (void *)rate_limit_begin,
	.vm_end = (void *)rate_limit_end,
};
