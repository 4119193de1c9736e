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
#include <linux/printk.h>
#include <linux/string.h>
#include "hcbpf.h"
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
static void notrace on_hypercall(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)ftrace_regs_get_argument(fregs, 0);
	struct hcbpf_vm *vm = vm_table_find(vcpu->kvm);
	enum call_fate fate;

	if (likely(!vm))
		return;
	fate = dispatch(vcpu, vm);
	if (likely(fate == CALL_PASS))
		return;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)(fate == CALL_ANSWERED ?
								   resume_guest : exit_to_vmm));
}

static void notrace on_run(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			   struct ftrace_regs *fregs)
{
	struct kvm_vcpu *vcpu = (struct kvm_vcpu *)ftrace_regs_get_argument(fregs, 0);

	if (unlikely(exit_is_pending(vcpu)))
		complete_exit(vcpu);
}

static void notrace on_destroy(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	vm_kvm_destroyed((struct kvm *)ftrace_regs_get_argument(fregs, 0));
}

/* KVM_ARM_VCPU_INIT and PSCI's CPU_ON. */
static void notrace on_reset(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			     struct ftrace_regs *fregs)
{
	vm_vcpu_reset((struct kvm_vcpu *)ftrace_regs_get_argument(fregs, 0));
}

struct watch {
	const char *function;
	struct ftrace_ops ops;
};

/* In the order of their registration; they go in reverse. */
static struct watch watches[] = {
	{ "kvm_arch_destroy_vm", { .func = on_destroy, .flags = FTRACE_OPS_FL_PERMANENT } },
	{ "kvm_arch_vcpu_ioctl_run", { .func = on_run } },
	{ "kvm_reset_vcpu", { .func = on_reset } },
	{ "kvm_smccc_call_handler", { .func = on_hypercall, .flags = FTRACE_OPS_FL_IPMODIFY } },
};

static void unwatch(unsigned int nr)
{
	while (nr--)
		unregister_ftrace_function(&watches[nr].ops);
}

int arch_hook_install(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(watches); i++) {
		err = register_ftrace_function(&watches[i].ops);
		if (err) {
			pr_warn_ratelimited("hcbpf: cannot watch %s (%d)%s\n", watches[i].function,
					    err, err != -EBUSY ? "" :
					    i ? ": somebody else redirects it" :
					    ": set kernel.ftrace_enabled=1");
			unwatch(i);
			return err;
		}
	}
	WRITE_ONCE(hooked, true);
	return 0;
}

/*
 * The filters stay until arch_exit(): freeing them with the registration would
 * leave ops that cannot be used again (dangling hashes, seen on 6.12).
 */
void arch_hook_remove(void)
{
	unwatch(ARRAY_SIZE(watches));
	WRITE_ONCE(hooked, false);
}

enum hcbpf_hook arch_hook_state(void)
{
	return READ_ONCE(hooked) ? HCBPF_HOOK_REDIRECT : HCBPF_HOOK_NONE;
}

static void free_filters(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(watches); i++)
		ftrace_free_filter(&watches[i].ops);
}

static int set_filter(struct watch *watch)
{
	unsigned char name[32];	/* ftrace writes to it */

	strscpy(name, watch->function, sizeof(name));
	return ftrace_set_filter(&watch->ops, name, strlen(name), 0);
}

int arch_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(watches); i++) {
		err = set_filter(&watches[i]);
		if (err) {
			pr_err("hcbpf: cannot set the ftrace filter for %s (%d)%s\n",
			       watches[i].function, err,
			       err == -EINVAL ? ": this kernel's KVM is not as expected" : "");
			free_filters();
			return err;
		}
	}
	return 0;
}

/*
 * The hook is off, but a task may still be in a callback, or between it and the
 * end of resume_guest(). None of that sleeps by itself, so one RCU-tasks grace
 * period sees it out.
 */
void arch_exit(void)
{
	synchronize_rcu_tasks();
	free_filters();
}
