/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints, for perf, trace-cmd, bpftrace and the like: hcbpf:call, bind, end, gpa, sdei. Off,
 * each is a no-op in the code, and calls have not even that (observe.h).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM hcbpf

#if !defined(HCBPF_KMOD_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define HCBPF_KMOD_TRACE_H

#include <linux/tracepoint.h>
#include <hcbpf/call.h>
#include "observe.h"

#define show_abi(abi) __print_symbolic(abi, { HCBPF_ABI_KVM, "kvm" }, { HCBPF_ABI_XEN, "xen" }, \
				       { HCBPF_ABI_HYPERV, "hyperv" }, { HCBPF_ABI_SMCCC, "smccc" })
#define show_fate(fate) __print_symbolic(fate, { CALL_PASS, "pass" }, { CALL_ANSWERED, "done" }, \
					 { CALL_EXIT, "exit" })

/*
 * A hypercall of a bound VM, when it was decided. @ret: the guest's result, if it has one. @vm: that
 * of the call, where a BPF program has it without reading memory (bpf/trace/call_trace.bpf.c).
 */
TRACE_EVENT_FN(call,
	TP_PROTO(const struct hcbpf_call *call, int fate, u64 ret, u64 ns, u32 vm),
	TP_ARGS(call, fate, ret, ns, vm),
	TP_STRUCT__entry(
		__field(u64, nr)
		__array(u64, args, 6)
		__field(u64, ret)
		__field(u64, ns)
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u8, abi)
		__field(u8, user)
		__field(u8, fate)
	),
	TP_fast_assign(
		__entry->nr = call->nr;
		memcpy(__entry->args, call->args, sizeof(call->args));
		__entry->ret = ret;
		__entry->ns = ns;
		__entry->vm = vm;
		__entry->vcpu = call->vcpu_id;
		__entry->abi = call->abi;
		__entry->user = call->user;
		__entry->fate = fate;
	),
	TP_printk("vm=%u vcpu=%u abi=%s nr=0x%llx args=0x%llx,0x%llx,0x%llx,0x%llx,0x%llx,0x%llx "
		  "user=%u fate=%s ret=0x%llx ns=%llu",
		  __entry->vm, __entry->vcpu, show_abi(__entry->abi), __entry->nr,
		  __entry->args[0], __entry->args[1], __entry->args[2], __entry->args[3],
		  __entry->args[4], __entry->args[5], __entry->user, show_fate(__entry->fate),
		  __entry->ret, __entry->ns),
	hcb_observing_get, hcb_observing_put
);

/* A VM is under a policy now. */
TRACE_EVENT(bind,
	TP_PROTO(u32 vm, const char *policy, const char *tag, u32 uid, bool by_operator),
	TP_ARGS(vm, policy, tag, uid, by_operator),
	TP_STRUCT__entry(
		__field(u32, vm)
		__string(policy, policy)
		__string(tag, tag)
		__field(u32, uid)
		__field(bool, by_operator)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__assign_str(policy);
		__assign_str(tag);
		__entry->uid = uid;
		__entry->by_operator = by_operator;
	),
	TP_printk("vm=%u policy=%s tag=%s uid=%u operator=%d", __entry->vm, __get_str(policy),
		  __get_str(tag), __entry->uid, __entry->by_operator)
);

/* It no longer is. */
TRACE_EVENT(end,
	TP_PROTO(u32 vm),
	TP_ARGS(vm),
	TP_STRUCT__entry(__field(u32, vm)),
	TP_fast_assign(__entry->vm = vm;),
	TP_printk("vm=%u", __entry->vm)
);

/* A guest reports attributes of its pages. @err: 0, or why they were not recorded. */
TRACE_EVENT(gpa,
	TP_PROTO(u32 vm, u64 gpa, u64 npages, u32 attr, int err),
	TP_ARGS(vm, gpa, npages, attr, err),
	TP_STRUCT__entry(
		__field(u64, gpa)
		__field(u64, npages)
		__field(u32, vm)
		__field(u32, attr)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->gpa = gpa;
		__entry->npages = npages;
		__entry->vm = vm;
		__entry->attr = attr;
		__entry->err = err;
	),
	TP_printk("vm=%u gpa=0x%llx npages=%llu attr=0x%x err=%d", __entry->vm, __entry->gpa,
		  __entry->npages, __entry->attr, __entry->err)
);

/* An SDEI event was made pending on a vCPU. @result: what the signaller was told. */
TRACE_EVENT(sdei,
	TP_PROTO(u32 vm, u32 vcpu, u32 event, int result),
	TP_ARGS(vm, vcpu, event, result),
	TP_STRUCT__entry(
		__field(u32, vm)
		__field(u32, vcpu)
		__field(u32, event)
		__field(int, result)
	),
	TP_fast_assign(
		__entry->vm = vm;
		__entry->vcpu = vcpu;
		__entry->event = event;
		__entry->result = result;
	),
	TP_printk("vm=%u vcpu=%u event=%u result=%d", __entry->vm, __entry->vcpu, __entry->event,
		  __entry->result)
);

#endif /* HCBPF_KMOD_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
