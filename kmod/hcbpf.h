/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's own types and who owns what.
 *
 *   hook (arch)  ->  dispatch  ->  vm_table: which binding, if any
 *                              ->  policy: the BPF program
 *                                    -> kfuncs: ports, eventfds, guest memory
 *   uapi         ->  vm: bindings and their life, policies by name
 *
 * Readers (a guest's call) take no lock: they run in an RCU read-side section
 * and see bindings, policies, port pages and eventfds through RCU. Everything
 * else happens in process context under the mutex named beside each field,
 * except the end of a VM, which KVM announces in atomic context.
 */
#ifndef HCBPF_KMOD_H
#define HCBPF_KMOD_H

#include <linux/hash.h>
#include <linux/kconfig.h>
#include <linux/kvm_host.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <hcbpf/test.h>
#include <hcbpf/uapi.h>
#include "buffers.h"
#include "gpa.h"
#include "vm_sdei.h"

struct eventfd_ctx;
struct mem_cgroup;
struct vm_area_struct;

/*
 * The call filter: 64 bits, one for each hash of a number. A call whose bit
 * neither the policy nor the VM's rules have set passes without asking the
 * policy: a third of the instructions.
 */
static inline u64 filter_bit(u32 nr)
{
	/* SDEI's function ids count as one number: they are too many to be listed. */
	if (IS_ENABLED(CONFIG_ARM64) &&
	    nr - HCBPF_SDEI_FN(0) < HCBPF_SDEI_NR_FNS)
		nr = HCBPF_SDEI_FN(0);
	return BIT_ULL(hash_32(nr, 6));
}

/* ---- policy.c: struct_ops registrations by name ---- */

struct hcbpf_policy {
	struct hcbpf_ops __rcu *ops;	/* NULL: unloaded, but a binding still names it */
	struct list_head node;		/* the fields below: policies_lock */
	u32 id;
	u32 nr_vms;
	u64 generation;
	char name[HCBPF_NAME_LEN];
};

int policy_init(void);
struct hcbpf_policy *policy_get(const char *name);
void policy_put(struct hcbpf_policy *policy);
int policy_next(struct hcbpf_next_policy *next);
u32 policy_count(void);
bool name_is_valid(const char *name);

/* ---- ports.c: the table a VMM maps ---- */

#define PORTS_PER_PAGE (PAGE_SIZE / sizeof(hcbpf_port_t))

struct ports {
	u32 nr;
	hcbpf_port_t **page;	/* nr / PORTS_PER_PAGE; an entry goes from NULL to a page, once */
};

int ports_init(struct ports *ports, u32 nr);
void ports_free(struct ports *ports);
int ports_next(const struct ports *ports, struct hcbpf_next_port *next);
void ports_clear(struct ports *ports);
size_t ports_memory(const struct ports *ports);
vm_fault_t ports_fault(struct ports *ports, struct vm_fault *vmf);

static inline u32 ports_nr_pages(const struct ports *ports)
{
	return DIV_ROUND_UP(ports->nr, PORTS_PER_PAGE);
}

static inline hcbpf_port_t ports_get(const struct ports *ports, u32 port)
{
	const hcbpf_port_t *page;

	if (port >= ports->nr)
		return 0;
	port = array_index_nospec(port, ports->nr);
	page = READ_ONCE(ports->page[port / PORTS_PER_PAGE]);
	return page ? READ_ONCE(page[port % PORTS_PER_PAGE]) : 0;
}

/* ---- eventfds.c: a VM's slots ---- */

struct eventfd_slots {
	struct rcu_head rcu;
	u32 nr;
	struct eventfd_ctx __rcu *ctx[];
};

/* The caller holds the VM's lock. */
int eventfds_set(struct eventfd_slots __rcu **slots, const struct hcbpf_set_eventfd *req,
		 u32 limit);
void eventfds_free(struct eventfd_slots *slots);
u32 eventfds_count(const struct eventfd_slots *slots);

/* ---- rules.c: what a VM's guest may call ---- */

struct rule_slot {
	u64 key;		/* nr << 32 | sub */
	u8 abi;
	hcbpf_rule_t word;	/* 0: empty */
};

struct rules {
	u32 bits;		/* log2(slots) */
	u32 nr;
	u64 multiplier;		/* of the hash, random */
	u64 abi_multiplier;
	u64 filter;		/* a bit for each number that a rule names */
	u8 physical;		/* a bit for each ABI some of whose calls may be physical */
	struct hcbpf_rule *list;	/* as the VMM gave them */
	hcbpf_rule_t by_default[HCBPF_NR_ABIS];
	struct rule_slot slot[];
};

#define MAX_RULES 65536

struct rules *rules_create(struct hcbpf_rule *list, u32 nr);
void rules_free(struct rules *rules);
hcbpf_rule_t rules_get(const struct rules *rules, u8 abi, u64 nr, u32 sub);
bool rules_add_calls(const struct rules *old, const struct rules *new);
size_t rules_memory(const struct rules *rules);

/* ---- vm.c: bindings ---- */

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
	struct vm_buffers buffers;
	struct ports ports;
	struct gpa gpa;
	u32 id;
	u8 abi;
	bool ended;		/* no policy runs any more; never cleared */

	/* cold */
	/*
	 * 1 until ended, and 1 for each that the VMM has not completed; once ended,
	 * also 1 for each SDEI handler that has not come to its end.
	 */
	atomic_t exits;
	struct sdei_vm *sdei;	/* NULL: the VM has no SDEI */
	struct kvm *kvm;	/* a key: the VM may be gone, never dereferenced */
	struct kref ref;	/* the binding itself, its files */
	struct mutex lock;	/* eventfds, rules and what is said of them, setting ended */
	struct work_struct drained;
	struct work_struct destroyed;
	struct callback_head clear;		/* the ports, by a thread of the VMM's */
	atomic_t clearing;			/* 1: it is about to */
	struct rcu_head rcu;
	u32 rules_generation;
	u32 rules_forced;
	kuid_t uid;
	pid_t pid;
	char policy_name[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];
	/* Of the VM's owner, who pays for all that is allocated here, whoever asks for it. */
	struct mem_cgroup *memcg;
};

#define vm_count(vm, what) this_cpu_inc((vm)->counters->what)

int vm_init(void);
void vm_exit(void);
struct hcbpf_vm *vm_create(const struct hcbpf_bind *bind, struct file *vm_file);
int vm_publish(struct hcbpf_vm *vm);
void vm_discard(struct hcbpf_vm *vm);
void vm_put(struct hcbpf_vm *vm);
int vm_end(struct hcbpf_vm *vm);
void vm_kvm_destroyed(struct kvm *kvm);
void vm_channels_reset(const struct kvm *kvm);
struct hcbpf_vm *vm_get_by_kvm(const struct kvm *kvm);
struct hcbpf_vm *vm_get_by_id(u32 id);
int vm_next_id(u32 *id);
void vm_exit_completed(const struct kvm *kvm);
int vm_set_eventfd(struct hcbpf_vm *vm, const struct hcbpf_set_eventfd *req);
int vm_set_rules(struct hcbpf_vm *vm, const struct hcbpf_rules *req, struct hcbpf_rule *list);
int vm_get_rules(struct hcbpf_vm *vm, struct hcbpf_rules *req);
int vm_sdei_signal(struct hcbpf_vm *vm, u32 vcpu_id, u32 event);
int vm_sdei_cancel(struct hcbpf_vm *vm, u32 vcpu_id, u32 event);
int vm_sdei_show(struct hcbpf_vm *vm, struct hcbpf_sdei_state *show);
void vm_info(struct hcbpf_vm *vm, struct hcbpf_vm_info *info);
void vm_stats(const struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats);

/* ---- attach.c: when KVM is hooked ---- */

/* For a binding; @sdei: of a VM that has SDEI. */
int attach_get(bool sdei);
void attach_put(void);
u32 attach_users(void);
void attach_exit(void);
void module_must_stay(const char *what) __noreturn;

/* ---- vm_buffers.c: what its guest has registered ---- */

void vm_buffers_init(struct vm_buffers *buffers, bool encrypted);
struct buffer_tables *vm_buffers_close(struct vm_buffers *buffers);
void vm_buffers_free(struct buffer_tables *tables);
void vm_buffers_exit(struct vm_buffers *buffers);
int vm_buffers_insert(struct vm_buffers *buffers, u32 who, const struct buffer *buffer, bool dry);
int vm_buffers_purge(struct vm_buffers *buffers, u32 who, u64 va, bool every, bool dry);
u32 vm_buffers_count(const struct vm_buffers *buffers);
size_t vm_buffers_memory(const struct vm_buffers *buffers);
void vm_vcpu_reset(const struct kvm_vcpu *vcpu);
int vm_get_buffers(struct hcbpf_vm *vm, struct hcbpf_buffers *req);
int vm_set_buffers(struct hcbpf_vm *vm, const struct hcbpf_buffers *req);
int vm_set_buffer_limit(struct hcbpf_vm *vm, u32 limit);

/* ---- vm_table.c: KVM VM -> binding, for every hypercall of every VM ---- */

struct vm_slot {
	const struct kvm *kvm;	/* the key, written once; NULL: never used */
	struct hcbpf_vm *vm;	/* NULL: not bound any more */
};

struct vm_table {
	struct rcu_head rcu;
	u32 shift;		/* 64 - log2(bytes of all slots) */
	u32 mask;		/* slots - 1 */
	u32 used;		/* slots with a key */
	u32 live;		/* of these, with a binding */
	struct vm_slot slot[];
};

extern struct vm_table __rcu *vm_table;

int vm_table_init(void);
void vm_table_exit(void);
int vm_table_reserve(void);
int vm_table_insert(const struct kvm *kvm, struct hcbpf_vm *vm);
struct hcbpf_vm *vm_table_remove(const struct kvm *kvm, const struct hcbpf_vm *vm);

/* Where the search for @kvm begins. The hash yields a byte offset: 4 instructions less. */
static __always_inline struct vm_slot *vm_table_home(const struct vm_table *table,
						     const struct kvm *kvm)
{
	size_t offset = ((u64)kvm * GOLDEN_RATIO_64) >> table->shift;

	return (void *)table->slot + round_down(offset, sizeof(struct vm_slot));
}

static __always_inline struct vm_slot *vm_table_next(const struct vm_table *table,
						     const struct vm_slot *slot)
{
	return (struct vm_slot *)&table->slot[(slot - table->slot + 1) & table->mask];
}

/*
 * The binding of @kvm, or NULL, from @slot of @table on, which is where the search
 * for it begins. A VM that is not bound finds its first slot empty: the load limit
 * of 1/8 makes that the rule.
 *
 * The caller is inside an RCU read-side section, or may not have slept since it
 * entered the hook: tables are freed after an RCU-tasks grace period, which
 * waits for both.
 */
static __always_inline struct hcbpf_vm *vm_table_find_from(const struct vm_table *table,
							   const struct vm_slot *slot,
							   const struct kvm *kvm)
{
	for (;;) {
		const struct kvm *key = smp_load_acquire(&slot->kvm);

		if (likely(!key))
			return NULL;
		if (key == kvm)
			return READ_ONCE(slot->vm);
		slot = vm_table_next(table, slot);
	}
}

static inline struct hcbpf_vm *vm_table_find(const struct kvm *kvm)
{
	const struct vm_table *table = rcu_dereference_raw(vm_table);

	return vm_table_find_from(table, vm_table_home(table, kvm), kvm);
}

/* ---- dispatch.c ---- */

/* A call with what its policy must not see. The kfuncs find it by container_of. */
struct call_frame {
	struct hcbpf_call call;
	struct kvm_vcpu *vcpu;			/* NULL: synthetic */
	struct hcbpf_vm *vm;
	struct hcbpf_test_call *test;		/* NULL: a guest's call */
	u64 bpf_args[1];			/* as BPF passes arguments: a pointer to call */
	u32 writes;				/* pages of the guest's that were written */
	bool sdei;				/* on DONE, carry out SDEI's call */
};

static inline struct call_frame *frame_of(struct hcbpf_call *call)
{
	return container_of(call, struct call_frame, call);
}

/* What the hook does with a call. entry.S knows the values. */
enum call_fate {
	CALL_PASS = 0,		/* go on into KVM's handler */
	CALL_ANSWERED = 1,	/* the guest has its result: step over the instruction */
	CALL_EXIT = 2,		/* kvm_run is filled in: leave to the VMM */
};

enum call_fate dispatch(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm);
int dispatch_test(const char *policy, struct hcbpf_test_call *test);

/* ---- kfuncs.c, guest_memory.c, buffer_calls.c, uapi.c ---- */

/* Is all of it in the guest's memory slots? 0, -EFAULT, -E2BIG: in too many of them. */
int guest_has_memory(const struct call_frame *frame, u64 gpa, u64 size);

int kfuncs_init(void);
int uapi_init(void);
void uapi_exit(void);
/* A request's array, copied: an ERR_PTR, or kvfree() it. */
void *fetch_array(u64 user, u32 nr, size_t size);

/* ---- arch backend: x86/ or arm64/, and what is inline in arch_call.h there ---- */

int arch_init(void);
void arch_exit(void);
/*
 * Attach to KVM, detach from it. attach.c serialises. -EBUSY: somebody else is there. Removal
 * fails when ftrace has switched itself off.
 */
int arch_hook_install(void);
int arch_hook_remove(void);
enum hcbpf_hook arch_hook_state(void);
/* May a binding ask for this enum hcbpf_abi? */
bool arch_abi_is_valid(u32 abi);
/* Fill all of @call but abi, ret, vm_id and reserved from the vCPU's registers. */
void arch_call_read(struct kvm_vcpu *vcpu, struct hcbpf_call *call);
/* Give the guest its result. If need be, the hook steps over the instruction. */
void arch_call_answer(struct kvm_vcpu *vcpu, const struct hcbpf_call *call);
/*
 * Add the architecture's flags to kvm_run.hypercall, and see to it that
 * vm_exit_completed() is called on the next KVM_RUN.
 */
void arch_call_exit(struct kvm_vcpu *vcpu, const struct hcbpf_call *call);
/* Does KVM, if this call passes, exit to the VMM with it because the VMM asked for that? */
bool arch_kvm_exits(const struct kvm_vcpu *vcpu, const struct hcbpf_call *call);
/* Where the guest's page tables lead the caller: 0 and *@gpa, or -EFAULT; never sleeps. */
int arch_translate(struct kvm_vcpu *vcpu, u64 addr, bool write, u64 *gpa);
/* Does KVM itself say that the VM's memory is encrypted? */
bool arch_vm_is_encrypted(const struct kvm *kvm);

#endif /* HCBPF_KMOD_H */
