/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The standard policy's decision, without a word on where it runs. Whoever
 * includes this provides the three mechanisms it needs:
 *
 *	__u64 env_port_get(struct hcbpf_call *call, __u32 port);
 *	int env_eventfd_signal(struct hcbpf_call *call, __u32 slot);
 *	int env_read_guest(struct hcbpf_call *call, __u64 addr, void *dst, __u32 len);
 *
 * In standard.bpf.c they are the module's kfuncs; in tests/bpf they are maps,
 * so that bpf_prog_test_run can put every case to the very same code on a
 * kernel without the module.
 *
 * Everything unexpected passes: the kernel knows only the ports it was given.
 */
#ifndef HCBPF_BPF_DECIDE_H
#define HCBPF_BPF_DECIDE_H

#include "xen.h"

static __always_inline int signal_port(struct hcbpf_call *call, __u32 port)
{
	hcbpf_port_t word = env_port_get(call, port);

	if (hcbpf_port_action(word) != HCBPF_PORT_EVENTFD)
		return HCBPF_PASS;
	if (env_eventfd_signal(call, hcbpf_port_slot(word)))
		return HCBPF_PASS;
	return HCBPF_DONE;	/* call->ret is 0: success in every ABI */
}

static __always_inline int decide_xen_send(struct hcbpf_call *call)
{
	struct xen_evtchn_send send;

	if (env_read_guest(call, call->args[1], &send, sizeof(send)))
		return HCBPF_PASS;
	return signal_port(call, send.port);
}

static __always_inline int decide_doorbell(struct hcbpf_call *call)
{
	if (call->args[0] >> 32)
		return HCBPF_PASS;
	return signal_port(call, call->args[0]);
}

static __always_inline int decide(struct hcbpf_call *call)
{
	if (call->user)
		return HCBPF_PASS;
	if (call->nr == HCBPF_HC_DOORBELL)
		return decide_doorbell(call);
	if (call->abi == HCBPF_ABI_XEN && call->nr == XEN_EVENT_CHANNEL_OP &&
	    call->args[0] == XEN_EVTCHNOP_SEND)
		return decide_xen_send(call);
	return HCBPF_PASS;
}

#endif /* HCBPF_BPF_DECIDE_H */
