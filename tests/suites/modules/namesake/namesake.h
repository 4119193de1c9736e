/* SPDX-License-Identifier: GPL-2.0-only */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM namesake

#if !defined(TESTS_LAB_NAMESAKE_H) || defined(TRACE_HEADER_MULTI_READ)
#define TESTS_LAB_NAMESAKE_H

#include <linux/tracepoint.h>

/* With as many arguments as hcbpf's: the kernel refuses a program that reads more. */
TRACE_EVENT(call,
	TP_PROTO(const void *what, int how, u64 one, u64 two, u32 three),
	TP_ARGS(what, how, one, two, three),
	TP_STRUCT__entry(__field(int, how)),
	TP_fast_assign(__entry->how = how;),
	TP_printk("how=%d", __entry->how)
);

#endif /* TESTS_LAB_NAMESAKE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE namesake
#include <trace/define_trace.h>
