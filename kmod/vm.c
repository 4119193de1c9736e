// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bindings: one KVM VM tied to one policy.
 *
 * A binding holds no reference to its VM. It ends when KVM destroys the VM
 * (hcb_vm_kvm_destroyed) or on request (hcb_vm_end): from then on no policy runs. It
 * stays in the table until the VMM has completed the exits that are under way,
 * because their completion is our code; whoever then takes it out of the table
 * finishes it. After that only open files keep the struct, with its port pages
 * and counters, for those who still look.
 *
 * KVM is hooked while at least one VM is bound, and for a while after (attach.c).
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/memcontrol.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>
#include "arch.h"
#include "attach.h"
#include "claims.h"
#include "eventfds.h"
#include "observe.h"
#include "page_attrs.h"
#include "policy.h"
#include "ports.h"
#include "rules.h"
#include "trace.h"
#include "vm.h"
#include "vm_buffers.h"
#include "vm_sdei.h"
#include "vm_table.h"

static DEFINE_MUTEX(vms_lock);	/* publishing */
/* Of all VMs, so nobody's: like vm_table.c's, no more than a few hundred bytes for each VM. */
static DEFINE_XARRAY_ALLOC1(vms_by_id);
static u32 vms_next_id, tests_next_id;
static struct workqueue_struct *end_queue;

/* ---- making one ---- */

static void vm_drained(struct work_struct *work);
static void vm_destroyed(struct work_struct *work);
static void vm_clear_ports(struct callback_head *head);

static void vm_free_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct hcbpf_vm, rcu));
}

/* The hook may still be about to see that the binding has ended: see hcb_dispatch(). */
static void vm_free(struct hcbpf_vm *vm)
{
	hcb_vm_buffers_exit(&vm->buffers);
	hcb_sdei_vm_put(vm->sdei);
	hcb_ports_free(&vm->ports);
	hcb_page_attrs_free(&vm->attrs);
	free_percpu(vm->counters);
	mem_cgroup_put(vm->memcg);
	put_pid(vm->owner);
	call_rcu_tasks(&vm->rcu, vm_free_rcu);
}

static void vm_release(struct kref *ref)
{
	vm_free(container_of(ref, struct hcbpf_vm, ref));
}

void hcb_vm_put(struct hcbpf_vm *vm)
{
	kref_put(&vm->ref, vm_release);
}

static int vm_alloc_parts(struct hcbpf_vm *vm, const struct hcbpf_bind *bind)
{
	int err;

	vm->counters = alloc_percpu_gfp(struct vm_counters, GFP_KERNEL_ACCOUNT);
	if (!vm->counters)
		return -ENOMEM;
	err = hcb_ports_init(&vm->ports, bind->nr_ports);
	if (err)
		return err;
	err = hcb_page_attrs_init(&vm->attrs);
	if (err)
		return err;
	vm->policy = hcb_policy_get(bind->policy);
	return PTR_ERR_OR_ZERO(vm->policy);
}

/*
 * The process whose memory the VM is made of, while it has it. KVM keeps only the number of
 * the thread that made the VM, which may be somebody else's by now.
 */
static struct pid *vm_owner(const struct kvm *kvm)
{
	struct pid *owner = NULL;
#ifdef CONFIG_MEMCG
	struct task_struct *task;

	rcu_read_lock();
	task = rcu_dereference(kvm->mm->owner);
	if (task)
		owner = get_pid(task_tgid(task));
	rcu_read_unlock();
#endif
	return owner;
}

pid_t hcb_process_nr(struct pid *process)
{
	pid_t nr;

	rcu_read_lock();
	nr = pid_task(process, PIDTYPE_TGID) ? pid_nr(process) : 0;
	rcu_read_unlock();
	return nr;
}

/*
 * KVM says that the VM's memory is encrypted. Then its pages are, too, of which neither the
 * guest nor the VMM has said anything. Also called by a vCPU's calls; never sleeps.
 */
void hcb_vm_found_encrypted(struct hcbpf_vm *vm)
{
	if (likely(READ_ONCE(vm->kvm_encrypts)))
		return;
	hcb_page_attrs_begin_encrypted(&vm->attrs);
	WRITE_ONCE(vm->buffers.encrypted, true);
	WRITE_ONCE(vm->kvm_encrypts, true);
}

/* Takes over a reference to @memcg, also on failure. */
static struct hcbpf_vm *vm_create_in(struct mem_cgroup *memcg, const struct hcbpf_bind *bind,
				     struct kvm *kvm, kuid_t uid)
{
	struct hcbpf_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	int err;

	if (!vm) {
		mem_cgroup_put(memcg);
		return ERR_PTR(-ENOMEM);
	}
	vm->memcg = memcg;
	err = vm_alloc_parts(vm, bind);
	if (err) {
		vm_free(vm);
		return ERR_PTR(err);
	}
	kref_init(&vm->ref);
	mutex_init(&vm->lock);
	vm->for_test = bind->flags & HCBPF_BIND_TEST;
	vm->operators = bind->flags & HCBPF_BIND_OPERATOR;
	vm->has_claimant = bind->flags & HCBPF_BIND_CLAIMANT;
	vm->claimant = make_kuid(&init_user_ns, bind->claimant);
	hcb_vm_buffers_init(&vm->buffers, bind->flags & HCBPF_BIND_ENCRYPTED);
	if (hcb_arch_vm_is_encrypted(kvm))
		hcb_vm_found_encrypted(vm);
	INIT_WORK(&vm->drained, vm_drained);
	INIT_WORK(&vm->destroyed, vm_destroyed);
	init_task_work(&vm->clear, vm_clear_ports);
	hcb_ended_init(&vm->over);
	atomic_set(&vm->exits, 1);
	vm->kvm = kvm;
	vm->sdei = hcb_sdei_vm_get(vm->kvm);
	vm->owner = vm_owner(vm->kvm);
	vm->uid = uid;
	vm->abi = bind->abi;
	vm->told.event.param = bind->param;
	strscpy(vm->policy_name, bind->policy, sizeof(vm->policy_name));
	strscpy(vm->tag, bind->tag, sizeof(vm->tag));
	return vm;
}

/*
 * A binding that is not in force yet, with one reference, of a VM that @uid has made. If it
 * is never published, hcb_vm_discard() takes it back.
 */
struct hcbpf_vm *hcb_vm_create(const struct hcbpf_bind *bind, struct kvm *kvm, kuid_t uid)
{
	struct mem_cgroup *memcg = get_mem_cgroup_from_mm(kvm->mm);
	struct mem_cgroup *old = set_active_memcg(memcg);
	struct hcbpf_vm *vm = vm_create_in(memcg, bind, kvm, uid);

	set_active_memcg(old);
	return vm;
}

static int vm_set_first_rules(struct hcbpf_vm *vm, const struct hcbpf_rule *list, u32 nr)
{
	struct hcbpf_rule *copy = kvmemdup(list, nr * sizeof(*list),
					   GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	struct rules *rules;

	if (!copy)
		return -ENOMEM;
	rules = hcb_rules_create(copy, nr);
	if (IS_ERR(rules))
		return PTR_ERR(rules);
	RCU_INIT_POINTER(vm->rules, rules);
	vm->rules_generation = 1;
	return 0;
}

/* The rest of what a template says, @list its rules, of a binding that is not in force yet. */
int hcb_vm_set_template(struct hcbpf_vm *vm, const struct hcbpf_template *template,
			const struct hcbpf_rule *list)
{
	struct mem_cgroup *old;
	int err = 0;

	memcpy(vm->template_name, template->name, sizeof(vm->template_name));
	memcpy(vm->profile, template->profile, sizeof(vm->profile));
	if (!template->nr_rules)
		return 0;
	old = set_active_memcg(vm->memcg);
	err = vm_set_first_rules(vm, list, template->nr_rules);
	set_active_memcg(old);
	return err;
}

/* ---- beginning and end ---- */

/* Somebody who has found the binding in the table may have ended it already. */
static void vm_start_sdei(struct hcbpf_vm *vm)
{
	mutex_lock(&vm->lock);
	if (vm->sdei && !vm->ended)
		hcb_sdei_vm_bind(vm->sdei);
	mutex_unlock(&vm->lock);
}

static void vm_tell_policy(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_event *event = &vm->told.event;

	event->vm_id = vm->id;
	event->uid = from_kuid(&init_user_ns, vm->uid);
	event->pid = hcb_process_nr(vm->owner);
	event->abi = vm->abi;
	memcpy(event->tag, vm->tag, sizeof(event->tag));
	hcb_policy_vm_begin(vm->policy, &vm->told);
}

static int vm_alloc_id(struct hcbpf_vm *vm)
{
	if (vm->for_test)
		return xa_alloc_cyclic(&vms_by_id, &vm->id, NULL,
				       XA_LIMIT(HCBPF_FIRST_TEST_ID, INT_MAX), &tests_next_id,
				       GFP_KERNEL);
	return xa_alloc_cyclic(&vms_by_id, &vm->id, NULL, XA_LIMIT(1, HCBPF_FIRST_TEST_ID - 1),
			       &vms_next_id, GFP_KERNEL);
}

/* The id is reserved first and filled last: nobody finds a binding that may yet fail. */
static int vm_publish_locked(struct hcbpf_vm *vm)
{
	int err;

	err = hcb_vm_table_reserve();
	if (err)
		return err;
	err = vm_alloc_id(vm);
	if (err < 0)
		return err;
	err = hcb_attach_get(vm->sdei);
	if (err)
		goto err_id;
	vm_tell_policy(vm);
	err = hcb_vm_table_insert(vm->kvm, vm);
	if (err)
		goto err_begun;
	vm_start_sdei(vm);
	kref_get(&vm->ref);
	__module_get(THIS_MODULE);
	xa_store(&vms_by_id, vm->id, vm, GFP_KERNEL);
	return 0;

err_begun:
	hcb_policy_vm_end(vm->policy, &vm->told);
	hcb_attach_put();
err_id:
	xa_erase(&vms_by_id, vm->id);
	return err;
}

/* Put the binding in force. The caller holds the VM. */
int hcb_vm_publish(struct hcbpf_vm *vm)
{
	int err;

	mutex_lock(&vms_lock);
	err = vm_publish_locked(vm);
	mutex_unlock(&vms_lock);
	if (err)
		return err;
	trace_bind(vm->id, vm->policy_name, vm->tag, from_kuid(&init_user_ns, vm->uid),
		   vm->operators);
	hcb_claims_serve(vm);
	return 0;
}

/* Give back what hcb_vm_create() took, for a binding that was never in force. */
void hcb_vm_discard(struct hcbpf_vm *vm)
{
	hcb_policy_put(vm->policy);
	hcb_rules_free(rcu_dereference_protected(vm->rules, true));
	hcb_vm_put(vm);
}

/*
 * Let no policy run any more, and let go of all it used. False: somebody else
 * has ended the binding.
 */
static bool vm_disarm(struct hcbpf_vm *vm)
{
	struct eventfd_slots *eventfds;
	struct buffer_tables *buffers;
	struct seen_table __percpu *seen;
	struct rules *rules;

	mutex_lock(&vm->lock);
	if (vm->ended) {
		mutex_unlock(&vm->lock);
		return false;
	}
	WRITE_ONCE(vm->ended, true);
	eventfds = rcu_replace_pointer(vm->eventfds, NULL, lockdep_is_held(&vm->lock));
	rules = rcu_replace_pointer(vm->rules, NULL, lockdep_is_held(&vm->lock));
	seen = vm->seen;
	WRITE_ONCE(vm->seen, NULL);
	buffers = hcb_vm_buffers_close(&vm->buffers);
	mutex_unlock(&vm->lock);

	synchronize_rcu();
	hcb_vm_buffers_free(buffers);
	if (vm->sdei)
		hcb_sdei_vm_unbind(vm->sdei, &vm->exits);
	hcb_claims_forget(vm);
	hcb_eventfds_free(eventfds);
	hcb_rules_free(rules);
	hcb_seen_free(seen);
	hcb_page_attrs_release(&vm->attrs);
	hcb_policy_vm_end(vm->policy, &vm->told);
	hcb_policy_put(vm->policy);
	hcb_ended_tell(&vm->over);
	trace_end(vm->id);
	return true;
}

/* The binding is out of the table, and the caller is the one who took it out. */
static void vm_finish(struct hcbpf_vm *vm)
{
	mutex_lock(&vms_lock);	/* publishing may not be done with it */
	xa_erase(&vms_by_id, vm->id);
	mutex_unlock(&vms_lock);
	hcb_attach_put();
	hcb_vm_put(vm);
	module_put(THIS_MODULE);	/* hcb_vm_exit() waits for the rest of a work item */
}

/* Ended, and no exit is under way; unless KVM is quicker to destroy the VM. */
static void vm_leave_table(struct hcbpf_vm *vm)
{
	if (hcb_vm_table_remove(vm->kvm, vm))
		vm_finish(vm);
}

static void vm_drained(struct work_struct *work)
{
	struct hcbpf_vm *vm = container_of(work, struct hcbpf_vm, drained);

	vm_leave_table(vm);
	hcb_vm_put(vm);
}

static void vm_destroyed(struct work_struct *work)
{
	struct hcbpf_vm *vm = container_of(work, struct hcbpf_vm, destroyed);

	vm_disarm(vm);
	vm_finish(vm);
}

/* On request. The caller has a reference. */
int hcb_vm_end(struct hcbpf_vm *vm)
{
	if (!vm_disarm(vm))
		return -ENODEV;
	if (atomic_dec_and_test(&vm->exits))
		vm_leave_table(vm);
	return 0;
}

/* The last of an ended binding. @vm NULL: a bug. See hcb_vm_exit_completed(). */
void hcb_vm_exits_over(struct hcbpf_vm *vm)
{
	if (WARN_ON_ONCE(!vm))
		return;
	kref_get(&vm->ref);
	queue_work(end_queue, &vm->drained);
}

/*
 * KVM is destroying a VM: no vCPU of it can run any more, nor complete an exit.
 * May be atomic context.
 */
void hcb_vm_kvm_destroyed(struct kvm *kvm)
{
	struct hcbpf_vm *vm = hcb_vm_table_remove(kvm, NULL);

	if (vm)
		queue_work(end_queue, &vm->destroyed);
}

/* ---- when its event channels end ---- */

static void vm_clear_ports(struct callback_head *head)
{
	struct hcbpf_vm *vm = container_of(head, struct hcbpf_vm, clear);

	atomic_set_release(&vm->clearing, 0);
	hcb_ports_clear(&vm->ports);
	hcb_claims_serve(vm);
	hcb_vm_put(vm);
	module_put(THIS_MODULE);	/* hcb_arch_exit() waits for the rest of this */
}

/*
 * All event channels of @kvm are about to end: its VMM resets the machine, or the guest
 * starts another kernel, which may be given the same numbers for something else. A port
 * that an operator has set would take that kernel's sends.
 *
 * There may be a million ports, and this is called where nothing sleeps. So the caller,
 * a thread in an ioctl, does it on its way back to the VMM; for one that comes while
 * another is about to, that one does.
 */
void hcb_vm_channels_reset(const struct kvm *kvm)
{
	struct hcbpf_vm *vm;

	rcu_read_lock();
	vm = hcb_vm_table_find(kvm);
	if (vm && !READ_ONCE(vm->ended) && !atomic_cmpxchg(&vm->clearing, 0, 1) &&
	    kref_get_unless_zero(&vm->ref)) {
		__module_get(THIS_MODULE);
		/* Fails in tasks that exit: they make no ioctl any more. */
		WARN_ON_ONCE(task_work_add(current, &vm->clear, TWA_RESUME));
	}
	rcu_read_unlock();
}

/* ---- finding one ---- */

struct hcbpf_vm *hcb_vm_get_by_kvm(const struct kvm *kvm)
{
	struct hcbpf_vm *vm;

	rcu_read_lock();
	vm = hcb_vm_table_find(kvm);
	if (vm && (READ_ONCE(vm->ended) || !kref_get_unless_zero(&vm->ref)))
		vm = NULL;
	rcu_read_unlock();
	return vm;
}

struct hcbpf_vm *hcb_vm_get_by_id(u32 id)
{
	struct hcbpf_vm *vm;

	rcu_read_lock();
	vm = xa_load(&vms_by_id, id);
	if (vm && (READ_ONCE(vm->ended) || !kref_get_unless_zero(&vm->ref)))
		vm = NULL;
	rcu_read_unlock();
	return vm;
}

/* The next id after *@id; -ENOENT at the end. */
int hcb_vm_next_id(u32 *id)
{
	unsigned long index = *id;

	if (!xa_find_after(&vms_by_id, &index, U32_MAX, XA_PRESENT))
		return -ENOENT;
	*id = index;
	return 0;
}

/* ---- what its files offer ---- */

static struct rules *vm_rules(struct hcbpf_vm *vm)
{
	return rcu_dereference_protected(vm->rules, lockdep_is_held(&vm->lock));
}

/* Has the guest made a call that the policy, or at least the hook, has seen? */
static bool vm_has_run(const struct hcbpf_vm *vm)
{
	struct hcbpf_vm_stats stats = {};

	hcb_vm_stats(vm, &stats);
	return stats.done | stats.pass | stats.bad_verdict | stats.no_policy | stats.user_mode |
	       stats.nested | stats.exits;
}

static int vm_may_set_rules(struct hcbpf_vm *vm, const struct hcbpf_rules *req,
			    const struct rules *new)
{
	if (vm->ended)
		return -ENODEV;
	if (req->flags & HCBPF_RULES_IF_GENERATION && req->generation != vm->rules_generation)
		return -EAGAIN;
	if (!hcb_rules_add_calls(vm_rules(vm), new) || !vm_has_run(vm))
		return 0;
	if (!(req->flags & HCBPF_RULES_FORCE))
		return -EBUSY;
	vm->rules_forced++;
	return 0;
}

/* Takes over @list. */
int hcb_vm_set_rules(struct hcbpf_vm *vm, const struct hcbpf_rules *req, struct hcbpf_rule *list)
{
	struct rules *rules = NULL;
	int err;

	if (req->nr) {
		rules = hcb_rules_create(list, req->nr);
		if (IS_ERR(rules))
			return PTR_ERR(rules);
	}
	mutex_lock(&vm->lock);
	err = vm_may_set_rules(vm, req, rules);
	if (!err) {
		rules = rcu_replace_pointer(vm->rules, rules, lockdep_is_held(&vm->lock));
		vm->rules_generation++;
		memcpy(vm->profile, req->profile, sizeof(vm->profile));
	}
	mutex_unlock(&vm->lock);
	if (!err)
		synchronize_rcu();
	hcb_rules_free(rules);	/* the old ones, or on failure the new ones */
	return err;
}

/* Copies out after the lock: the VMM's memory may take its time. */
int hcb_vm_get_rules(struct hcbpf_vm *vm, struct hcbpf_rules *req)
{
	struct hcbpf_rule *copy = NULL;
	const struct rules *rules;
	size_t bytes = 0;
	int err = 0;

	mutex_lock(&vm->lock);
	rules = vm_rules(vm);
	if (rules) {
		bytes = min(req->nr, rules->nr) * sizeof(*copy);
		copy = kvmemdup(rules->list, bytes, GFP_KERNEL_ACCOUNT);
	}
	req->nr = rules ? rules->nr : 0;
	req->generation = vm->rules_generation;
	memcpy(req->profile, vm->profile, sizeof(req->profile));
	mutex_unlock(&vm->lock);

	if (bytes && !copy)
		err = -ENOMEM;
	else if (copy_to_user(u64_to_user_ptr(req->rules), copy, bytes))
		err = -EFAULT;
	kvfree(copy);
	return err;
}

static size_t vm_memory(struct hcbpf_vm *vm, const struct eventfd_slots *eventfds)
{
	return sizeof(*vm) + num_possible_cpus() * sizeof(*vm->counters) +
	       (eventfds ? struct_size(eventfds, ctx, eventfds->nr) : 0) +
	       hcb_rules_memory(vm_rules(vm)) + hcb_ports_memory(&vm->ports) +
	       hcb_vm_buffers_memory(&vm->buffers) + hcb_claims_memory(vm) +
	       hcb_vm_observe_memory(vm);
}

static void vm_info_locked(struct hcbpf_vm *vm, struct hcbpf_vm_info *info)
{
	const struct eventfd_slots *eventfds;
	const struct rules *rules = vm_rules(vm);

	eventfds = rcu_dereference_protected(vm->eventfds, lockdep_is_held(&vm->lock));
	if (vm->ended)
		info->state |= HCBPF_VM_ENDED;
	if (vm->ended || !rcu_access_pointer(vm->policy->ops))
		info->state |= HCBPF_VM_NO_POLICY;
	info->nr_eventfds = hcb_eventfds_count(eventfds);
	hcb_page_attrs_info(&vm->attrs, info);
	info->memory = vm_memory(vm, eventfds) + info->gpa_memory;
	info->nr_rules = rules ? rules->nr : 0;
	info->rules_generation = vm->rules_generation;
	info->rules_forced = vm->rules_forced;
	info->pending_exits = atomic_read(&vm->exits) - !vm->ended;
	info->nr_buffers = hcb_vm_buffers_count(&vm->buffers);
	info->buffer_limit = READ_ONCE(vm->buffers.limit);
	if (READ_ONCE(vm->buffers.encrypted))
		info->state |= HCBPF_VM_ENCRYPTED;
	if (vm->operators)
		info->state |= HCBPF_VM_OPERATOR;
	memcpy(info->profile, vm->profile, sizeof(info->profile));
}

void hcb_vm_info(struct hcbpf_vm *vm, struct hcbpf_vm_info *info)
{
	mutex_lock(&vm->lock);
	vm_info_locked(vm, info);
	mutex_unlock(&vm->lock);

	info->id = vm->id;
	info->abi = vm->abi;
	info->nr_ports = vm->ports.nr;
	info->pid = hcb_process_nr(vm->owner);
	info->param = READ_ONCE(vm->told.event.param);
	info->uid = from_kuid_munged(current_user_ns(), vm->uid);
	memcpy(info->policy, vm->policy_name, sizeof(info->policy));
	memcpy(info->tag, vm->tag, sizeof(info->tag));
	memcpy(info->template_name, vm->template_name, sizeof(info->template_name));
}

void hcb_vm_stats(const struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct vm_counters *counters = per_cpu_ptr(vm->counters, cpu);

		stats->done += READ_ONCE(counters->done);
		stats->pass += READ_ONCE(counters->pass);
		stats->bad_verdict += READ_ONCE(counters->bad_verdict);
		stats->no_policy += READ_ONCE(counters->no_policy);
		stats->user_mode += READ_ONCE(counters->user_mode);
		stats->nested += READ_ONCE(counters->nested);
		stats->signals += READ_ONCE(counters->signals);
		stats->faults += READ_ONCE(counters->faults);
		stats->exits += READ_ONCE(counters->exits);
		stats->gpa_sets += READ_ONCE(counters->gpa_sets);
		stats->gpa_failures += READ_ONCE(counters->gpa_failures);
		stats->buffer_hits += READ_ONCE(counters->buffer_hits);
		stats->buffer_misses += READ_ONCE(counters->buffer_misses);
		stats->walks += READ_ONCE(counters->walks);
	}
}

/* ---- module life ---- */

int hcb_vm_init(void)
{
	int err;

	/* Unbound: every VM waits for its own grace period, side by side. */
	end_queue = alloc_workqueue("hcbpf", WQ_UNBOUND, 0);
	if (!end_queue)
		return -ENOMEM;
	err = hcb_vm_table_init();
	if (err)
		destroy_workqueue(end_queue);
	return err;
}

/* No binding is left: each holds a reference to the module. */
void hcb_vm_exit(void)
{
	destroy_workqueue(end_queue);
	rcu_barrier();	/* the last callbacks of vm_buffers.c */
	hcb_vm_table_exit();
	xa_destroy(&vms_by_id);
}
