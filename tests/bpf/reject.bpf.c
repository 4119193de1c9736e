// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that the verifier must refuse, one policy each, and one syscall
 * program. The driver loads one at a time; none may ever load.
 */
#include <hcbpf/bpf.h>

char _license[] SEC("license") = "GPL";

#define POLICY(NAME)					\
	SEC(".struct_ops.link")				\
	struct hcbpf_ops NAME##_ops = {			\
		.hypercall = (void *)NAME,		\
		.name = #NAME,				\
	}

#define ADMIT_POLICY(NAME)				\
	SEC(".struct_ops.link")				\
	struct hcbpf_ops NAME##_ops = {			\
		.admit = (void *)NAME,			\
		.name = #NAME,				\
	}

SEC("?struct_ops/hypercall")
int BPF_PROG(write_nr, struct hcbpf_call *call)
{
	call->nr = 1;
	return HCBPF_PASS;
}
POLICY(write_nr);

SEC("?struct_ops/hypercall")
int BPF_PROG(write_user, struct hcbpf_call *call)
{
	call->user = 0;
	return HCBPF_PASS;
}
POLICY(write_user);

SEC("?struct_ops/hypercall")
int BPF_PROG(write_past_ret, struct hcbpf_call *call)
{
	*(volatile __u64 *)((char *)&call->ret + 4) = 1;
	return HCBPF_PASS;
}
POLICY(write_past_ret);

SEC("?struct_ops/hypercall")
int BPF_PROG(write_before_ret, struct hcbpf_call *call)
{
	*(volatile __u64 *)((char *)&call->ret - 4) = 1;
	return HCBPF_PASS;
}
POLICY(write_before_ret);

SEC("?struct_ops/hypercall")
int BPF_PROG(read_past_call, struct hcbpf_call *call)
{
	return *((volatile __u64 *)call + 100);
}
POLICY(read_past_call);

SEC("?struct_ops/hypercall")
int BPF_PROG(read_past_context, struct hcbpf_call *call)
{
	return ctx[1];
}
POLICY(read_past_context);

SEC("?struct_ops/hypercall")
int BPF_PROG(pointer_from_guest, struct hcbpf_call *call)
{
	return hcbpf_call_eventfd_signal((struct hcbpf_call *)call->args[0], 0);
}
POLICY(pointer_from_guest);

SEC("?struct_ops/hypercall")
int BPF_PROG(pointer_inside_call, struct hcbpf_call *call)
{
	return hcbpf_call_port_get((struct hcbpf_call *)&call->args[1], 0);
}
POLICY(pointer_inside_call);

SEC("?struct_ops/hypercall")
int BPF_PROG(call_made_up, struct hcbpf_call *call)
{
	struct hcbpf_call mine = {};

	return hcbpf_call_port_get(&mine, 0);
}
POLICY(call_made_up);

SEC("?struct_ops/hypercall")
int BPF_PROG(read_beyond_stack, struct hcbpf_call *call)
{
	char small[8];

	return hcbpf_call_read_guest(call, call->args[1], small, 16);
}
POLICY(read_beyond_stack);

SEC("?struct_ops/hypercall")
int BPF_PROG(read_into_call, struct hcbpf_call *call)
{
	return hcbpf_call_read_guest(call, 0, call, sizeof(*call));
}
POLICY(read_into_call);

SEC("?struct_ops/hypercall")
int BPF_PROG(test_call_from_policy, struct hcbpf_call *call)
{
	struct hcbpf_test_call test = {};
	char name[HCBPF_NAME_LEN] = "standard";

	return hcbpf_policy_test(name, sizeof(name), &test, sizeof(test));
}
POLICY(test_call_from_policy);

SEC("?struct_ops.s/hypercall")
int BPF_PROG(sleepable, struct hcbpf_call *call)
{
	return HCBPF_PASS;
}
POLICY(sleepable);

SEC("?struct_ops/hypercall")
int BPF_PROG(no_end, struct hcbpf_call *call)
{
	while (call->nr)
		;
	return HCBPF_PASS;
}
POLICY(no_end);

SEC("?struct_ops/admit")
int BPF_PROG(write_admit_uid, struct hcbpf_admit *who)
{
	who->uid = 0;
	return HCBPF_ADMIT_AS_SAID;
}
ADMIT_POLICY(write_admit_uid);

SEC("?struct_ops/admit")
int BPF_PROG(write_past_template, struct hcbpf_admit *who)
{
	*(volatile __u64 *)((char *)who->template_name + HCBPF_NAME_LEN - 4) = 0;
	return HCBPF_ADMIT_AS_SAID;
}
ADMIT_POLICY(write_past_template);

SEC("?syscall")
int kfunc_from_syscall(void *ctx)
{
	return hcbpf_call_port_get(ctx, 0);
}
