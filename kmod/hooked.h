/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of every call of a bound VM, until the policy has to be asked: inline in
 * <ARCH>/hook.c, and so what it asks of arch_call.h. What is rare is a copy of all of it, out
 * of line: with no call of a function in between, a call that passes saves no register.
 * Together that is 25 instructions on arm64, 15 on x86.
 */
#ifndef HCBPF_KMOD_HOOKED_H
#define HCBPF_KMOD_HOOKED_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include "arch_call.h"
#include "dispatch.h"
#include "observe.h"
#include "policy.h"
#include "rules.h"
#include "vm.h"

/*
 * A reader of RCU, for as long as a call takes. A program must stay on its CPU, for which
 * preemption is switched off (3 instructions; migration would be 45), and that makes a reader
 * by itself: rcu_read_lock() on top of it would be 18. Only lockdep wants that, and
 * PREEMPT_RT, where kfuncs may take locks that sleep.
 */
#define READER_LOCKS (IS_ENABLED(CONFIG_PREEMPT_RT) || IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC))

static __always_inline void reader_enter(void)
{
	if (READER_LOCKS)
		rcu_read_lock();
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_disable();
}

static __always_inline void reader_leave(void)
{
	if (!IS_ENABLED(CONFIG_PREEMPT_RT))
		preempt_enable();
	if (READER_LOCKS)
		rcu_read_unlock();
}

/* False: the call passes whatever the policy is. */
static __always_inline bool policy_cares(const struct kvm_vcpu *vcpu, const struct hcbpf_vm *vm,
					 const struct hcbpf_ops *ops, u32 abi)
{
	const struct rules *rules = rcu_dereference(vm->rules);
	u64 filter = ops->filter | (rules ? rules->filter : 0);

	return hcb_arch_call_is_in(vcpu, abi, filter);
}

/* True: the call passes, and nobody is asked. False: *@ops is who is. Inside RCU. */
static __always_inline bool passes_unasked(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm, u32 abi,
					   const struct hcbpf_ops **ops)
{
	if (unlikely(READ_ONCE(vm->ended)))
		return true;
	if (unlikely(hcb_arch_call_is_nested(vcpu))) {
		hcb_vm_count(vm, nested);
		return true;
	}
	*ops = rcu_dereference(vm->policy->ops);
	if (unlikely(!*ops) || policy_cares(vcpu, vm, *ops, abi))
		return false;
	hcb_vm_count(vm, pass);
	return true;
}

/* Inside RCU. */
static __always_inline enum call_fate dispatch_bound(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
						     u32 abi)
{
	const struct hcbpf_ops *ops;

	return passes_unasked(vcpu, vm, abi, &ops) ? CALL_PASS :
						     hcb_ask_policy(vcpu, vm, ops, abi);
}

/* On arm64 nearly every call is SMCCC's: with that as a constant it is 7 instructions less. */
static __always_inline bool usually_passes(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm, u32 abi,
					   const struct hcbpf_ops **ops)
{
	if (IS_ENABLED(CONFIG_ARM64) && likely(abi == HCBPF_ABI_SMCCC))
		return passes_unasked(vcpu, vm, HCBPF_ABI_SMCCC, ops);
	return passes_unasked(vcpu, vm, abi, ops);
}

/*
 * Called by the hook, which has just found @vm in the table. The binding may
 * have ended since, but it is still there: it is freed after an RCU-tasks grace
 * period, and the hook does not sleep.
 */
static __always_inline enum call_fate hcb_dispatch(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm)
{
	const struct hcbpf_ops *ops;
	enum call_fate fate;
	u32 abi;

	if (static_branch_unlikely(&hcb_observing.key))
		return hcb_dispatch_observed(vcpu, vm);
	if (IS_ENABLED(CONFIG_ARM64) && unlikely(vm->sdei))
		return hcb_dispatch_sdei(vcpu, vm);
	reader_enter();
	abi = hcb_arch_call_abi(vcpu, vm->abi);
	/* Each with its own end: nothing to keep and to compare for a call that passes. */
	if (likely(usually_passes(vcpu, vm, abi, &ops))) {
		reader_leave();
		return CALL_PASS;
	}
	fate = hcb_ask_policy(vcpu, vm, ops, abi);
	reader_leave();
	return fate;
}

#endif /* HCBPF_KMOD_HOOKED_H */
