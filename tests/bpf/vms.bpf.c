// SPDX-License-Identifier: GPL-2.0-only
/* A policy that keeps count of its VMs, and answers each call with its VM's parameter. */
#include <hcbpf/bpf.h>
#include "vms_state.h"

char _license[] SEC("license") = "GPL";

struct vms_state state;

static __always_inline struct vms_seen *seen_of(__u32 id)
{
	return &state.vms[id % VMS_SEEN];
}

HCBPF_VM_BEGIN(vms_begin, struct hcbpf_vm_event *event)
{
	struct vms_seen *seen = seen_of(event->vm_id);

	seen->begins++;
	seen->event.vm_id = event->vm_id;
	seen->event.param = event->param;
	seen->event.uid = event->uid;
	seen->event.pid = event->pid;
	seen->event.abi = event->abi;
	bpf_probe_read_kernel_str(seen->event.tag, sizeof(seen->event.tag), event->tag);
}

HCBPF_VM_END(vms_end, struct hcbpf_vm_event *event)
{
	struct vms_seen *seen = seen_of(event->vm_id);

	seen->ends++;
	seen->param = event->param;
}

SEC("struct_ops/hypercall")
int BPF_PROG(vms_hypercall, struct hcbpf_call *call)
{
	struct vms_seen *seen = seen_of(call->vm_id);

	if (seen->begins != seen->ends + 1)
		__sync_fetch_and_add(&seen->early, 1);
	__sync_fetch_and_add(&seen->calls, 1);
	call->ret = hcbpf_call_param(call);
	return HCBPF_DONE;
}

SEC(".struct_ops.link")
struct hcbpf_ops vms = {
	.hypercall = (void *)vms_hypercall,
	.name = "vms",
	.vm_begin = (void *)vms_begin,
	.vm_end = (void *)vms_end,
};
