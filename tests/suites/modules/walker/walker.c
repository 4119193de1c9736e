// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two walks of the same page tables: hcbpf's, of which this module has a copy, and then KVM's,
 * which may mark entries as accessed or dirty. The vCPU is a real one that does not run.
 */
#include <linux/file.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "x86/walk.c"
#include "x86/walk_vcpu.h"
#include "walker.h"

/* KVM's, which not every kernel lets others link with. Called directly, as by the hcbpf module. */
#define FUNCTIONS(X)			\
	X(vcpu_load)			\
	X(vcpu_put)			\
	X(kvm_mmu_gva_to_gpa_read)	\
	X(kvm_mmu_gva_to_gpa_write)

#define DEFINE(function) DEFINE_STATIC_CALL_NULL(walker_##function, function);
FUNCTIONS(DEFINE)

#define KVM(function) static_call(walker_##function)

static u64 walk_ours(struct kvm_vcpu *vcpu, const struct walker_walk *walk)
{
	struct guest_access access = { .vcpu = vcpu, .write = walk->write };
	bool found;

	pagefault_disable();
	found = hcb_walk_vcpu(&access, walk->addr);
	pagefault_enable();
	return found ? access.gpa : WALKER_NOWHERE;
}

static u64 walk_kvms(struct kvm_vcpu *vcpu, const struct walker_walk *walk)
{
	u64 exception[X86_EXCEPTION_MAX / sizeof(u64)];
	gpa_t gpa = walk->write ?
		KVM(kvm_mmu_gva_to_gpa_write)(vcpu, walk->addr, (void *)exception) :
		KVM(kvm_mmu_gva_to_gpa_read)(vcpu, walk->addr, (void *)exception);

	return gpa == INVALID_GPA ? WALKER_NOWHERE : gpa;
}

static void walk_all(struct kvm_vcpu *vcpu, struct walker_walk *walks, u32 count)
{
	u32 i;

	for (i = 0; i < count; i++) {
		walks[i].ours = walk_ours(vcpu, &walks[i]);
		walks[i].kvms = walk_kvms(vcpu, &walks[i]);
	}
}

static int walk_on(struct kvm_vcpu *vcpu, struct walker_walk *walks, u32 count)
{
	if (vcpu->kvm->mm != current->mm)
		return -EIO;
	if (mutex_lock_killable(&vcpu->mutex))
		return -EINTR;
	KVM(vcpu_load)(vcpu);
	kvm_vcpu_srcu_read_lock(vcpu);
	walk_all(vcpu, walks, count);
	kvm_vcpu_srcu_read_unlock(vcpu);
	KVM(vcpu_put)(vcpu);
	mutex_unlock(&vcpu->mutex);
	return 0;
}

static bool is_vcpu(const struct file *file)
{
	return !strncmp(file->f_path.dentry->d_name.name, "kvm-vcpu:", strlen("kvm-vcpu:"));
}

static int walk_by(int fd, struct walker_walk *walks, u32 count)
{
	struct file *file = fget(fd);
	int err = -EBADF;

	if (!file)
		return err;
	if (is_vcpu(file))
		err = walk_on(file->private_data, walks, count);
	fput(file);
	return err;
}

static long walker_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct walker_walks req;
	struct walker_walk *walks;
	size_t size;
	int err;

	if (cmd != WALKER_WALK)
		return -ENOTTY;
	if (copy_from_user(&req, (void __user *)arg, sizeof(req)))
		return -EFAULT;
	if (!req.count || req.count > WALKER_MAX)
		return -EINVAL;
	size = req.count * sizeof(*walks);
	walks = vmemdup_user(u64_to_user_ptr(req.walks), size);
	if (IS_ERR(walks))
		return PTR_ERR(walks);
	err = walk_by(req.vcpu, walks, req.count);
	if (copy_to_user(u64_to_user_ptr(req.walks), walks, size))
		err = -EFAULT;
	kvfree(walks);
	return err;
}

static const struct file_operations walker_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = walker_ioctl,
};

static struct miscdevice walker_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "walker",
	.fops = &walker_fops,
};

/* The references are given back at once: this module uses KVM by its vCPUs' files alone. */
#define FIND(function)							\
	do {								\
		typeof(&function) found = __symbol_get(#function);	\
									\
		if (!found)						\
			return -ENOENT;					\
		static_call_update(walker_##function, found);		\
		__symbol_put(#function);				\
	} while (0);

static int __init walker_init(void)
{
	FUNCTIONS(FIND)
	return misc_register(&walker_device);
}

static void __exit walker_exit(void)
{
	misc_deregister(&walker_device);
}

module_init(walker_init);
module_exit(walker_exit);
MODULE_DESCRIPTION("hcbpf's walk of page tables beside KVM's, for tests");
MODULE_LICENSE("GPL");
