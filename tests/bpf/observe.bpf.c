// SPDX-License-Identifier: GPL-2.0-only
/*
 * A policy under the test's control: it answers as told and remembers the last
 * call it saw. Tests change its name and flags before they load it.
 */
#include <hcbpf/bpf.h>
#include "observe_state.h"

char _license[] SEC("license") = "GPL";

struct observe_state state;

static long waste(__u64 round, void *unused)
{
	return 0;
}

SEC("struct_ops/hypercall")
int BPF_PROG(observe_hypercall, struct hcbpf_call *call)
{
	int i;

	bpf_loop(state.linger, waste, NULL, 0);
	__sync_fetch_and_add(&state.calls, 1);
	if (!state.quiet) {
		state.nr = call->nr;
		for (i = 0; i < 6; i++)
			state.args[i] = call->args[i];
		state.ret_before = call->ret;
		state.vm_id = call->vm_id;
		state.vcpu_id = call->vcpu_id;
		state.abi = call->abi;
		state.mode = call->mode;
		state.user = call->user;
		state.conduit = call->conduit;
	}
	call->ret = state.ret;
	return state.verdict;
}

SEC(".struct_ops.link")
struct hcbpf_ops observe = {
	.hypercall = (void *)observe_hypercall,
	.name = "observe",
};
