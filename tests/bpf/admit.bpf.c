// SPDX-License-Identifier: GPL-2.0-only
/* A policy that has a say in who is admitted, under the test's control. */
#include <hcbpf/bpf.h>
#include "admit_state.h"

char _license[] SEC("license") = "GPL";

struct admit_state state;

static long waste(__u64 round, void *unused)
{
	return 0;
}

#define REMEMBER(field) \
	bpf_probe_read_kernel_str(state.who.field, sizeof(state.who.field), who->field)

HCBPF_ADMIT(admit_who, struct hcbpf_admit *who)
{
	int i;

	bpf_loop(state.linger, waste, NULL, 0);
	__sync_fetch_and_add(&state.asked, 1);
	state.who.uid = who->uid;
	state.who.pid = who->pid;
	state.who.rule = who->rule;
	REMEMBER(comm);
	REMEMBER(template_name);
	REMEMBER(name);
	REMEMBER(cgroup);
	if (state.choose) {
#pragma unroll
		for (i = 0; i < HCBPF_NAME_LEN; i++)
			who->template_name[i] = state.template_name[i];
	}
	return state.answer;
}

SEC("struct_ops/hypercall")
int BPF_PROG(admit_hypercall, struct hcbpf_call *call)
{
	return HCBPF_PASS;
}

SEC(".struct_ops.link")
struct hcbpf_ops admit = {
	.hypercall = (void *)admit_hypercall,
	.name = "admit",
	.admit = (void *)admit_who,
};
