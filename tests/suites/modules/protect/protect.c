// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stand-in for hardware that the lab has not: while a hypercall is handled, every
 * vCPU is one whose registers are encrypted, as far as KVM's own flag says so. It is set
 * where the hypercall begins, before hcbpf's hook, and cleared where KVM steps over the
 * instruction, which it could not do for a vCPU like that.
 */
#include <linux/ftrace.h>
#include <linux/kvm_host.h>
#include <linux/module.h>

static struct kvm_vcpu *vcpu_of(struct ftrace_regs *fregs)
{
	return (struct kvm_vcpu *)ftrace_regs_get_argument(fregs, 0);
}

static void notrace protect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *fregs)
{
	vcpu_of(fregs)->arch.guest_state_protected = true;
}

static void notrace unprotect(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			      struct ftrace_regs *fregs)
{
	vcpu_of(fregs)->arch.guest_state_protected = false;
}

static struct ftrace_ops protect_ops = { .func = protect };
static struct ftrace_ops unprotect_ops = { .func = unprotect };

static int watch(struct ftrace_ops *ops, const char *function)
{
	unsigned char name[40];	/* ftrace writes to it */

	strscpy(name, function, sizeof(name));
	return ftrace_set_filter(ops, name, strlen(name), 0);
}

static int __init protect_init(void)
{
	int err;

	err = watch(&protect_ops, "kvm_emulate_hypercall") ?:
	      watch(&unprotect_ops, "kvm_skip_emulated_instruction") ?:
	      register_ftrace_function(&unprotect_ops);
	if (err)
		return err;
	err = register_ftrace_function(&protect_ops);
	if (err)
		unregister_ftrace_function(&unprotect_ops);
	return err;
}

static void __exit protect_exit(void)
{
	unregister_ftrace_function(&protect_ops);
	unregister_ftrace_function(&unprotect_ops);
	synchronize_rcu_tasks();
	ftrace_free_filter(&protect_ops);
	ftrace_free_filter(&unprotect_ops);
}

module_init(protect_init);
module_exit(protect_exit);
MODULE_DESCRIPTION("vCPUs with encrypted registers, for tests");
MODULE_LICENSE("GPL");
