/* SPDX-License-Identifier: GPL-2.0-only */
/* What vms.bpf.c has been told. */
#ifndef TESTS_BPF_VMS_STATE_H
#define TESTS_BPF_VMS_STATE_H

#include <linux/types.h>
#include <hcbpf/call.h>

#define VMS_SEEN 64

struct vms_seen {
	__u32 begins;
	__u32 ends;
	__u32 calls;
	__u32 early;			/* calls before the VM's beginning, or after its end */
	__u64 param;			/* at the VM's end */
	struct hcbpf_vm_event event;	/* of its beginning */
};

struct vms_state {
	struct vms_seen vms[VMS_SEEN];	/* by id, modulo their number */
};

#endif /* TESTS_BPF_VMS_STATE_H */
