// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy with calls of its own that signal and cancel SDEI events, and one that
 * asks for SDEI's call to be carried out and then thinks better of it.
 */
#include <hcbpf/bpf.h>

#define SIGNAL 0xc6007001	/* vCPU, event */
#define CANCEL 0xc6007002	/* vCPU, event */

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hypercall")
int BPF_PROG(sdei_hypercall, struct hcbpf_call *call)
{
	switch (call->nr) {
	case SIGNAL:
		call->ret = (__s64)hcbpf_call_sdei_signal(call, call->args[0], call->args[1]);
		return HCBPF_DONE;
	case CANCEL:
		call->ret = (__s64)hcbpf_call_sdei_cancel(call, call->args[0], call->args[1]);
		return HCBPF_DONE;
	case HCBPF_SDEI_VERSION:
		hcbpf_call_sdei(call);
		return HCBPF_PASS;
	default:
		return hcbpf_call_sdei(call) ? HCBPF_PASS : HCBPF_DONE;
	}
}

SEC(".struct_ops.link")
struct hcbpf_ops sdei = { .hypercall = (void *)sdei_hypercall, .name = "sdei" };
