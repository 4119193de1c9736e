/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Xen's hypercall interface that the standard policy decodes.
 * Numbers and layout: xen/include/public/{xen,event_channel}.h in the Xen
 * source. The same in 32 and 64 bits.
 */
#ifndef HCBPF_BPF_XEN_H
#define HCBPF_BPF_XEN_H

#define XEN_EVENT_CHANNEL_OP 32	/* arg 0: operation, arg 1: address of its struct */
#define XEN_EVTCHNOP_SEND 4

struct xen_evtchn_send {
	__u32 port;
};

#endif /* HCBPF_BPF_XEN_H */
