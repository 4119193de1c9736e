/* SPDX-License-Identifier: GPL-2.0-only */
/* What the examples put into their ring buffers, for whoever reads them. */
#ifndef HCBPF_EXAMPLES_NOTICES_H
#define HCBPF_EXAMPLES_NOTICES_H

#include <hcbpf/types.h>

struct notice {
	__u64 time;		/* nanoseconds since boot */
	__u64 nr;
	__u64 arg;		/* the call's first argument */
	__u32 vm_id;
	__u32 vcpu_id;
};

#endif /* HCBPF_EXAMPLES_NOTICES_H */
