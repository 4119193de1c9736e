// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standard policy: the VM's rules decide what becomes of a call. Without
 * rules, Xen event-channel sends and doorbells on ports that the VMM has set
 * signal an eventfd, SDEI's calls are answered where the VM has SDEI, and
 * everything else is KVM's and the VMM's.
 */
#include <hcbpf/bpf.h>

#define env_rule_get hcbpf_call_rule_get
#define env_port_get hcbpf_call_port_get
#define env_eventfd_signal hcbpf_call_eventfd_signal
#define env_read_guest hcbpf_call_read_guest
#define env_gpa_set hcbpf_call_gpa_set
#define env_kvm_exits hcbpf_call_kvm_exits
#define env_buffer_call hcbpf_call_buffer
#define env_sdei_call hcbpf_call_sdei
#define env_discover hcbpf_call_discover
#include "decide.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hypercall")
int BPF_PROG(standard_hypercall, struct hcbpf_call *call)
{
	return decide(call);
}

SEC(".struct_ops.link")
struct hcbpf_ops standard = {
	.hypercall = (void *)standard_hypercall,
	.name = "standard",
	.nr_calls = 5,
	.calls = {
		XEN_EVENT_CHANNEL_OP, HCBPF_HC_DOORBELL,
		HCBPF_SMCCC_DOORBELL, HCBPF_SMCCC_DOORBELL32, HCBPF_SDEI_VERSION,
	},
};
