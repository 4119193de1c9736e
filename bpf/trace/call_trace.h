/* SPDX-License-Identifier: GPL-2.0-only */
/* What `hcbpf trace` and its program in the kernel tell each other. */
#ifndef CALL_TRACE_H
#define CALL_TRACE_H

#include <hcbpf/call.h>

/* A call, as it is in the ring buffer. */
struct trace_record {
	struct hcbpf_call call;	/* before it was decided, but for @ret: the result, if it is DONE */
	__u64 time;		/* when it was decided, CLOCK_MONOTONIC in ns */
	__u64 ns;		/* that deciding took */
	__u32 outcome;		/* enum hcbpf_verdict */
	__u32 reserved;
};

/* Which calls; constant once the program is loaded, so what is not asked for costs nothing. */
struct trace_filter {
	__u32 vm;		/* 0: any */
	__u32 abi;		/* 0: any */
	__u32 nr, sub;		/* HCBPF_RULE_ANY: any; @sub as hcbpf_rule_sub() has it */
	__u32 vcpu;		/* TRACE_ANY: any */
	__u32 outcome;		/* likewise */
	__u32 wake_at;		/* bytes in the ring buffer at which its reader is woken */
};

#define TRACE_ANY 0xffffffffU

#endif /* CALL_TRACE_H */
