// SPDX-License-Identifier: GPL-2.0-only
/*
 * One hypercall that hooked.h has not let pass: ask the policy, carry out its verdict.
 *
 * Whatever goes wrong here ends in "not answered", and KVM's own handler gets
 * the call with the guest's registers as they were.
 */
#include <linux/filter.h>
#include <linux/kvm_host.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include "arch.h"
#include "arch_call.h"
#include "call_regs.h"
#include "dispatch.h"
#include "hooked.h"
#include "kernel.h"
#include "observe.h"
#include "policy.h"
#include "rules.h"
#include "trace.h"
#include "vm.h"
#include "vm_sdei.h"

/*
 * What core's trampoline for ops->hypercall does, less what no policy needs
 * (the run context of helpers that are not there): 20 instructions in place of
 * 110.
 */
static __always_inline int run_policy(const struct hcbpf_ops *ops, struct call_frame *frame)
{
	frame->bpf_args[0] = (unsigned long)&frame->call;
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		return bpf_prog_run_pin_on_cpu(ops->prog, frame->bpf_args);
	return bpf_prog_run(ops->prog, frame->bpf_args);
}

/*
 * No policy is asked about this call. Whoever makes it, its VM's rules may still deny it.
 */
static noinline int answer_unasked(struct call_frame *frame, u32 sub)
{
	const struct rules *rules = rcu_dereference(frame->vm->rules);
	struct hcbpf_call *call = &frame->call;
	hcbpf_rule_t rule;

	if (!rules)
		return HCBPF_PASS;
	rule = hcb_rules_get(rules, call->abi, call->nr, sub);
	if (hcbpf_rule_unasked(rule, call->user) != HCBPF_RULE_DENY)
		return HCBPF_PASS;
	call->ret = hcbpf_rule_ret(rule);
	hcb_vm_count(frame->vm, done);
	return HCBPF_DONE;
}

/* What a guest's call and a synthetic one have in common. Inside RCU. */
static __always_inline int decide(struct call_frame *frame, const struct hcbpf_ops *ops,
				  int *policy_ret)
{
	struct hcbpf_vm *vm = frame->vm;

	if (unlikely(!ops)) {
		if (answer_unasked(frame, hcbpf_rule_sub(&frame->call)))
			return HCBPF_DONE;
		hcb_vm_count(vm, no_policy);
		return HCBPF_PASS;
	}
	if (unlikely(frame->call.user && !(ops->flags & HCBPF_OPS_USER))) {
		if (answer_unasked(frame, hcbpf_rule_sub(&frame->call)))
			return HCBPF_DONE;
		hcb_vm_count(vm, user_mode);
		return HCBPF_PASS;
	}
	*policy_ret = run_policy(ops, frame);
	switch (*policy_ret) {
	case HCBPF_DONE:
		hcb_vm_count(vm, done);
		return HCBPF_DONE;
	case HCBPF_EXIT:
		hcb_vm_count(vm, exits);
		return HCBPF_EXIT;
	case HCBPF_PASS:
		hcb_vm_count(vm, pass);
		return HCBPF_PASS;
	default:
		hcb_vm_count(vm, bad_verdict);
		return HCBPF_PASS;
	}
}

/*
 * The vCPU's registers are encrypted. A call all of whose registers the guest has shown is
 * like any other; of the rest only the number is known, not even the sub-operation.
 */
static noinline int decide_protected(struct call_frame *frame, const struct hcbpf_ops *ops)
{
	int policy_ret;

	hcb_vm_found_encrypted(frame->vm);
	if (hcb_arch_call_is_shown(&frame->call))
		return decide(frame, ops, &policy_ret);
	if (answer_unasked(frame, HCBPF_RULE_ANY))
		return HCBPF_DONE;
	hcb_vm_count(frame->vm, nested);
	return HCBPF_PASS;
}

static __always_inline void exit_to_vmm(struct kvm_vcpu *vcpu, const struct hcbpf_call *call)
{
	struct kvm_run *run = vcpu->run;

	run->exit_reason = KVM_EXIT_HYPERCALL;
	run->hypercall.nr = call->nr;
	memcpy(run->hypercall.args, call->args, sizeof(call->args));
	run->hypercall.ret = 0;
	run->hypercall.flags = (u64)call->abi << HCBPF_EXIT_ABI_SHIFT;
	hcb_arch_call_exit(vcpu, call);
}

static __always_inline enum call_fate carry_out(struct call_frame *frame, int verdict)
{
	switch (verdict) {
	case HCBPF_DONE:
		if (unlikely(frame->sdei))
			hcb_sdei_vcpu_call(frame->vcpu);
		else
			hcb_arch_call_answer(frame->vcpu, &frame->call);
		return CALL_ANSWERED;
	case HCBPF_EXIT:
		/* Still under RCU: hcb_vm_end() waits for us before it looks at exits. */
		atomic_inc(&frame->vm->exits);
		exit_to_vmm(frame->vcpu, &frame->call);
		return CALL_EXIT;
	default:
		return CALL_PASS;
	}
}

/* Inline, since whoever counts what became of it would save as many registers again: 9 and 8. */
static __always_inline enum call_fate ask_policy(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
						 const struct hcbpf_ops *ops, u32 abi)
{
	/* Filled in as far as it is read: zeroing it first would be 17 instructions. */
	struct call_frame frame __uninitialized;
	int policy_ret, verdict;

	if (unlikely(hcb_arch_call_is_claimed(vcpu)) && ops) {
		hcb_vm_count(vm, pass);
		return CALL_PASS;
	}

	frame.vcpu = vcpu;
	frame.vm = vm;
	frame.test = NULL;
	frame.sdei = false;
	frame.writes = 0;
	frame.call.ret = 0;
	frame.call.vm_id = vm->id;
	frame.call.abi = abi;
	memset(frame.call.reserved, 0, sizeof(frame.call.reserved));
	hcb_arch_call_read(vcpu, &frame.call);
	if (unlikely(hcb_arch_call_is_protected(vcpu)))
		verdict = decide_protected(&frame, ops);
	else
		verdict = decide(&frame, ops, &policy_ret);
	return carry_out(&frame, verdict);
}

/* Calls that pass without asking need no room for the frame. Inside RCU. */
enum call_fate hcb_ask_policy(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
			      const struct hcbpf_ops *ops, u32 abi)
{
	return ask_policy(vcpu, vm, ops, abi);
}

/*
 * The end of a handler that this module has entered. The policy cannot refuse it, and
 * it is served even after the binding has ended: the guest could not go on otherwise.
 */
static __always_inline bool completes_handler(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm)
{
	if (likely(!vm->sdei) || likely(!hcb_arch_call_may_complete(vcpu)) ||
	    !hcb_sdei_vcpu_completes(vcpu))
		return false;
	hcb_vm_count(vm, done);	/* first: an ended binding may be gone with its last handler */
	hcb_sdei_vcpu_call(vcpu);
	return true;
}

/* Of any VM. Inside RCU. */
static __always_inline enum call_fate dispatch_any(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
						   u32 abi)
{
	return unlikely(completes_handler(vcpu, vm)) ? CALL_ANSWERED :
						       dispatch_bound(vcpu, vm, abi);
}

#ifdef CONFIG_ARM64
enum call_fate hcb_dispatch_sdei(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm)
{
	enum call_fate fate;

	reader_enter();
	fate = dispatch_any(vcpu, vm, hcb_arch_call_abi(vcpu, vm->abi));
	reader_leave();
	return fate;
}
#endif

static void count_seen(struct hcbpf_vm *vm, u64 kind, enum call_fate fate, u32 ticks)
{
	struct seen_table __percpu *tables = READ_ONCE(vm->seen);

	if (!tables)
		return;
	preempt_disable();	/* only PREEMPT_RT needs that */
	hcb_seen_count(hcb_seen_place(this_cpu_ptr(tables), kind), fate, ticks);
	preempt_enable();
}

/*
 * By a tracepoint, too, if it is on. What KVM makes of a call that passes is not known here. The
 * rest of hcb_dispatch_observed(): leaves RCU.
 */
static noinline enum call_fate dispatch_watched(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm)
{
	u32 abi = hcb_arch_call_abi(vcpu, vm->abi);
	struct hcbpf_call call = { .vm_id = vm->id, .abi = abi };
	u64 kind = hcb_arch_call_kind(vcpu, abi);
	enum call_fate fate;
	u32 ticks;

	if (trace_call_enabled())
		hcb_arch_call_read(vcpu, &call);
	ticks = hcb_kvms_ticks();
	fate = dispatch_any(vcpu, vm, abi);
	ticks = hcb_kvms_ticks() - ticks;
	count_seen(vm, kind, fate, ticks);
	trace_call(&call, fate, fate == CALL_ANSWERED ? hcb_arch_call_result(vcpu) : 0,
		   hcb_ticks_to_ns(ticks), vm->id);
	reader_leave();
	return fate;
}

/*
 * Where this CPU counts the VM's calls of this kind, if it is so simple that no function has to
 * be called and no register to be saved for that: nearly always. False: it is not.
 */
static __always_inline bool seen_quickly(struct kvm_vcpu *vcpu, const struct hcbpf_vm *vm, u32 abi,
					 struct seen_calls **calls)
{
	struct seen_table __percpu *tables = READ_ONCE(vm->seen);

	if (IS_ENABLED(CONFIG_PREEMPT_RT))	/* its readers of RCU change the CPU */
		return false;
	return likely(tables) && (!IS_ENABLED(CONFIG_ARM64) || likely(!vm->sdei)) &&
	       hcb_arch_call_seen_quickly(vcpu, abi, this_cpu_ptr(tables), calls);
}

/* The rest of hcb_dispatch_observed(), for a call that somebody is asked about. */
static noinline notrace enum call_fate ask_and_count(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
						     const struct hcbpf_ops *ops, u32 abi,
						     struct seen_calls *calls, u32 begun)
{
	enum call_fate fate = ask_policy(vcpu, vm, ops, abi);

	hcb_seen_count(calls, fate, hcb_kvms_ticks() - begun);
	reader_leave();
	return fate;
}

/*
 * Where to count is found before the call is decided, since the kind would be a register more to
 * keep. A call that passes has nothing to keep at all: 15 instructions less.
 */
static __always_inline enum call_fate dispatch_counted(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm,
						       u32 abi)
{
	const struct hcbpf_ops *ops;
	struct seen_calls *calls;
	u32 begun;

	reader_enter();
	if (trace_call_enabled() || !seen_quickly(vcpu, vm, abi, &calls))
		return dispatch_watched(vcpu, vm);
	begun = hcb_kvms_ticks();
	if (!passes_unasked(vcpu, vm, abi, &ops))
		return ask_and_count(vcpu, vm, ops, abi, calls, begun);
	hcb_seen_count(calls, CALL_PASS, hcb_kvms_ticks() - begun);
	reader_leave();
	return CALL_PASS;
}

/* The usual ABI as a constant: see usually_passes(). */
notrace enum call_fate hcb_dispatch_observed(struct kvm_vcpu *vcpu, struct hcbpf_vm *vm)
{
	u32 abi = hcb_arch_call_abi(vcpu, vm->abi);

	if (IS_ENABLED(CONFIG_ARM64) && likely(abi == HCBPF_ABI_SMCCC))
		return dispatch_counted(vcpu, vm, HCBPF_ABI_SMCCC);
	return dispatch_counted(vcpu, vm, abi);
}

/* The VM of synthetic calls that name none: no port, no slot, no page attributes, own counters. */
static DEFINE_PER_CPU(struct vm_counters, no_vm_counters);
static struct hcbpf_vm no_vm = {
	.counters = &no_vm_counters,
	.attrs.lock = __SPIN_LOCK_UNLOCKED(no_vm.attrs.lock),
};

/* Run a loaded policy on a synthetic call; see hcbpf_policy_test() in <hcbpf/bpf.h>. */
int hcb_dispatch_test(const char *name, struct hcbpf_test_call *test)
{
	struct call_frame frame = { .call = test->call, .test = test, .vm = &no_vm };
	struct hcbpf_policy *policy;

	policy = hcb_policy_get(name);
	if (IS_ERR(policy))
		return PTR_ERR(policy);
	if (test->vm_id) {
		frame.vm = hcb_vm_get_by_id(test->vm_id);
		if (!frame.vm) {
			hcb_policy_put(policy);
			return -ENOENT;
		}
	}
	frame.call.ret = 0;
	frame.call.vm_id = test->vm_id;

	test->policy_ret = HCBPF_PASS;
	reader_enter();
	test->verdict = decide(&frame, rcu_dereference(policy->ops), &test->policy_ret);
	reader_leave();
	test->call = frame.call;

	if (test->vm_id)
		hcb_vm_put(frame.vm);
	hcb_policy_put(policy);
	return 0;
}
