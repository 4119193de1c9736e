// SPDX-License-Identifier: GPL-2.0-only
/*
 * What deciding costs by itself, in time, on any kernel that may run BPF: the
 * standard policy's decision over mechanisms that do nothing but look into an
 * array, in a loop, and for comparison loops around other things.
 */
#include <linux/types.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <hcbpf/call.h>
#include <hcbpf/gpa.h>
#include <hcbpf/guest.h>
#include <hcbpf/port.h>
#include <hcbpf/rule.h>
#include <hcbpf/sdei.h>
#include "decision.h"

char _license[] SEC("license") = "GPL";

struct decision_run run SEC(".bss.run");
struct hcbpf_call call SEC(".bss.call");
static hcbpf_port_t ports[DECISION_ENTRIES];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DECISION_ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, DECISION_ENTRIES);
	__type(key, __u32);
	__type(value, __u64);
} hash SEC(".maps");

static __u64 env_rule_get(struct hcbpf_call *call, __u32 sub)
{
	return 0;
}

static __u64 env_port_get(struct hcbpf_call *call, __u32 port)
{
	return port < DECISION_ENTRIES ? ports[port] : 0;
}

static int env_eventfd_signal(struct hcbpf_call *call, __u32 slot)
{
	return 0;
}

static int env_read_guest(struct hcbpf_call *call, __u64 addr, void *dst, __u32 len)
{
	*(__u32 *)dst = addr;
	return 0;
}

static int env_gpa_set(struct hcbpf_call *call, __u64 gpa, __u64 npages, __u32 attr)
{
	return 0;
}

static int env_kvm_exits(struct hcbpf_call *call)
{
	return 0;
}

static __s64 env_buffer_call(struct hcbpf_call *call)
{
	return 0;
}

static int env_sdei_call(struct hcbpf_call *call)
{
	return 0;
}

static int env_discover(struct hcbpf_call *call)
{
	return 0;
}

#include "../../bpf/decide.h"

/* The results go somewhere, so that the compiler cannot leave the work out. */
static long nothing(__u32 i, void *ctx)
{
	run.result += i;
	return 0;
}

static long look_into_array(__u32 i, void *ctx)
{
	__u32 key = i % DECISION_ENTRIES;
	__u64 *value = bpf_map_lookup_elem(&array, &key);

	if (value)
		run.result += *value;
	return 0;
}

static long look_into_hash(__u32 i, void *ctx)
{
	__u32 key = i % DECISION_ENTRIES;
	__u64 *value = bpf_map_lookup_elem(&hash, &key);

	if (value)
		run.result += *value;
	return 0;
}

static long decide_one(__u32 i, void *ctx)
{
	call.ret = 0;
	run.result += decide(&call);
	return 0;
}

#define TIMED(name, body)						\
SEC("syscall")								\
int name(void *ctx)							\
{									\
	__u64 start = bpf_ktime_get_ns();				\
									\
	bpf_loop(DECISION_LOOPS, body, 0, 0);				\
	run.ns = bpf_ktime_get_ns() - start;				\
	return 0;							\
}

TIMED(empty, nothing)
TIMED(array_lookup, look_into_array)
TIMED(hash_lookup, look_into_hash)
TIMED(decision, decide_one)

SEC("syscall")
int set_up(void *ctx)
{
	ports[DECISION_PORT] = hcbpf_port_make(HCBPF_PORT_EVENTFD, 0);
	return 0;
}
