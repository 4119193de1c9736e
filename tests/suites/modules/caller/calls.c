// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls without guests. The lab's SVM is sound only while CPUs take turns, so where
 * they run at once no guest can. But what follows an exit for a hypercall is plain code
 * of the host: this module does what KVM_RUN does around it, for a real vCPU, in a thread
 * of its VMM: takes the vCPU, sets its registers, lets KVM handle the call, and
 * completes what the call left to the VMM.
 */
#include <linux/delay.h>
#include <linux/file.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "caller.h"
#include "protected.h"
#include "touched.h"

static void set_registers(struct kvm_vcpu *vcpu, const struct caller_kind *kind, u64 rip)
{
	unsigned long *regs = vcpu->arch.regs;

	regs[VCPU_REGS_RAX] = kind->rax;
	regs[VCPU_REGS_RBX] = kind->rbx;
	regs[VCPU_REGS_RCX] = kind->rcx;
	regs[VCPU_REGS_RDX] = kind->rdx;
	regs[VCPU_REGS_RSI] = kind->rsi;
	regs[VCPU_REGS_RDI] = kind->rdi;
	regs[VCPU_REGS_R8] = kind->r8;
	regs[VCPU_REGS_R9] = kind->r9;
	regs[VCPU_REGS_R10] = kind->r10;
	regs[VCPU_REGS_RIP] = rip;
}

static void set_protected(struct kvm_vcpu *vcpu, const struct caller_kind *kind, u64 poison)
{
	unsigned long *regs = vcpu->arch.regs;

	protected_begin(vcpu, poison);
	regs[VCPU_REGS_RAX] = kind->rax;
	regs[VCPU_REGS_RBX] = kind->rbx;
	regs[VCPU_REGS_RCX] = kind->rcx;
	regs[VCPU_REGS_RDX] = kind->rdx;
	regs[VCPU_REGS_RSI] = kind->rsi;
}

static bool stepped_over(const struct kvm_vcpu *vcpu, u64 rip)
{
	return vcpu->arch.regs[VCPU_REGS_RIP] == rip + HYPERCALL_LEN;
}

static void count_answer(struct caller_kind *kind, u64 value)
{
	struct caller_answer *answer;

	for (answer = kind->answer; answer < kind->answer + CALLER_ANSWERS; answer++) {
		if (answer->count && answer->value != value)
			continue;
		answer->value = value;
		answer->count++;
		return;
	}
	kind->other++;
}

/* The VMM's part: which counter the exit belongs to, NULL: an exit that should not be. */
static u64 *serve_exit(struct kvm_run *run, struct caller_kind *kind)
{
	switch (run->exit_reason) {
	case KVM_EXIT_HYPERCALL:
		run->hypercall.ret = kind->exit_ret;
		return &kind->exits;
	case KVM_EXIT_XEN:
		run->xen.u.hcall.result = kind->exit_ret;
		return &kind->asked;
	default:
		return NULL;
	}
}

/* As the next KVM_RUN does. */
static int complete_exit(struct kvm_vcpu *vcpu)
{
	int (*complete)(struct kvm_vcpu *vcpu) = vcpu->arch.complete_userspace_io;

	vcpu->arch.complete_userspace_io = NULL;
	return complete ? complete(vcpu) : 0;
}

static void handle_call(struct kvm_vcpu *vcpu, struct caller_kind *kind, u64 rip, u32 linger)
{
	u64 *exits, ticks;
	int ret;

	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	ticks = rdtsc_ordered();
	ret = kvm_emulate_hypercall(vcpu);
	ticks = rdtsc_ordered() - ticks;
	kind->ticks = min(kind->ticks ?: ticks, ticks);
	if (ret == 1) {
		if (stepped_over(vcpu, rip))
			count_answer(kind, vcpu->arch.regs[VCPU_REGS_RAX]);
		else
			kind->wrong++;
		return;
	}
	exits = serve_exit(vcpu->run, kind);
	udelay(linger);
	if (exits && complete_exit(vcpu) == 1 && stepped_over(vcpu, rip) &&
	    vcpu->arch.regs[VCPU_REGS_RAX] == kind->exit_ret)
		++*exits;
	else
		kind->wrong++;
}

static void make_call(struct kvm_vcpu *vcpu, const struct caller_calls *calls,
		      struct caller_kind *kind)
{
	kind->made++;
	if (!(calls->flags & CALLER_PROTECTED)) {
		set_registers(vcpu, kind, calls->rip);
		handle_call(vcpu, kind, calls->rip, calls->linger);
		return;
	}
	set_protected(vcpu, kind, calls->poison);
	handle_call(vcpu, kind, calls->poison, calls->linger);
	if (!protected_end(vcpu, calls->poison))
		kind->wrong++;
}

static int make_calls(struct kvm_vcpu *vcpu, const struct caller_calls *calls,
		      struct caller_kind *kinds)
{
	u64 i;

	for (i = 0; i < calls->count; i++) {
		make_call(vcpu, calls, &kinds[i % calls->nr_kinds]);
		if (i % 64)
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched_tasks_rcu_qs();	/* who unbinds or unloads waits for that */
	}
	return 0;
}

static int make_calls_on(struct kvm_vcpu *vcpu, struct caller_calls *calls,
			 struct caller_kind *kinds)
{
	bool watched = calls->flags & CALLER_WATCHED, unskipped = calls->flags & CALLER_UNSKIPPED;
	int err;

	if (vcpu->kvm->mm != current->mm)
		return -EIO;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	err = watched ? touched_begin(vcpu, calls) : 0;
	if (unskipped)
		protected_skip(vcpu);
	if (!err) {
		vcpu_load(vcpu);
		kvm_vcpu_srcu_read_lock(vcpu);
		err = make_calls(vcpu, calls, kinds);
		kvm_vcpu_srcu_read_unlock(vcpu);
		vcpu_put(vcpu);
	}
	if (unskipped)
		protected_skip(NULL);
	if (watched)
		touched_end();
	mutex_unlock(&vcpu->mutex);
	return err;
}

static bool is_vcpu(const struct file *file)
{
	return !strncmp(file->f_path.dentry->d_name.name, "kvm-vcpu:", strlen("kvm-vcpu:"));
}

static int make_calls_by(struct caller_calls *calls, struct caller_kind *kinds)
{
	struct file *file = fget(calls->vcpu);
	int err = -EBADF;

	if (!file)
		return err;
	if (is_vcpu(file))
		err = make_calls_on(file->private_data, calls, kinds);
	fput(file);
	return err;
}

static long caller_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct caller_calls calls;
	struct caller_kind *kinds;
	size_t size;
	int err;

	if (cmd != CALLER_MAKE)
		return -ENOTTY;
	if (copy_from_user(&calls, (void __user *)arg, sizeof(calls)))
		return -EFAULT;
	if (!calls.nr_kinds || calls.nr_kinds > CALLER_KINDS ||
	    calls.flags & ~(CALLER_PROTECTED | CALLER_WATCHED | CALLER_UNSKIPPED))
		return -EINVAL;
	size = calls.nr_kinds * sizeof(*kinds);
	kinds = memdup_user(u64_to_user_ptr(calls.kinds), size);
	if (IS_ERR(kinds))
		return PTR_ERR(kinds);
	err = make_calls_by(&calls, kinds);
	if (copy_to_user(u64_to_user_ptr(calls.kinds), kinds, size) ||
	    copy_to_user((void __user *)arg, &calls, sizeof(calls)))
		err = -EFAULT;
	kfree(kinds);
	return err;
}

static const struct file_operations caller_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = caller_ioctl,
};

static struct miscdevice caller_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "caller",
	.fops = &caller_fops,
};

static int __init caller_init(void)
{
	int err = protected_init();

	if (err)
		return err;
	err = misc_register(&caller_device);
	if (err)
		protected_exit();
	return err;
}

static void __exit caller_exit(void)
{
	misc_deregister(&caller_device);
	protected_exit();
}

module_init(caller_init);
module_exit(caller_exit);
MODULE_DESCRIPTION("hypercalls of vCPUs that never enter their guest, for tests");
MODULE_LICENSE("GPL");
