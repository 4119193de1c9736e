// SPDX-License-Identifier: GPL-2.0-only
/*
 * A live patch of the function that hcbpf hooks: every hypercall that reaches
 * it is answered with 0x4c50 ("LP").
 */
#include <linux/kvm_host.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/static_call.h>

/* KVM's, which not every kernel exports to everybody. */
int kvm_skip_emulated_instruction(struct kvm_vcpu *vcpu);
DEFINE_STATIC_CALL_NULL(step_over, kvm_skip_emulated_instruction);

static int patched_kvm_emulate_hypercall(struct kvm_vcpu *vcpu)
{
	vcpu->arch.regs[VCPU_REGS_RAX] = 0x4c50;
	return static_call(step_over)(vcpu);
}

static struct klp_func funcs[] = {
	{
		.old_name = "kvm_emulate_hypercall",
		.new_func = patched_kvm_emulate_hypercall,
	},
	{}
};

static struct klp_object objects[] = {
	{ .name = "kvm", .funcs = funcs },
	{}
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objects,
};

static int __init livepatch_init(void)
{
	void *found = __symbol_get("kvm_skip_emulated_instruction");

	if (!found)
		return -ENOENT;
	static_call_update(step_over, found);
	__symbol_put("kvm_skip_emulated_instruction");
	return klp_enable_patch(&patch);
}

/* The kernel calls this only when the patch is disabled. */
static void __exit livepatch_exit(void)
{
}

module_init(livepatch_init);
module_exit(livepatch_exit);
MODULE_DESCRIPTION("live patch of kvm_emulate_hypercall for tests");
MODULE_LICENSE("GPL");
MODULE_INFO(livepatch, "Y");
