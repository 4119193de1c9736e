// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell of a made-up paravirtual device. Its driver rings with one
 * hypercall that passes everything in registers:
 *
 *	number   0x4b0001
 *	arg 0    queue in bits 15..0, device in bits 31..16; the rest 0
 *	arg 1    address of the queue's struct queue_head
 *	result   0, -EINVAL (bad arguments), -ENODEV (no such queue)
 *
 * The VMM sets port device * 16 + queue to the slot of the thread that serves
 * the queue. A queue whose head says that its consumer is awake needs no
 * signal: that saves the wake-up under load, when it costs most.
 */
#include <hcbpf/bpf.h>

#define RING 0x4b0001
#define QUEUES 16		/* per device */

#define EINVAL 22
#define ENODEV 19

struct queue_head {
	__u32 produced;
	__u32 flags;
};

#define CONSUMER_AWAKE (1U << 0)

char _license[] SEC("license") = "GPL";

static int answer(struct hcbpf_call *call, __s64 ret)
{
	call->ret = ret;
	return HCBPF_DONE;
}

SEC("struct_ops/hypercall")
int BPF_PROG(doorbell_device_hypercall, struct hcbpf_call *call)
{
	__u32 queue = call->args[0] & 0xffff, device = call->args[0] >> 16;
	struct queue_head head;
	hcbpf_port_t port;

	/* hcbpf_ops.calls is a hint: other numbers may arrive all the same. */
	if (call->nr != RING)
		return HCBPF_PASS;
	if (call->args[0] >> 32 || queue >= QUEUES)
		return answer(call, -EINVAL);
	port = hcbpf_call_port_get(call, device * QUEUES + queue);
	if (hcbpf_port_action(port) != HCBPF_PORT_EVENTFD)
		return answer(call, -ENODEV);
	/* A page that is not there right now is no fault of the guest: let the VMM look. */
	if (hcbpf_call_read_guest(call, call->args[1], &head, sizeof(head)))
		return HCBPF_EXIT;
	if (head.flags & CONSUMER_AWAKE)
		return answer(call, 0);
	return answer(call, hcbpf_call_eventfd_signal(call, hcbpf_port_slot(port)) ? -ENODEV : 0);
}

SEC(".struct_ops.link")
struct hcbpf_ops doorbell_device = {
	.hypercall = (void *)doorbell_device_hypercall,
	.name = "doorbell-device",
	.nr_calls = 1,
	.calls = { RING },
};
