/* SPDX-License-Identifier: GPL-2.0-only */
/* Policies: struct_ops registrations by name. */
#ifndef HCBPF_KMOD_POLICY_H
#define HCBPF_KMOD_POLICY_H

#include <linux/list.h>
#include <linux/types.h>
#include <hcbpf/uapi.h>

/* What a policy knows of a VM that is bound to it. */
struct policy_vm {
	struct list_head node;		/* policies_lock; empty: not begun, or ended */
	struct hcbpf_vm_event event;	/* @param is read and written without a lock */
};

struct hcbpf_policy {
	struct hcbpf_ops __rcu *ops;	/* NULL: unloaded, but a binding still names it */
	struct list_head node;		/* the fields below: policies_lock */
	struct list_head vms;		/* of struct policy_vm */
	u32 id;
	u32 nr_vms;
	u64 generation;
	char name[HCBPF_NAME_LEN];
};

int hcb_policy_init(void);
struct hcbpf_policy *hcb_policy_get(const char *name);
void hcb_policy_put(struct hcbpf_policy *policy);
void hcb_policy_vm_begin(struct hcbpf_policy *policy, struct policy_vm *vm);
void hcb_policy_vm_end(struct hcbpf_policy *policy, struct policy_vm *vm);
/* The policy's say, an enum hcbpf_admit_answer; it may change @who->template_name. */
int hcb_policy_admit(struct hcbpf_admit *who);
int hcb_policy_next(struct hcbpf_next_policy *next);
u32 hcb_policy_count(void);
bool hcb_name_is_valid(const char *name);

#endif /* HCBPF_KMOD_POLICY_H */
