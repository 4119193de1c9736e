// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hcbpf and the files of bindings: argument checking, and nothing else.
 * <hcbpf/uapi.h> documents each request.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "arch.h"
#include "attach.h"
#include "gpa.h"
#include "policy.h"
#include "ports.h"
#include "rules.h"
#include "uapi.h"
#include "vm.h"
#include "vm_buffers.h"

#define MAX_PORTS (1U << 20)

/* ---- what users pass ---- */

/* @nr elements of @size bytes, charged to the VM's owner like all else; kvfree() it. */
void *fetch_array(u64 user, u32 nr, size_t size)
{
	void *array = kvmalloc_array(nr, size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);

	if (!array)
		return ERR_PTR(-ENOMEM);
	if (!copy_from_user(array, u64_to_user_ptr(user), nr * size))
		return array;
	kvfree(array);
	return ERR_PTR(-EFAULT);
}

/* ---- size-first structs ---- */

/*
 * Read a request. Every published struct has its first size as the minimum;
 * @min is that, @ksize what this module knows. Fills in the user's size.
 */
static int fetch(void *dst, size_t ksize, size_t min, const void __user *arg)
{
	u32 size;
	int err;

	if (get_user(size, (const u32 __user *)arg))
		return -EFAULT;
	if (size < min)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(dst, ksize, arg, size);
	*(u32 *)dst = size;
	return err;
}

/* Write the answer into a struct of the user's size, and zero what we do not know. */
static int reply(void __user *arg, const void *src, size_t ksize)
{
	u32 size = *(const u32 *)src;

	if (copy_to_user(arg, src, min_t(size_t, size, ksize)))
		return -EFAULT;
	if (size > ksize && clear_user(arg + ksize, size - ksize))
		return -EFAULT;
	return 0;
}

#define FETCH(req, last, arg) fetch(&(req), sizeof(req), offsetofend(typeof(req), last), arg)
#define REPLY(req, arg) reply(arg, &(req), sizeof(req))

/* A name that may be left out. */
static bool text_is_valid(const char *text)
{
	return !text[0] || name_is_valid(text);
}

/* ---- files of a binding ---- */

static vm_fault_t binding_fault(struct vm_fault *vmf)
{
	struct hcbpf_vm *vm = vmf->vma->vm_file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	vm_fault_t ret = ports_fault(&vm->ports, vmf);

	set_active_memcg(old);
	return ret;
}

static const struct vm_operations_struct binding_vm_ops = {
	.fault = binding_fault,
};

static vm_fault_t gpa_page_fault(struct vm_fault *vmf)
{
	struct hcbpf_vm *vm = vmf->vma->vm_file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	vm_fault_t ret = gpa_fault(&vm->gpa, vmf);

	set_active_memcg(old);
	return ret;
}

static const struct vm_operations_struct gpa_page_vm_ops = {
	.fault = gpa_page_fault,
};

static int gpa_page_mmap(struct vm_area_struct *vma)
{
	if (vma_pages(vma) != 1 || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &gpa_page_vm_ops;
	return 0;
}

static int binding_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct hcbpf_vm *vm = file->private_data;

	if (vma->vm_pgoff == HCBPF_GPA_MMAP_OFFSET >> PAGE_SHIFT)
		return gpa_page_mmap(vma);
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (vma->vm_pgoff + vma_pages(vma) > ports_nr_pages(&vm->ports))
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_ops = &binding_vm_ops;
	return 0;
}

static int binding_release(struct inode *inode, struct file *file)
{
	struct hcbpf_vm *vm = file->private_data;

	gpa_notify(&vm->gpa, file, -1);
	vm_put(vm);
	return 0;
}

static long ioctl_vm_get_info(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_vm_info info, out = {};
	int err = FETCH(info, pending_exits, arg);

	if (err)
		return err;
	if (info.flags || info.reserved)
		return -EINVAL;
	out.size = info.size;
	vm_info(vm, &out);
	return REPLY(out, arg);
}

static long ioctl_vm_get_stats(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_vm_stats stats, out = {};
	int err = FETCH(stats, exits, arg);

	if (err)
		return err;
	if (stats.flags)
		return -EINVAL;
	out.size = stats.size;
	vm_stats(vm, &out);
	return REPLY(out, arg);
}

static long ioctl_vm_set_eventfd(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_set_eventfd req;
	int err = FETCH(req, fd, arg);

	if (err)
		return err;
	if (req.flags & ~HCBPF_EVENTFD_NOREPLACE || (req.flags && req.fd == -1))
		return -EINVAL;
	return vm_set_eventfd(vm, &req);
}

static long ioctl_vm_next_port(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_next_port next;
	int err = FETCH(next, word, arg);

	if (err)
		return err;
	if (next.flags || next.reserved)
		return -EINVAL;
	err = ports_next(&vm->ports, &next);
	return err ?: REPLY(next, arg);
}

static long ioctl_vm_set_rules(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_rule *list = NULL;
	struct hcbpf_rules req;
	int err = FETCH(req, profile, arg);

	if (err)
		return err;
	if (req.flags & ~(HCBPF_RULES_FORCE | HCBPF_RULES_IF_GENERATION) ||
	    !text_is_valid(req.profile))
		return -EINVAL;
	if (req.nr > MAX_RULES)
		return -E2BIG;
	if (req.nr) {
		list = fetch_array(req.rules, req.nr, sizeof(*list));
		if (IS_ERR(list))
			return PTR_ERR(list);
	}
	return vm_set_rules(vm, &req, list);
}

static long ioctl_vm_get_rules(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_rules req;
	int err = FETCH(req, profile, arg);

	if (err)
		return err;
	if (req.flags)
		return -EINVAL;
	err = vm_get_rules(vm, &req);
	return err ?: REPLY(req, arg);
}

static long ioctl_gpa_get(struct hcbpf_vm *vm, const struct file *file, void __user *arg)
{
	struct hcbpf_gpa_get req;
	int err = FETCH(req, default_attr, arg);

	if (err)
		return err;
	if (req.flags & ~HCBPF_GPA_FOLLOW || req.gfn > HCBPF_GPA_FRAMES || !req.nr)
		return -EINVAL;
	err = vm_gpa_get(vm, file, &req);
	return err ?: REPLY(req, arg);
}

static int gpa_set_check(const struct hcbpf_gpa_set *req)
{
	if (req->flags & ~HCBPF_GPA_REPLACE || req->default_attr & ~HCBPF_GPA_ATTR_MASK)
		return -EINVAL;
	if (req->flags & HCBPF_GPA_REPLACE)
		return 0;
	if (req->default_attr)
		return -EINVAL;
	return req->nr > HCBPF_GPA_MAX_RANGES ? -E2BIG : 0;
}

/* The answer says how far it got, on failure too. */
static long ioctl_gpa_set(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_gpa_set req;
	int err = FETCH(req, generation, arg);

	if (err)
		return err;
	err = gpa_set_check(&req);
	if (err)
		req.nr = 0;
	else if (req.flags & HCBPF_GPA_REPLACE)
		err = vm_gpa_replace(vm, &req);
	else
		err = vm_gpa_set(vm, &req);
	return REPLY(req, arg) ?: err;
}

static long ioctl_gpa_notify(struct hcbpf_vm *vm, const struct file *file, void __user *arg)
{
	struct hcbpf_gpa_notify req;
	int err = FETCH(req, reserved, arg);

	if (err)
		return err;
	if (req.flags || req.reserved)
		return -EINVAL;
	return vm_gpa_notify(vm, file, req.fd);
}

static int fetch_buffers(struct hcbpf_buffers *req, void __user *arg)
{
	int err = FETCH(*req, buffers, arg);

	if (err)
		return err;
	return req->flags || req->reserved ? -EINVAL : 0;
}

static long ioctl_vm_get_buffers(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_buffers req;
	int err = fetch_buffers(&req, arg);

	err = err ?: vm_get_buffers(vm, &req);
	return err ?: REPLY(req, arg);
}

static long ioctl_vm_set_buffers(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_buffers req;

	return fetch_buffers(&req, arg) ?: vm_set_buffers(vm, &req);
}

static long ioctl_vm_set_buffer_limit(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_buffer_limit req;
	int err = FETCH(req, reserved, arg);

	if (err)
		return err;
	if (req.flags || req.reserved)
		return -EINVAL;
	return vm_set_buffer_limit(vm, req.limit);
}

static long ioctl_vm_sdei_signal(struct hcbpf_vm *vm, void __user *arg, bool cancel)
{
	struct hcbpf_sdei_signal req;
	int ret = FETCH(req, reserved, arg);

	if (ret)
		return ret;
	if (req.flags || req.result || req.reserved)
		return -EINVAL;
	if (cancel)
		return vm_sdei_cancel(vm, req.vcpu_id, req.event);
	ret = vm_sdei_signal(vm, req.vcpu_id, req.event);
	if (ret < 0)
		return ret;
	req.result = ret;
	return REPLY(req, arg);
}

static long ioctl_vm_sdei_get(struct hcbpf_vm *vm, void __user *arg)
{
	struct hcbpf_sdei_state state;
	int err = FETCH(state, delivered, arg);

	if (err)
		return err;
	err = vm_sdei_show(vm, &state);
	return err ?: REPLY(state, arg);
}

static long binding_request(struct file *file, unsigned int request, unsigned long arg)
{
	struct hcbpf_vm *vm = file->private_data;
	void __user *argp = (void __user *)arg;

	switch (request) {
	case HCBPF_VM_GET_INFO:
		return ioctl_vm_get_info(vm, argp);
	case HCBPF_VM_GET_STATS:
		return ioctl_vm_get_stats(vm, argp);
	case HCBPF_VM_SET_EVENTFD:
		return ioctl_vm_set_eventfd(vm, argp);
	case HCBPF_VM_NEXT_PORT:
		return ioctl_vm_next_port(vm, argp);
	case HCBPF_VM_SET_RULES:
		return ioctl_vm_set_rules(vm, argp);
	case HCBPF_VM_GET_RULES:
		return ioctl_vm_get_rules(vm, argp);
	case HCBPF_VM_GPA_GET:
		return ioctl_gpa_get(vm, file, argp);
	case HCBPF_VM_GPA_SET:
		return ioctl_gpa_set(vm, argp);
	case HCBPF_VM_GPA_RESET:
		return vm_gpa_reset(vm);
	case HCBPF_VM_GPA_NOTIFY:
		return ioctl_gpa_notify(vm, file, argp);
	case HCBPF_VM_GET_BUFFERS:
		return ioctl_vm_get_buffers(vm, argp);
	case HCBPF_VM_SET_BUFFERS:
		return ioctl_vm_set_buffers(vm, argp);
	case HCBPF_VM_SET_BUFFER_LIMIT:
		return ioctl_vm_set_buffer_limit(vm, argp);
	case HCBPF_VM_SDEI_SIGNAL:
		return ioctl_vm_sdei_signal(vm, argp, false);
	case HCBPF_VM_SDEI_CANCEL:
		return ioctl_vm_sdei_signal(vm, argp, true);
	case HCBPF_VM_SDEI_GET:
		return ioctl_vm_sdei_get(vm, argp);
	case HCBPF_VM_UNBIND:
		return vm_end(vm);
	default:
		return -ENOTTY;
	}
}

static long binding_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	struct hcbpf_vm *vm = file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	long ret = binding_request(file, request, arg);

	set_active_memcg(old);
	return ret;
}

static const struct file_operations binding_fops = {
	.owner = THIS_MODULE,
	.release = binding_release,
	.unlocked_ioctl = binding_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = binding_mmap,
	.llseek = noop_llseek,
};

#define BINDING_NAME "hcbpf-vm"

/* ---- /dev/hcbpf ---- */

/* The file behind @fd if it is a KVM VM; fput() it. */
static struct file *vm_file_get(int fd)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file_is_kvm(file))
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

static int bind_check(struct hcbpf_bind *bind)
{
	if (bind->flags & ~HCBPF_BIND_ENCRYPTED || bind->id || !arch_abi_is_valid(bind->abi))
		return -EINVAL;
	if (!name_is_valid(bind->policy) || !text_is_valid(bind->tag))
		return -EINVAL;
	if (!bind->nr_ports)
		bind->nr_ports = HCBPF_DEFAULT_PORTS;
	return bind->nr_ports > MAX_PORTS ? -E2BIG : 0;
}

/*
 * Everything that can fail comes before the binding is in force, except the
 * last write to the user's memory: then it is ended again.
 */
static long bind_file(struct hcbpf_bind *bind, struct file *vm_file, void __user *arg)
{
	struct hcbpf_vm *vm;
	struct file *file;
	int fd, err;

	vm = vm_create(bind, vm_file);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		vm_discard(vm);
		return fd;
	}
	file = anon_inode_getfile(BINDING_NAME, &binding_fops, vm, O_RDWR | O_CLOEXEC);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		vm_discard(vm);
		goto err_fd;
	}
	err = vm_publish(vm);	/* from here on @file owns our reference */
	if (err) {
		policy_put(vm->policy);
		goto err_file;
	}
	bind->id = vm->id;
	err = reply(arg, bind, sizeof(*bind));
	if (err) {
		vm_end(vm);
		goto err_file;
	}
	fd_install(fd, file);
	return fd;

err_file:
	fput(file);
err_fd:
	put_unused_fd(fd);
	return err;
}

static long ioctl_bind(void __user *arg)
{
	struct hcbpf_bind bind;
	struct file *vm_file;
	long ret;

	ret = FETCH(bind, tag, arg);
	if (!ret)
		ret = bind_check(&bind);
	if (ret)
		return ret;
	vm_file = vm_file_get(bind.vm_fd);
	if (IS_ERR(vm_file))
		return PTR_ERR(vm_file);
	ret = bind_file(&bind, vm_file, arg);
	fput(vm_file);
	return ret;
}

static struct hcbpf_vm *vm_get_by_fd(int fd)
{
	struct file *vm_file = vm_file_get(fd);
	struct hcbpf_vm *vm;

	if (IS_ERR(vm_file))
		return ERR_CAST(vm_file);
	vm = vm_get_by_kvm(vm_file->private_data);
	fput(vm_file);
	return vm ?: ERR_PTR(-ENOENT);
}

static struct hcbpf_vm *vm_get_for_open(const struct hcbpf_open *req)
{
	if (req->flags || (req->vm_fd != -1 && req->id))
		return ERR_PTR(-EINVAL);
	if (req->vm_fd != -1)
		return vm_get_by_fd(req->vm_fd);
	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	return vm_get_by_id(req->id) ?: ERR_PTR(-ENOENT);
}

static long ioctl_open(void __user *arg)
{
	struct hcbpf_open req;
	struct hcbpf_vm *vm;
	int fd, err = FETCH(req, id, arg);

	if (err)
		return err;
	vm = vm_get_for_open(&req);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd(BINDING_NAME, &binding_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		vm_put(vm);
	return fd;
}

static long ioctl_get_info(void __user *arg)
{
	struct hcbpf_info info, out = {};
	int err = FETCH(info, nr_policies, arg);

	if (err)
		return err;
	if (info.flags)
		return -EINVAL;
	out.size = info.size;
	out.version = HCBPF_UAPI_VERSION;
	out.hook = arch_hook_state();
	out.nr_vms = attach_users();
	out.nr_policies = policy_count();
	return REPLY(out, arg);
}

static long ioctl_next_vm(void __user *arg)
{
	struct hcbpf_next_vm next;
	int err = FETCH(next, reserved, arg);

	if (err)
		return err;
	if (next.flags || next.reserved)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = vm_next_id(&next.id);
	return err ?: REPLY(next, arg);
}

static long ioctl_next_policy(void __user *arg)
{
	struct hcbpf_next_policy next;
	int err = FETCH(next, name, arg);

	if (err)
		return err;
	if (next.flags)
		return -EINVAL;
	err = policy_next(&next);
	return err ?: REPLY(next, arg);
}

static long device_ioctl(struct file *file, unsigned int request, unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (request) {
	case HCBPF_GET_INFO:
		return ioctl_get_info(argp);
	case HCBPF_BIND:
		return ioctl_bind(argp);
	case HCBPF_OPEN:
		return ioctl_open(argp);
	case HCBPF_NEXT_VM:
		return ioctl_next_vm(argp);
	case HCBPF_NEXT_POLICY:
		return ioctl_next_policy(argp);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

/* Mode 0660; the udev rule gives it to group kvm, like /dev/kvm. */
static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hcbpf",
	.fops = &device_fops,
	.mode = 0660,
};

int uapi_init(void)
{
	return misc_register(&device);
}

void uapi_exit(void)
{
	misc_deregister(&device);
}
