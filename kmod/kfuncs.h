/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy's program may call. */
#ifndef HCBPF_KMOD_KFUNCS_H
#define HCBPF_KMOD_KFUNCS_H

#include <linux/types.h>

struct hcbpf_call;

int hcb_kfuncs_init(void);

/*
 * The kfuncs, called by nobody here; <hcbpf/bpf.h> says what they do. Those on guest memory
 * and buffers are in guest_memory.c and buffer_calls.c, the others in kfuncs.c.
 */
u64 hcbpf_call_port_get(struct hcbpf_call *call, u32 port);
u64 hcbpf_call_rule_get(struct hcbpf_call *call, u32 sub);
int hcbpf_call_eventfd_signal(struct hcbpf_call *call, u32 slot);
int hcbpf_call_gpa_set(struct hcbpf_call *call, u64 gpa, u64 npages, u32 attr);
int hcbpf_call_gpa_get(struct hcbpf_call *call, u64 gpa);
u64 hcbpf_call_param(struct hcbpf_call *call);
int hcbpf_call_kvm_exits(struct hcbpf_call *call);
int hcbpf_call_sdei(struct hcbpf_call *call);
int hcbpf_call_discover(struct hcbpf_call *call);
int hcbpf_call_sdei_signal(struct hcbpf_call *call, u32 vcpu_id, u32 event);
int hcbpf_call_sdei_cancel(struct hcbpf_call *call, u32 vcpu_id, u32 event);
int hcbpf_call_read_guest(struct hcbpf_call *call, u64 addr, void *dst, u32 dst__sz);
int hcbpf_call_write_guest(struct hcbpf_call *call, u64 addr, const void *src, u32 src__sz);
s64 hcbpf_call_buffer(struct hcbpf_call *call);
int hcbpf_policy_test(const char *policy, u32 policy__sz, void *test, u32 test__sz);

#endif /* HCBPF_KMOD_KFUNCS_H */
