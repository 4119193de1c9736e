// SPDX-License-Identifier: GPL-2.0-only
/*
 * The standard policy's decision over mechanisms made of a map, as a syscall
 * program: bpf_prog_test_run puts cases to the very code that guests run, on a
 * kernel without the module.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <bpf/bpf_helpers.h>
#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>
#include "decide_state.h"

char _license[] SEC("license") = "GPL";

struct decide_state state;

/* Mostly a VM without rules; bpf/standard.cases.yaml has those with. */
static __u64 env_rule_get(struct hcbpf_call *call, __u32 sub)
{
	return state.rule;
}

static __u64 env_port_get(struct hcbpf_call *call, __u32 port)
{
	state.port_gets++;
	return port < DECIDE_PORTS ? state.ports[port] : 0;
}

static int env_eventfd_signal(struct hcbpf_call *call, __u32 slot)
{
	if (slot >= DECIDE_SLOTS) {
		state.tries_beyond++;
		return -ENOENT;
	}
	state.tries[slot]++;
	return state.slot_result[slot];
}

static int env_read_guest(struct hcbpf_call *call, __u64 addr, void *dst, __u32 len)
{
	__u64 off = addr - state.mem_addr;

	state.reads++;
	if (len != 4)	/* all that the policy has reason to read */
		return -EINVAL;
	*(__u32 *)dst = 0;
	if (state.read_result)
		return state.read_result;
	if (off > DECIDE_MEM - 4)
		return -EFAULT;
	__builtin_memcpy(dst, state.mem + off, 4);
	return 0;
}

static int env_gpa_set(struct hcbpf_call *call, __u64 gpa, __u64 npages, __u32 attr)
{
	if (attr & ~HCBPF_GPA_ATTR_MASK)
		return -EINVAL;
	state.gpa_sets++;
	state.gpa = gpa;
	state.npages = npages;
	state.attr = attr;
	return state.gpa_result;
}

static int env_kvm_exits(struct hcbpf_call *call)
{
	state.kvm_exits_asked++;
	return state.kvm_exits;
}

static __s64 env_buffer_call(struct hcbpf_call *call)
{
	state.buffer_calls++;
	return state.buffer_result;
}

static int env_sdei_call(struct hcbpf_call *call)
{
	state.sdei_calls++;
	return state.sdei_result;
}

static int env_discover(struct hcbpf_call *call)
{
	state.discovers++;
	return state.discovered;
}

#include "../../bpf/decide.h"

SEC("syscall")
int decide_case(void *ctx)
{
	state.verdict = decide(&state.call);
	return 0;
}
