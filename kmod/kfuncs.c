// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mechanisms a policy may use. <hcbpf/bpf.h> documents each.
 *
 * A struct hcbpf_call reaches a program only as the argument of its hypercall
 * operation, so it always lies in a call_frame. The verifier holds programs to
 * that: KF_TRUSTED_ARGS, and hcbpf_call.not_scalar.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/capability.h>
#include <linux/eventfd.h>
#include <linux/kvm_host.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>
#include "arch.h"
#include "claims.h"
#include "compat.h"
#include "dispatch.h"
#include "eventfds.h"
#include "guest_memory.h"
#include "kfuncs.h"
#include "page_attrs.h"
#include "policy.h"
#include "ports.h"
#include "rules.h"
#include "trace.h"
#include "vm.h"
#include "vm_sdei.h"

/* See guest_memory.c: a program may pass what is not its own. */
static bool on_program_stack(const void *mem, u32 size)
{
	return object_is_on_stack(mem) && object_is_on_stack(mem + size - 1);
}

static int signal_slot(const struct eventfd_slots *slots, u32 slot)
{
	struct eventfd_ctx *ctx;

	if (unlikely(!slots || slot >= slots->nr))
		return -ENOENT;
	ctx = rcu_dereference(slots->ctx[array_index_nospec(slot, slots->nr)]);
	if (unlikely(!ctx))
		return -ENOENT;
	eventfd_signal(ctx);
	return 0;
}

/* By the call alone: what else it got would have registers saved for it, 6 instructions. */
static noinline u64 search_rule(const struct hcbpf_call *call, u32 sub)
{
	const struct rules *rules;

	OPTIMIZER_HIDE_VAR(call);
	rules = rcu_dereference(hcb_frame_of((struct hcbpf_call *)call)->vm->rules);
	return rules ? hcb_rules_get(rules, call->abi, call->nr, sub) : 0;
}

static bool test_is_valid(const struct hcbpf_test_call *test)
{
	const struct hcbpf_call *call = &test->call;

	return test->mem_len <= sizeof(test->mem) &&
	       call->abi != HCBPF_ABI_AUTO && call->abi < HCBPF_NR_ABIS &&
	       call->mode <= HCBPF_MODE_64 && call->user <= 1 &&
	       call->conduit <= HCBPF_CONDUIT_SMC &&
	       !memchr_inv(call->reserved, 0, sizeof(call->reserved));
}

__bpf_kfunc_start_defs();

__bpf_kfunc u64 hcbpf_call_port_get(struct hcbpf_call *call, u32 port)
{
	return hcb_ports_get(&hcb_frame_of(call)->vm->ports, port);
}

__bpf_kfunc u64 hcbpf_call_rule_get(struct hcbpf_call *call, u32 sub)
{
	const struct rules *rules = rcu_dereference(hcb_frame_of(call)->vm->rules);

	hcbpf_rule_t word;

	if (!rules)
		return 0;
	return likely(hcb_rules_get_quickly(rules, call->abi, call->nr, sub, &word)) ?
		       word : search_rule(call, sub);
}

__bpf_kfunc int hcbpf_call_eventfd_signal(struct hcbpf_call *call, u32 slot)
{
	struct hcbpf_vm *vm = hcb_frame_of(call)->vm;
	int err = signal_slot(rcu_dereference(vm->eventfds), slot);

	if (unlikely(err))
		err = hcb_claims_signal(rcu_dereference(vm->claims), slot);
	if (!err)
		hcb_vm_count(vm, signals);
	return err;
}

__bpf_kfunc int hcbpf_call_gpa_set(struct hcbpf_call *call, u64 gpa, u64 npages, u32 attr)
{
	struct call_frame *frame = hcb_frame_of(call);
	int err = hcb_page_attrs_check(gpa, npages, attr);

	if (frame->test)
		return err;
	err = err ?: hcb_guest_has_memory(frame, gpa, npages << HCBPF_GPA_PAGE_SHIFT);
	err = err ?: hcb_page_attrs_guest_set(&frame->vm->attrs, gpa, npages, attr);
	trace_gpa(frame->vm->id, gpa, npages, attr, err);
	if (!err)
		hcb_vm_count(frame->vm, gpa_sets);
	else
		hcb_vm_count(frame->vm, gpa_failures);
	return err;
}

__bpf_kfunc int hcbpf_call_gpa_get(struct hcbpf_call *call, u64 gpa)
{
	u64 gfn = gpa >> HCBPF_GPA_PAGE_SHIFT;

	if (gfn >= HCBPF_GPA_FRAMES)
		return -EINVAL;
	return call->vm_id ? hcb_page_attrs_get(&hcb_frame_of(call)->vm->attrs, gfn) : 0;
}

__bpf_kfunc u64 hcbpf_call_param(struct hcbpf_call *call)
{
	return READ_ONCE(hcb_frame_of(call)->vm->told.event.param);
}

__bpf_kfunc int hcbpf_call_kvm_exits(struct hcbpf_call *call)
{
	struct call_frame *frame = hcb_frame_of(call);

	return !frame->test && hcb_arch_kvm_exits(frame->vcpu, call);
}

/* Only notes that the call is to be carried out: it is not if the policy then passes it. */
__bpf_kfunc int hcbpf_call_sdei(struct hcbpf_call *call)
{
	struct call_frame *frame = hcb_frame_of(call);

	if (call->abi != HCBPF_ABI_SMCCC || !hcbpf_is_sdei_call(call->nr) ||
	    !frame->vcpu || !hcb_sdei_vcpu_serves(frame->vcpu))
		return -EOPNOTSUPP;
	frame->sdei = true;
	return 0;
}

__bpf_kfunc int hcbpf_call_discover(struct hcbpf_call *call)
{
	const struct call_frame *frame = hcb_frame_of(call);
	const struct rules *rules = rcu_dereference(frame->vm->rules);
	u32 function = call->args[0];

	return rules && hcbpf_asks_for(call, function) &&
	       hcbpf_rule_serves(hcb_rules_get(rules, call->abi, function, HCBPF_RULE_ANY),
				 frame->vcpu && hcb_sdei_vcpu_serves(frame->vcpu));
}

__bpf_kfunc int hcbpf_call_sdei_signal(struct hcbpf_call *call, u32 vcpu_id, u32 event)
{
	const struct hcbpf_vm *vm = hcb_frame_of(call)->vm;
	int result = hcb_sdei_vm_signal(vm->sdei, vcpu_id, event);

	trace_sdei(vm->id, vcpu_id, event, result);
	return result;
}

__bpf_kfunc int hcbpf_call_sdei_cancel(struct hcbpf_call *call, u32 vcpu_id, u32 event)
{
	return hcb_sdei_vm_cancel(hcb_frame_of(call)->vm->sdei, vcpu_id, event);
}

/* @policy may be a map value that somebody else writes: work on copies. */
__bpf_kfunc int hcbpf_policy_test(const char *policy, u32 policy__sz, void *test, u32 test__sz)
{
	struct hcbpf_test_call copy;
	char name[HCBPF_NAME_LEN] = {};
	int err;

	if (test__sz != sizeof(copy) || policy__sz > sizeof(name) ||
	    !on_program_stack(test, test__sz))
		return -EINVAL;
	memcpy(&copy, test, sizeof(copy));
	memcpy(name, policy, policy__sz);
	if (!hcb_name_is_valid(name) || !test_is_valid(&copy))
		return -EINVAL;
	/* Its policy signals the VM's eventfds, and is told what its guest has set up. */
	if (copy.vm_id && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = hcb_dispatch_test(name, &copy);
	if (!err)
		memcpy(test, &copy, sizeof(copy));
	return err;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(policy_kfuncs)
BTF_ID_FLAGS(func, hcbpf_call_port_get, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_rule_get, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_eventfd_signal, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_read_guest, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_gpa_set, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_gpa_get, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_param, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_kvm_exits, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_write_guest, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_buffer, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_sdei, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_discover, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_sdei_signal, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, hcbpf_call_sdei_cancel, KF_TRUSTED_ARGS)
BTF_KFUNCS_END(policy_kfuncs)

BTF_KFUNCS_START(test_kfuncs)
BTF_ID_FLAGS(func, hcbpf_policy_test, KF_SLEEPABLE)
BTF_KFUNCS_END(test_kfuncs)

static const struct btf_kfunc_id_set policy_set = { .owner = THIS_MODULE, .set = &policy_kfuncs };
static const struct btf_kfunc_id_set test_set = { .owner = THIS_MODULE, .set = &test_kfuncs };

/* The kernel offers no way to take a set back: it goes with the module's BTF. */
int hcb_kfuncs_init(void)
{
	int err = register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &policy_set);

	return err ?: register_btf_kfunc_id_set(BPF_PROG_TYPE_SYSCALL, &test_set);
}
