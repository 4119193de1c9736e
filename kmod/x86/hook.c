// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching to KVM/x86 through ftrace, without a kernel patch.
 *
 * kvm_emulate_hypercall() is the one entry for KVM, Xen and Hyper-V calls on
 * SVM and VMX. An ftrace direct call there costs a VM that is not bound
 * ten instructions and lets live patches work in either order. Only one
 * user can have the direct call of a function; if somebody else does (a BPF
 * fentry program), IP redirection takes its place, at some 300 instructions,
 * unless a live patch holds that.
 *
 * kvm_arch_destroy_vm() is watched to learn of the end of a VM, which is why a
 * binding needs no reference to it, and kvm_vcpu_reset() because a vCPU's
 * registered buffers end with an INIT, and kvm_xen_hvm_set_attr(), by which a VMM ends all
 * event channels. The first ops is PERMANENT, so ftrace cannot be
 * switched off under us, and it goes first, so with ftrace switched off already
 * nothing is installed.
 */
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include <linux/printk.h>
#include "arch.h"
#include "compat.h"
#include "entry.h"
#include "hooked.h"
#include "vm.h"
#include "vm_buffers.h"
#include "vm_table.h"
#include "watch.h"
#include "x86/kernel.h"

#define HOOKED "kvm_emulate_hypercall"

/*
 * Where hcb_entry_redirect passes to: behind the ftrace call of the hooked
 * function. Always the same address; the first redirection learns it.
 */
unsigned long hcb_hook_resume_ip;

static enum hcbpf_hook hook_state;

static_assert(offsetof(struct kvm_vcpu, kvm) == VCPU_KVM);
static_assert(offsetof(struct vm_table, shift) == TABLE_SHIFT);
static_assert(offsetof(struct vm_table, slot) == TABLE_SLOTS);
static_assert(sizeof(struct vm_slot) == SLOT_SIZE);
static_assert(offsetof(struct vm_slot, kvm) == SLOT_KEY);
static_assert(GOLDEN_RATIO_64 == TABLE_HASH);

/*
 * Called by entry.S while anything is bound, on the hypercalls of every VM whose
 * first @slot of @table is in use. Returns an enum call_fate. Never sleeps, see
 * hcb_arch_exit().
 */
asmlinkage int hcb_hook(struct kvm_vcpu *vcpu, const struct vm_slot *slot,
			const struct vm_table *table);
asmlinkage notrace int hcb_hook(struct kvm_vcpu *vcpu, const struct vm_slot *slot,
				const struct vm_table *table)
{
	struct kvm *kvm = vcpu->kvm;
	/* Nearly always the first slot is the VM's: 5 instructions less than the search. */
	struct hcbpf_vm *vm = likely(smp_load_acquire(&slot->kvm) == kvm) ?
				      READ_ONCE(slot->vm) : hcb_vm_table_find_from(table, slot, kvm);

	return unlikely(!vm) ? CALL_PASS : hcb_dispatch(vcpu, vm);
}

static WATCHER(on_destroy)
{
	hcb_vm_kvm_destroyed(WATCHED(0));
}

/* The second argument: by an INIT, rather than when the vCPU was made. */
static WATCHER(on_reset)
{
	if ((bool)WATCHED(1))
		hcb_vm_vcpu_reset(WATCHED(0));
}

/*
 * Is this the end of all event channels? Either the VMM says so, or it takes the page away
 * in which they are: QEMU closes its own ports one by one at a reset, and then does that.
 */
static bool ends_all_channels(const struct kvm_xen_hvm_attr *attr)
{
	switch (attr->type) {
	case KVM_XEN_ATTR_TYPE_EVTCHN:
		return attr->u.evtchn.flags == KVM_XEN_EVTCHN_RESET;
	case KVM_XEN_ATTR_TYPE_SHARED_INFO:
		return attr->u.shared_info.gfn == KVM_XEN_INVALID_GFN;
	case KVM_XEN_ATTR_TYPE_SHARED_INFO_HVA:
		return !attr->u.shared_info.hva;
	default:
		return false;
	}
}

/* Not every KVM has Xen's interface. */
static __maybe_unused WATCHER(on_xen_attr)
{
	if (ends_all_channels(WATCHED(1)))
		hcb_vm_channels_reset(WATCHED(0));
}

static WATCHER(on_hypercall)
{
	WRITE_ONCE(hcb_hook_resume_ip, ip + MCOUNT_INSN_SIZE);
	hcb_watch_redirect(fregs, hcb_entry_redirect);
}

/* In the order of their registration. The hook comes last, and is not removed first. */
static struct watch watches[] = {
	WATCH("kvm_arch_destroy_vm", on_destroy, WATCH_ALWAYS),
	WATCH("kvm_vcpu_reset", on_reset, 0),
#ifdef CONFIG_KVM_XEN
	WATCH("kvm_xen_hvm_set_attr", on_xen_attr, 0),
#endif
};

/* A live patch's redirection is compatible with the trampoline: nothing to prepare. */
static int share_with_livepatch(OPS_FUNC_ARGS)
{
	return 0;
}

/* The hook itself: one of these. */
static struct watch hooks[] = {
	{ HOOKED, { .ops_func = share_with_livepatch } },
	WATCH(HOOKED, on_hypercall, WATCH_TO_REDIRECT),
};

static struct ftrace_ops *const direct_ops = &hooks[0].ops;
static struct ftrace_ops *const redirect_ops = &hooks[1].ops;

static int install_hypercall(void)
{
	int err;

	err = register_ftrace_direct(direct_ops, (unsigned long)hcb_entry_direct);
	if (!err) {
		WRITE_ONCE(hook_state, HCBPF_HOOK_DIRECT);
		return 0;
	}
	if (err == -EBUSY)
		err = register_ftrace_function(redirect_ops);
	if (!err)
		WRITE_ONCE(hook_state, HCBPF_HOOK_REDIRECT);
	else
		pr_warn_ratelimited(
			"cannot hook " HOOKED " (%d)%s\n", err,
			err == -EBUSY ? ": a live patch and a BPF fentry program hold it" : "");
	return err;
}

int hcb_arch_hook_install(void)
{
	int err;

	err = hcb_watch_on(watches, ARRAY_SIZE(watches));
	if (err)
		return err;
	err = install_hypercall();
	if (err)
		hcb_watch_off(watches, ARRAY_SIZE(watches));
	return err;
}

static int remove_hypercall(void)
{
	int err;

	if (hook_state == HCBPF_HOOK_DIRECT)
		err = unregister_ftrace_direct(direct_ops, (unsigned long)hcb_entry_direct,
					       false);
	else
		err = unregister_ftrace_function(redirect_ops);
	if (!err)
		WRITE_ONCE(hook_state, HCBPF_HOOK_NONE);
	return err;
}

/*
 * The hook itself is not removed first: where ftrace refuses, taking a direct call off
 * leaves it in the text, but without the function that ftrace may call for it. Nor is it
 * removed after the watch on the end of VMs, which is the table's first.
 */
int hcb_arch_hook_remove(void)
{
	return hcb_watch_off(watches + 1, ARRAY_SIZE(watches) - 1) ?: remove_hypercall() ?:
	       hcb_watch_off(watches, 1);
}

enum hcbpf_hook hcb_arch_hook_state(void)
{
	return READ_ONCE(hook_state);
}

static int set_filters(void)
{
	int err = hcb_watch_init(watches, ARRAY_SIZE(watches));

	if (err)
		return err;
	err = hcb_watch_init(hooks, ARRAY_SIZE(hooks));
	if (err)
		hcb_watch_free(watches, ARRAY_SIZE(watches));
	return err;
}

int hcb_arch_init(void)
{
	return hcb_kernel_init() ?: set_filters();
}

/*
 * The hook is off, but a task may still be between the hooked function's entry
 * and its way out of entry.S. None of that code sleeps by itself, so one
 * RCU-tasks grace period sees it out.
 */
void hcb_arch_exit(void)
{
	synchronize_rcu_tasks();
	hcb_watch_free(hooks, ARRAY_SIZE(hooks));
	hcb_watch_free(watches, ARRAY_SIZE(watches));
}
