// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which VMs and vCPUs have SDEI, and what others than the vCPU do to its state.
 *
 * A VM has SDEI if it was created while the module was there with sdei=1: its
 * VMM may have asked for the list of registers right after, and that list must
 * not change any more. Such a VM keeps the module in place, by a reference that it
 * has before it is found, and gives back with the last of its vCPUs: KVM sleeps in what
 * sdei_regs.c has put into the place of its own functions, no grace period waits for
 * that, and only such a VM gets there.
 *
 * A struct sdei_pe is found by the address of its vCPU, and leads to it. So none
 * may be there for a vCPU that is not: KVM does not announce the end of a vCPU whose
 * creation fails early, and uses its memory again. That is why a vCPU has none before
 * KVM_ARM_VCPU_INIT: this ioctl comes by the vCPU's file, and a vCPU with a file
 * lives as long as its VM. Before it, a vCPU can neither run nor be asked for
 * registers.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "vm.h"
#include "compat.h"
#include "vm_sdei.h"
#include "arm64/kernel.h"
#include "arm64/sdei_pe.h"

static const struct rhashtable_params vm_params = {
	.key_len = sizeof_field(struct sdei_vm, kvm),
	.key_offset = offsetof(struct sdei_vm, kvm),
	.head_offset = offsetof(struct sdei_vm, node),
	.automatic_shrinking = true,
};

static const struct rhashtable_params pe_params = {
	.key_len = sizeof_field(struct sdei_pe, vcpu),
	.key_offset = offsetof(struct sdei_pe, vcpu),
	.head_offset = offsetof(struct sdei_pe, node),
	.automatic_shrinking = true,
};

static struct rhashtable vms, pes;

/* ---- VMs ---- */

/* Only now may the module go: vCPUs of the VM were there, and timers of theirs. */
static void vm_release(struct kref *ref)
{
	kfree_rcu(container_of(ref, struct sdei_vm, ref), rcu);
	module_put(THIS_MODULE);	/* hcb_sdei_exit() waits for the rest of this */
}

void hcb_sdei_vm_put(struct sdei_vm *vm)
{
	if (vm)
		kref_put(&vm->ref, vm_release);
}

struct sdei_vm *hcb_sdei_vm_get(const struct kvm *kvm)
{
	struct sdei_vm *vm;

	rcu_read_lock();
	vm = rhashtable_lookup(&vms, &kvm, vm_params);
	if (vm && !kref_get_unless_zero(&vm->ref))
		vm = NULL;
	rcu_read_unlock();
	return vm;
}

static int vm_add(struct kvm *kvm)
{
	struct sdei_vm *vm = kzalloc(sizeof(*vm), GFP_ATOMIC | __GFP_ACCOUNT);
	int err;

	if (!vm)
		return -ENOMEM;
	vm->kvm = kvm;
	kref_init(&vm->ref);
	raw_spin_lock_init(&vm->lock);
	INIT_LIST_HEAD(&vm->pes);
	err = rhashtable_insert_fast(&vms, &vm->node, vm_params);
	if (err)
		kfree(vm);
	return err;
}

/*
 * The module may be going already, and nothing stops it then: such a VM is like one of a
 * host without it.
 */
int hcb_sdei_vm_created(struct kvm *kvm)
{
	int err;

	if (!try_module_get(THIS_MODULE))
		return 0;
	err = vm_add(kvm);
	if (err)
		module_put(THIS_MODULE);	/* hcb_sdei_exit() waits for the rest of this */
	return err;
}

/* ---- asking a vCPU to come for its event, by hcb_sdei_pe_deliver() ---- */

#define RETRY_DELAY ms_to_ktime(1)

/* From wherever it is. */
static void ask(struct sdei_pe *pe)
{
	kvm_make_request(KVM_REQ_RECORD_STEAL, pe->vcpu);
	hcb_kvms_kick(pe->vcpu);
}

/*
 * Asking again at once would keep the vCPU out of the guest, and only entering it
 * makes the registers final: so look from outside, until they are. A vCPU that is not
 * on a CPU may never be again, at its VMM's will: it is asked to come by if it is, and
 * starts this anew.
 */
static enum hrtimer_restart ask_again(struct hrtimer *timer)
{
	struct sdei_pe *pe = container_of(timer, struct sdei_pe, retry);

	if (hcb_sdei_pe_owes_registers(pe->vcpu) && READ_ONCE(pe->vcpu->cpu) >= 0) {
		hrtimer_forward_now(timer, RETRY_DELAY);
		return HRTIMER_RESTART;
	}
	ask(pe);
	return HRTIMER_NORESTART;
}

void hcb_sdei_pe_ask_later(struct sdei_pe *pe)
{
	hrtimer_start(&pe->retry, RETRY_DELAY, HRTIMER_MODE_REL);
}

/* ---- vCPUs ---- */

struct sdei_pe *hcb_sdei_pe_find(const struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe;

	rcu_read_lock();	/* for the table, which grows and shrinks */
	pe = rhashtable_lookup(&pes, &vcpu, pe_params);
	rcu_read_unlock();
	return pe;
}

/* The vCPU does not run any more: it goes with its VM. */
void hcb_sdei_pe_destroyed(struct kvm_vcpu *vcpu)
{
	struct sdei_vm *vm;
	struct sdei_pe *pe;

	rcu_read_lock();
	pe = hcb_sdei_pe_find(vcpu);
	if (pe) {
		vm = pe->vm;
		raw_spin_lock(&vm->lock);
		list_del(&pe->in_vm);
		raw_spin_unlock(&vm->lock);
		rhashtable_remove_fast(&pes, &pe->node, pe_params);
		hrtimer_cancel(&pe->retry);
		kfree_rcu(pe, rcu);
		hcb_sdei_vm_put(vm);
	}
	rcu_read_unlock();
}

static struct sdei_pe *pe_alloc(struct sdei_vm *vm, struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe = kzalloc(sizeof(*pe), GFP_ATOMIC | __GFP_ACCOUNT);

	if (!pe)
		return NULL;
	pe->vcpu = vcpu;
	pe->vm = vm;
	raw_spin_lock_init(&pe->lock);
	hrtimer_setup(&pe->retry, ask_again, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hcb_sdei_reset(&pe->state);
	return pe;
}

static int pe_add(struct sdei_vm *vm, struct kvm_vcpu *vcpu)
{
	struct sdei_pe *pe = pe_alloc(vm, vcpu);
	int err;

	if (!pe)
		return -ENOMEM;
	err = rhashtable_insert_fast(&pes, &pe->node, pe_params);
	if (err) {
		kfree(pe);
		return err;
	}
	kref_get(&vm->ref);
	raw_spin_lock(&vm->lock);
	list_add_tail(&pe->in_vm, &vm->pes);
	raw_spin_unlock(&vm->lock);
	return 0;
}

/* The caller holds the vCPU's mutex: nobody else adds it. */
int hcb_sdei_pe_ensure(struct kvm_vcpu *vcpu)
{
	struct sdei_vm *vm;
	int err = 0;

	rcu_read_lock();
	vm = rhashtable_lookup(&vms, &vcpu->kvm, vm_params);
	if (vm && !hcb_sdei_pe_find(vcpu))
		err = pe_add(vm, vcpu);
	rcu_read_unlock();
	return err;
}

/* Its vCPUs go after it, one by one, each with a reference. */
void hcb_sdei_vm_destroyed(struct kvm *kvm)
{
	struct sdei_vm *vm;

	rcu_read_lock();
	vm = rhashtable_lookup(&vms, &kvm, vm_params);
	if (vm) {
		rhashtable_remove_fast(&vms, &vm->node, vm_params);
		hcb_sdei_vm_put(vm);
	}
	rcu_read_unlock();
}

/* ---- their state ---- */

void hcb_sdei_pe_lock(struct sdei_pe *pe)
{
	raw_spin_lock(&pe->lock);
}

/*
 * What follows from a change: the hint; the binding that waited for the handler;
 * and a vCPU that has an event to take is asked to come for it.
 */
void hcb_sdei_pe_unlock(struct sdei_pe *pe)
{
	bool deliverable = READ_ONCE(pe->vm->bound) && hcb_sdei_deliverable(&pe->state);
	bool is_new = deliverable && !pe->deliverable;

	WRITE_ONCE(pe->deliverable, deliverable);
	if (pe->owed && !hcb_sdei_running(&pe->state)) {
		pe->owed = false;
		hcb_vm_exit_completed(pe->vm->kvm);
	}
	raw_spin_unlock(&pe->lock);
	if (is_new)
		ask(pe);
}

/* The binding begins or has ended; in the latter case it waits for the handler that runs. */
static void pe_follow(struct sdei_pe *pe, atomic_t *owed)
{
	hcb_sdei_pe_lock(pe);
	pe->owed = owed && hcb_sdei_running(&pe->state);
	if (pe->owed)
		atomic_inc(owed);
	hcb_sdei_pe_unlock(pe);
}

/* How many vCPUs are asked to come by while others wait for the lock. */
#define ASK_AT_ONCE 64

/* The vCPUs from the @n-th on. False: there are no more. */
static bool some_follow(struct sdei_vm *vm, atomic_t *owed, u32 n)
{
	struct sdei_pe *pe;
	u32 i = 0;

	list_for_each_entry(pe, &vm->pes, in_vm) {
		if (i >= n + ASK_AT_ONCE)
			return true;
		if (i++ >= n)
			pe_follow(pe, owed);
	}
	return false;
}

/*
 * vCPUs come at the end of the list, where they find @bound as it is now, and go only
 * with the VM. So counting them leads to where one was.
 */
static void all_follow(struct sdei_vm *vm, bool bound, atomic_t *owed)
{
	bool more = true;
	u32 n;

	WRITE_ONCE(vm->bound, bound);
	for (n = 0; more; n += ASK_AT_ONCE) {
		raw_spin_lock(&vm->lock);
		more = some_follow(vm, owed, n);
		raw_spin_unlock(&vm->lock);
		cond_resched();
	}
}

void hcb_sdei_vm_bind(struct sdei_vm *vm)
{
	all_follow(vm, true, NULL);
}

void hcb_sdei_vm_unbind(struct sdei_vm *vm, atomic_t *owed)
{
	all_follow(vm, false, owed);
}

enum sdei_signalled hcb_sdei_pe_signal(struct sdei_pe *pe, u32 event)
{
	enum sdei_signalled result;

	hcb_sdei_pe_lock(pe);
	result = hcb_sdei_signal(&pe->state, event);
	hcb_sdei_pe_unlock(pe);
	return result;
}

/* ---- for hosts and policies: a vCPU by its id ---- */

/* Or an ERR_PTR. With the VM's lock held. */
static struct sdei_pe *served_pe(const struct sdei_vm *vm, u32 vcpu_id)
{
	struct sdei_pe *pe;

	list_for_each_entry(pe, &vm->pes, in_vm)
		if (pe->vcpu->vcpu_id == vcpu_id)
			return hcb_sdei_pe_serves(pe) ? pe : ERR_PTR(-EOPNOTSUPP);
	return ERR_PTR(-ENOENT);
}

int hcb_sdei_vm_signal(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	static const int results[] = {
		[SDEI_SIGNALLED] = HCBPF_SDEI_SIGNALLED,
		[SDEI_COALESCED] = HCBPF_SDEI_COALESCED,
		[SDEI_IGNORED] = HCBPF_SDEI_IGNORED,
		[SDEI_NO_EVENT] = -EINVAL,
	};
	struct sdei_pe *pe;
	int ret;

	if (!vm)
		return -EOPNOTSUPP;
	raw_spin_lock(&vm->lock);
	pe = served_pe(vm, vcpu_id);
	ret = IS_ERR(pe) ? PTR_ERR(pe) : results[hcb_sdei_pe_signal(pe, event)];
	raw_spin_unlock(&vm->lock);
	return ret;
}

static int pe_cancel(struct sdei_pe *pe, u32 event)
{
	struct hcbpf_sdei_state unused;
	bool cancelled;

	if (hcb_sdei_show(&pe->state, event, &unused))
		return -EINVAL;
	hcb_sdei_pe_lock(pe);
	cancelled = hcb_sdei_cancel(&pe->state, event);
	hcb_sdei_pe_unlock(pe);
	return cancelled ? 0 : -EALREADY;
}

int hcb_sdei_vm_cancel(struct sdei_vm *vm, u32 vcpu_id, u32 event)
{
	struct sdei_pe *pe;
	int ret;

	if (!vm)
		return -EOPNOTSUPP;
	raw_spin_lock(&vm->lock);
	pe = served_pe(vm, vcpu_id);
	ret = IS_ERR(pe) ? PTR_ERR(pe) : pe_cancel(pe, event);
	raw_spin_unlock(&vm->lock);
	return ret;
}

static struct sdei_pe *pe_from_id(const struct sdei_vm *vm, u32 vcpu_id)
{
	struct sdei_pe *pe, *found = NULL;

	list_for_each_entry(pe, &vm->pes, in_vm)
		if (pe->vcpu->vcpu_id >= vcpu_id &&
		    (!found || pe->vcpu->vcpu_id < found->vcpu->vcpu_id))
			found = pe;
	return found;
}

int hcb_sdei_vm_show(struct sdei_vm *vm, struct hcbpf_sdei_state *show)
{
	struct sdei_pe *pe;
	int err = -ENOENT;

	if (!vm)
		return -EOPNOTSUPP;
	raw_spin_lock(&vm->lock);
	pe = pe_from_id(vm, show->vcpu_id);
	if (pe && !hcb_sdei_pe_serves(pe)) {
		err = -EOPNOTSUPP;
	} else if (pe) {
		show->vcpu_id = pe->vcpu->vcpu_id;
		hcb_sdei_pe_lock(pe);
		err = hcb_sdei_show(&pe->state, show->event, show) ? -EINVAL : 0;
		hcb_sdei_pe_unlock(pe);
	}
	raw_spin_unlock(&vm->lock);
	return err;
}

/* ---- module life ---- */

int hcb_sdei_pe_init(void)
{
	int err = rhashtable_init(&vms, &vm_params);

	if (err)
		return err;
	err = rhashtable_init(&pes, &pe_params);
	if (err)
		rhashtable_destroy(&vms);
	return err;
}

/* No VM with SDEI is left, nor can one come: each holds a reference to the module. */
void hcb_sdei_pe_exit(void)
{
	rhashtable_destroy(&pes);
	rhashtable_destroy(&vms);
}
