// SPDX-License-Identifier: GPL-2.0-only
/*
 * Admission: while the operator's table is in force, no vCPU enters its guest before its VM
 * has been decided.
 *
 * The beginning of KVM_RUN is watched, where nothing may sleep, while binding does. So a VM that
 * is not decided gets a task work, which the kernel runs in this thread before it enters the
 * guest, or if KVM_RUN does not come that far, before it returns to the VMM: KVM looks for such
 * work with interrupts off, after all else, and leaves to do it. Where there is no memory for
 * that, KVM_RUN ends as by a signal that was nothing, and the VMM comes again.
 *
 * The work holds the VM: the file by which the thread has entered KVM_RUN may be closed before
 * the work's turn has come.
 */
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include "admit.h"
#include "admit_bind.h"
#include "admit_table.h"
#include "kernel.h"
#include "watch.h"

static DEFINE_MUTEX(setting_lock);	/* replacing the table */
static DEFINE_MUTEX(admit_lock);	/* the next two, for an instant */
static struct admit_table *table;	/* NULL: admission is off */
static struct rhashtable decisions;	/* there while a table is */

static u64 in_force;			/* generation of @table, 0: none; read by the watcher */
static u64 last_generation;		/* setting_lock */

static atomic64_t nr_admitted, nr_refused;

/* ---- VMs that are decided ---- */

struct decision {
	struct rhash_head node;
	const struct kvm *kvm;	/* the key, which goes with the VM */
	u64 generation;		/* of the table it was decided under; 0: none yet */
	struct mutex lock;	/* one decides */
	struct kref ref;	/* the hash table's, and of each who is about to decide */
	struct rcu_head rcu;
};

static const struct rhashtable_params by_kvm = {
	.head_offset = offsetof(struct decision, node),
	.key_offset = offsetof(struct decision, kvm),
	.key_len = sizeof_field(struct decision, kvm),
	.automatic_shrinking = true,
};

static void decision_release(struct kref *ref)
{
	struct decision *decision = container_of(ref, struct decision, ref);

	kfree_rcu(decision, rcu);
}

static void decision_put(struct decision *decision)
{
	kref_put(&decision->ref, decision_release);
}

static struct decision *decision_create(const struct kvm *kvm)
{
	struct decision *decision = kzalloc(sizeof(*decision), GFP_KERNEL_ACCOUNT);

	if (!decision)
		return ERR_PTR(-ENOMEM);
	decision->kvm = kvm;
	mutex_init(&decision->lock);
	kref_init(&decision->ref);
	return decision;
}

/* What is there already, or else @new. Of either, the caller gets a reference. */
static struct decision *decision_insert(struct decision *new)
{
	struct decision *old;

	if (!table)
		return NULL;
	old = rhashtable_lookup_get_insert_fast(&decisions, &new->node, by_kvm);
	if (!IS_ERR(old))
		kref_get(&(old ?: new)->ref);
	return old ?: new;
}

/* Of a VM that the caller holds. NULL: admission is off. */
static struct decision *decision_get(const struct kvm *kvm)
{
	struct decision *new = decision_create(kvm), *got;

	if (IS_ERR(new))
		return new;
	mutex_lock(&admit_lock);
	got = decision_insert(new);
	mutex_unlock(&admit_lock);
	if (got != new)
		decision_put(new);
	return got;
}

static void forget(void *decision, void *unused)
{
	decision_put(decision);
}

static bool is_decided(const struct kvm *kvm, u64 generation)
{
	const struct decision *decision;
	bool is;

	rcu_read_lock();
	decision = rhashtable_lookup(&decisions, &kvm, by_kvm);
	is = decision && READ_ONCE(decision->generation) == generation;
	rcu_read_unlock();
	return is;
}

/* ---- in the thread that runs a vCPU ---- */

/* KVM_RUN returns -EINTR; sigprocmask() does not take it back, as it would TIF_SIGPENDING. */
static void come_again(void)
{
	set_thread_flag(TIF_NOTIFY_SIGNAL);
}

/* KVM_RUN returns -EIO. If it has returned already, the next one decides. */
static void refuse(struct kvm_vcpu *vcpu)
{
	atomic64_inc(&nr_refused);
	if (vcpu->wants_to_run)
		kvm_make_request(KVM_REQ_VM_DEAD, vcpu);
}

static void carry_out(enum admit_fate fate, struct kvm_vcpu *vcpu)
{
	if (fate == ADMIT_BOUND) {
		atomic64_inc(&nr_admitted);
	} else if (fate == ADMIT_REFUSED) {
		refuse(vcpu);
	} else if (fate == ADMIT_LATER) {
		schedule_timeout_interruptible(1);
		come_again();
	}
}

static struct admit_table *table_get(void)
{
	struct admit_table *got;

	mutex_lock(&admit_lock);
	got = table;
	if (got)
		kref_get(&got->ref);
	mutex_unlock(&admit_lock);
	return got;
}

static void decide_under(const struct admit_table *now, struct decision *decision,
			 struct kvm_vcpu *vcpu)
{
	enum admit_fate fate;

	if (decision->generation == now->generation)
		return;
	fate = hcb_admit_decide(now, vcpu->kvm);
	if (fate == ADMIT_FREE || fate == ADMIT_BOUND || fate == ADMIT_HELD)
		WRITE_ONCE(decision->generation, now->generation);
	carry_out(fate, vcpu);
}

/* Whoever waits here waits for a thread of the same VMM. */
static void decide(struct kvm_vcpu *vcpu)
{
	struct decision *decision = decision_get(vcpu->kvm);
	struct admit_table *now;

	if (!decision)
		return;
	if (IS_ERR(decision)) {
		carry_out(ADMIT_LATER, vcpu);
		return;
	}
	if (mutex_lock_killable(&decision->lock)) {
		come_again();
	} else {
		now = table_get();
		if (now)
			decide_under(now, decision, vcpu);
		hcb_admit_table_put(now);
		mutex_unlock(&decision->lock);
	}
	decision_put(decision);
}

struct admit_work {
	struct callback_head head;
	struct kvm_vcpu *vcpu;
};

/* A thread without memory is ending, and has left KVM_RUN. */
static void do_work(struct callback_head *head)
{
	struct admit_work *work = container_of(head, struct admit_work, head);
	struct kvm *kvm = work->vcpu->kvm;

	if (current->mm == kvm->mm)
		decide(work->vcpu);
	kfree(work);
	KVMS(kvm_put_kvm)(kvm);
	module_put(THIS_MODULE);	/* hcb_arch_exit() waits for the rest of this */
}

static int add_work(struct kvm_vcpu *vcpu)
{
	struct admit_work *work = kmalloc(sizeof(*work),
					  GFP_ATOMIC | __GFP_ACCOUNT | __GFP_NOWARN);

	if (!work)
		return -ENOMEM;
	init_task_work(&work->head, do_work);
	work->vcpu = vcpu;
	if (task_work_add(current, &work->head, TWA_RESUME)) {
		kfree(work);
		return -ESRCH;
	}
	KVMS(kvm_get_kvm)(vcpu->kvm);
	__module_get(THIS_MODULE);
	return 0;
}

/* ---- what is watched ---- */

static WATCHER(on_run)
{
	struct kvm_vcpu *vcpu = WATCHED(0);
	u64 generation = READ_ONCE(in_force);

	if (!generation || likely(is_decided(vcpu->kvm, generation)))
		return;
	if (add_work(vcpu))
		come_again();
}

/* Nobody holds the VM any more, so nobody is about to decide. */
static WATCHER(on_destroy)
{
	const struct kvm *kvm = WATCHED(0);
	struct decision *decision;

	rcu_read_lock();
	decision = rhashtable_lookup(&decisions, &kvm, by_kvm);
	if (decision && !rhashtable_remove_fast(&decisions, &decision->node, by_kvm))
		decision_put(decision);
	rcu_read_unlock();
}

/* In the order of their registration; they go in reverse. */
static struct watch watches[] = {
	WATCH("kvm_arch_destroy_vm", on_destroy, WATCH_ALWAYS),
	WATCH("kvm_arch_vcpu_ioctl_run", on_run, WATCH_ALWAYS),
};

/* ---- replacing the table ---- */

/* From here on, or from then on, VMs are decided by @new. What was there before. */
static struct admit_table *put_in_force(struct admit_table *new)
{
	struct admit_table *old;

	mutex_lock(&admit_lock);
	old = table;
	table = new;
	WRITE_ONCE(in_force, new ? new->generation : 0);
	mutex_unlock(&admit_lock);
	return old;
}

/* Not at its first table yet. */
static int begin(void)
{
	int err = rhashtable_init(&decisions, &by_kvm);

	if (err)
		return err;
	err = hcb_watch_on(watches, ARRAY_SIZE(watches));
	if (err)
		rhashtable_destroy(&decisions);
	else
		__module_get(THIS_MODULE);
	return err;
}

/* After its last. If KVM cannot be left alone, that one comes back. */
static int end(void)
{
	struct admit_table *old = put_in_force(NULL);
	int err = hcb_watch_off(watches, ARRAY_SIZE(watches));

	if (err) {
		put_in_force(old);
		return err;
	}
	hcb_admit_table_put(old);
	rhashtable_free_and_destroy(&decisions, forget, NULL);
	module_put(THIS_MODULE);	/* the caller has its file open */
	return 0;
}

/* Takes ownership of @new, also on failure. */
static int replace(struct admit_table *new)
{
	int err = 0;

	if (!new)
		return table ? end() : 0;
	if (!table)
		err = begin();
	if (err) {
		hcb_admit_table_put(new);
		return err;
	}
	new->generation = last_generation + 1;
	hcb_admit_table_put(put_in_force(new));
	return 0;
}

static int set_if(const struct hcbpf_admission *req, struct admit_table *new)
{
	int err;

	if (req->flags & HCBPF_ADMISSION_IF_GENERATION && req->generation != last_generation) {
		hcb_admit_table_put(new);
		return -EAGAIN;
	}
	err = replace(new);
	if (!err)
		last_generation++;
	return err;
}

static void answer(struct hcbpf_admission *req, u64 generation)
{
	req->generation = generation;
	req->nr_admitted = atomic64_read(&nr_admitted);
	req->nr_refused = atomic64_read(&nr_refused);
}

int hcb_admit_set(struct hcbpf_admission *req)
{
	struct admit_table *new = NULL;
	int err;

	if (req->nr_templates || req->nr_rules) {
		if (IS_ENABLED(CONFIG_PREEMPT_RT))
			return -EOPNOTSUPP;
		new = hcb_admit_table_create(req);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	mutex_lock(&setting_lock);
	err = set_if(req, new);
	if (!err)
		answer(req, last_generation);
	mutex_unlock(&setting_lock);
	return err;
}

/* The table is copied out after the lock: the caller's memory may take its time. */
int hcb_admit_get(struct hcbpf_admission *req)
{
	struct admit_table *now;
	int err;

	mutex_lock(&setting_lock);
	now = table_get();
	answer(req, last_generation);
	mutex_unlock(&setting_lock);
	err = hcb_admit_table_copy(now, req);
	hcb_admit_table_put(now);
	return err;
}

int hcb_admit_init(void)
{
	return hcb_watch_init(watches, ARRAY_SIZE(watches));
}

/* No table is in force, and no work is under way: each holds a reference. */
void hcb_admit_exit(void)
{
	hcb_watch_free(watches, ARRAY_SIZE(watches));
}
