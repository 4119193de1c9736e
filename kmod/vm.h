/* SPDX-License-Identifier: GPL-2.0-only */
/* Bindings. */
#ifndef HCBPF_KMOD_VM_H
#define HCBPF_KMOD_VM_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>
#include <hcbpf/uapi.h>
#include "ended.h"
#include "eventfds.h"
#include "page_attrs.h"
#include "policy.h"
#include "ports.h"
#include "vm_buffers.h"
#include "vm_table.h"

struct claim_slots;
struct kvm;
struct mem_cgroup;
struct rules;
struct sdei_vm;

struct vm_counters {
	u64 done;
	u64 pass;
	u64 bad_verdict;
	u64 no_policy;
	u64 user_mode;
	u64 nested;
	u64 signals;
	u64 faults;
	u64 exits;
	u64 gpa_sets;
	u64 gpa_failures;
	u64 buffer_hits;
	u64 buffer_misses;
	u64 walks;
};

struct hcbpf_vm {
	/* read by every call */
	struct hcbpf_policy *policy;		/* until ended */
	struct vm_counters __percpu *counters;
	struct eventfd_slots __rcu *eventfds;	/* writers: lock */
	struct rules __rcu *rules;		/* writers: lock; NULL: none */
	struct claim_slots __rcu *claims;	/* see claims.c; NULL: none */
	struct seen_table __percpu *seen;	/* writers: lock; NULL: nobody wants to know */
	struct sdei_vm *sdei;	/* NULL: the VM has no SDEI */
	struct vm_buffers buffers;
	struct ports ports;
	struct page_attrs attrs;
	u32 id;
	u8 abi;
	bool ended;		/* no policy runs any more; never cleared */
	bool for_test;		/* HCBPF_BIND_TEST: of ids of their own */
	bool operators;		/* the operator's, whose files alone may change it */
	bool has_claimant;
	bool kvm_encrypts;	/* KVM has said so; see hcb_vm_found_encrypted() */

	/* cold */
	/*
	 * 1 until ended, and 1 for each that the VMM has not completed; once ended,
	 * also 1 for each SDEI handler that has not come to its end.
	 */
	atomic_t exits;
	struct kvm *kvm;	/* a key: the VM may be gone, never dereferenced */
	struct kref ref;	/* the binding itself, its files */
	struct mutex lock;	/* eventfds, rules and what is said of them, setting ended */
	struct ended over;	/* who waits for the end */
	struct policy_vm told;	/* what the policy is told of the VM, its parameter among it */
	struct work_struct drained;
	struct work_struct destroyed;
	struct callback_head clear;		/* the ports, by a thread of the VMM's */
	atomic_t clearing;			/* 1: it is about to */
	struct rcu_head rcu;
	u32 rules_generation;
	u32 rules_forced;
	kuid_t uid;
	kuid_t claimant;	/* may claim ports, if has_claimant */
	struct list_head claimed;		/* claims.c's */
	struct pid *owner;	/* the process that has made the VM; NULL: it had gone */
	char policy_name[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];
	char template_name[HCBPF_NAME_LEN];
	/* Of the VM's owner, who pays for all that is allocated here, whoever asks for it. */
	struct mem_cgroup *memcg;
};

/*
 * Where a call is decided, and nowhere else: nobody interrupts us to count, and but for
 * PREEMPT_RT we stay on this CPU. On an arm64 that can be preempted this_cpu_inc() switches that
 * off and on, 9 instructions; where not, it is one atomic instruction, the cheapest of all.
 */
#define COUNT_PLAINLY (IS_ENABLED(CONFIG_PREEMPTION) && !IS_ENABLED(CONFIG_PREEMPT_RT))
#define hcb_vm_count(vm, what)						\
do {									\
	if (COUNT_PLAINLY)						\
		__this_cpu_inc((vm)->counters->what);			\
	else								\
		this_cpu_inc((vm)->counters->what);			\
} while (0)

/* Its number in the initial namespace; 0 once it has gone, and that may be another's. */
pid_t hcb_process_nr(struct pid *process);

int hcb_vm_init(void);
void hcb_vm_exit(void);
struct hcbpf_vm *hcb_vm_create(const struct hcbpf_bind *bind, struct kvm *kvm, kuid_t uid);
int hcb_vm_set_template(struct hcbpf_vm *vm, const struct hcbpf_template *template,
			const struct hcbpf_rule *list);
int hcb_vm_publish(struct hcbpf_vm *vm);
void hcb_vm_discard(struct hcbpf_vm *vm);
void hcb_vm_put(struct hcbpf_vm *vm);
int hcb_vm_end(struct hcbpf_vm *vm);
void hcb_vm_kvm_destroyed(struct kvm *kvm);
void hcb_vm_channels_reset(const struct kvm *kvm);
struct hcbpf_vm *hcb_vm_get_by_kvm(const struct kvm *kvm);
struct hcbpf_vm *hcb_vm_get_by_id(u32 id);
int hcb_vm_next_id(u32 *id);
void hcb_vm_found_encrypted(struct hcbpf_vm *vm);
void hcb_vm_exits_over(struct hcbpf_vm *vm);
int hcb_vm_set_rules(struct hcbpf_vm *vm, const struct hcbpf_rules *req, struct hcbpf_rule *list);
int hcb_vm_get_rules(struct hcbpf_vm *vm, struct hcbpf_rules *req);
void hcb_vm_info(struct hcbpf_vm *vm, struct hcbpf_vm_info *info);
void hcb_vm_stats(const struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats);

/*
 * A vCPU of @kvm has completed an exit of ours. Must not sleep, see entry.S: that is what keeps
 * table and binding, as in the hook, and saves 18 instructions of RCU.
 */
static __always_inline void hcb_vm_exit_completed(const struct kvm *kvm)
{
	struct hcbpf_vm *vm = hcb_vm_table_find(kvm);

	if (unlikely(!vm) || unlikely(atomic_dec_and_test(&vm->exits)))
		hcb_vm_exits_over(vm);
}

#endif /* HCBPF_KMOD_VM_H */
