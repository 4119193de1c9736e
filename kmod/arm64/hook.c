// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to KVM/arm64 through ftrace, without a kernel patch.
 *
 * kvm_smccc_call_handler() is the one entry for HVC and SMC. Its ftrace callback
 * decides: a call that the policy passes runs on into KVM's handler, with nothing
 * of ours on the stack, since KVM's handler may sleep for as long as the guest
 * likes (PSCI's CPU_SUSPEND) and this module may be gone before it wakes up.
 * A call that is answered goes to one of two functions in place of the handler:
 * to one of ours, not straight back to the caller, because a BPF fexit program of
 * the same function calls what we redirect to, and expects a function there.
 *
 * kvm_arch_vcpu_ioctl_run() is watched to complete exits: KVM/arm64 has no callback
 * for that. kvm_arch_destroy_vm() is watched to learn of the end of a VM, which is
 * why a binding needs no reference to it. That ops is PERMANENT, so ftrace cannot be
 * switched off under us, and it goes first, so with ftrace switched off already
 * nothing is installed.
 */
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include "arch.h"
#include "hooked.h"
#include "vm.h"
#include "vm_buffers.h"
#include "vm_table.h"
#include "watch.h"
#include "arm64/kernel.h"
#include "arm64/kvm.h"

static bool hooked;

/* In place of KVM's handler: what it returns to resume the guest, or to exit. */
static notrace int resume_guest(struct kvm_vcpu *vcpu)
{
	return 1;
}

static notrace int exit_to_vmm(struct kvm_vcpu *vcpu)
{
	return 0;
}

/* Called on every HVC and SMC of every VM while anything is bound. Never sleeps. */
static WATCHER(on_hypercall)
{
	struct kvm_vcpu *vcpu = WATCHED(0);
	struct hcbpf_vm *vm = hcb_vm_table_find(vcpu->kvm);
	enum call_fate fate;

	if (likely(!vm))
		return;
	fate = hcb_dispatch(vcpu, vm);
	if (likely(fate == CALL_PASS))
		return;
	hcb_watch_redirect(fregs, fate == CALL_ANSWERED ? resume_guest : exit_to_vmm);
}

static WATCHER(on_run)
{
	struct kvm_vcpu *vcpu = WATCHED(0);

	if (unlikely(hcb_exit_is_pending(vcpu)))
		hcb_complete_exit(vcpu);
}

static WATCHER(on_destroy)
{
	hcb_vm_kvm_destroyed(WATCHED(0));
}

/*
 * KVM_ARM_VCPU_INIT and PSCI's CPU_ON. The first one only makes the vCPU complete:
 * what the VMM has restored before stays.
 */
static WATCHER(on_reset)
{
	struct kvm_vcpu *vcpu = WATCHED(0);

	if (kvm_vcpu_initialized(vcpu))
		hcb_vm_vcpu_reset(vcpu);
}

/* In the order of their registration; they go in reverse. */
static struct watch watches[] = {
	WATCH("kvm_arch_destroy_vm", on_destroy, WATCH_ALWAYS),
	WATCH("kvm_arch_vcpu_ioctl_run", on_run, 0),
	WATCH("kvm_reset_vcpu", on_reset, 0),
	WATCH("kvm_smccc_call_handler", on_hypercall, WATCH_TO_REDIRECT),
};

int hcb_arch_hook_install(void)
{
	int err = hcb_watch_on(watches, ARRAY_SIZE(watches));

	if (!err)
		WRITE_ONCE(hooked, true);
	return err;
}

int hcb_arch_hook_remove(void)
{
	int err = hcb_watch_off(watches, ARRAY_SIZE(watches));

	if (!err)
		WRITE_ONCE(hooked, false);
	return err;
}

enum hcbpf_hook hcb_arch_hook_state(void)
{
	return READ_ONCE(hooked) ? HCBPF_HOOK_REDIRECT : HCBPF_HOOK_NONE;
}

int hcb_arch_init(void)
{
	return hcb_kernel_init() ?: hcb_watch_init(watches, ARRAY_SIZE(watches));
}

/*
 * The hook is off, but a task may still be in a callback, or between it and the
 * end of resume_guest(). None of that sleeps by itself, so one RCU-tasks grace
 * period sees it out.
 */
void hcb_arch_exit(void)
{
	synchronize_rcu_tasks();
	hcb_watch_free(watches, ARRAY_SIZE(watches));
}
