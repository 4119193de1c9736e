// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/hcbpf and the files of bindings: argument checking, and nothing else.
 * <hcbpf/uapi.h> documents each request.
 */
#include <linux/anon_inodes.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
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
#include "admit.h"
#include "arch.h"
#include "attach.h"
#include "claims.h"
#include "eventfds.h"
#include "kernel.h"
#include "observe.h"
#include "page_attrs.h"
#include "policy.h"
#include "ports.h"
#include "rules.h"
#include "trace.h"
#include "uapi.h"
#include "vm.h"
#include "vm_buffers.h"
#include "vm_sdei.h"

#define MAX_PORTS (1U << 20)
#define BIND_FLAGS (HCBPF_BIND_ENCRYPTED | HCBPF_BIND_TEST | HCBPF_BIND_OPERATOR | \
		    HCBPF_BIND_CLAIMANT)

/* ---- what users pass ---- */

/* @nr elements of @size bytes, charged to the VM's owner like all else; kvfree() it. */
void *hcb_fetch_array(u64 user, u32 nr, size_t size)
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

/* ---- requests, by table ---- */

/* One that is being served. */
struct request {
	struct file *file;
	struct hcbpf_vm *vm;		/* on a binding's file */
	void __user *arg;
	void *data;			/* the struct, as the user has passed it */
};

/* A known request. Adding one takes a row, its struct and its function. */
struct row {
	unsigned int number;
	u32 size;			/* of its struct; 0: it has none */
	u32 first_size;			/* as first published: the smallest valid */
	u32 how;
	long (*serve)(struct request *request);
};

#define REPLIES BIT(0)			/* on success the struct goes back to the user */
#define REPLIES_ALWAYS BIT(1)		/* on failure too */
#define IN_FORCE BIT(2)			/* with the VM's lock, and not once the binding has ended */
#define OPERATORS BIT(3)		/* of an operator's binding, by an operator's file only */

#define MAX_SIZE 256U

#define ROW(_number, _serve, type, last, _how) {					\
	.number = _number, .serve = _serve, .how = _how,				\
	.size = sizeof(struct type) + BUILD_BUG_ON_ZERO(sizeof(struct type) > MAX_SIZE),	\
	.first_size = offsetofend(struct type, last) }
#define BARE_ROW(_number, _serve, _how) { .number = _number, .serve = _serve, .how = _how }

/* The user's memory is not accessed meanwhile: that may take long. */
static long serve_in_force(const struct row *row, struct request *request)
{
	struct hcbpf_vm *vm = request->vm;
	long ret = -ENODEV;

	mutex_lock(&vm->lock);
	if (!vm->ended)
		ret = row->serve(request);
	mutex_unlock(&vm->lock);
	return ret;
}

static bool may_change(const struct request *request)
{
	return !request->vm->operators ||
	       file_ns_capable(request->file, &init_user_ns, CAP_SYS_ADMIN);
}

static long serve_row(const struct row *row, struct request *request)
{
	u64 data[MAX_SIZE / sizeof(u64)];
	long ret;

	if (row->how & OPERATORS && !may_change(request))
		return -EPERM;
	request->data = data;
	ret = row->size ? fetch(data, row->size, row->first_size, request->arg) : 0;
	if (ret)
		return ret;
	ret = row->how & IN_FORCE ? serve_in_force(row, request) : row->serve(request);
	if (row->how & REPLIES_ALWAYS || (row->how & REPLIES && !ret))
		ret = reply(request->arg, data, row->size) ?: ret;
	return ret;
}

static long serve(const struct row *rows, u32 nr, unsigned int number, struct request *request)
{
	const struct row *row;

	for (row = rows; row < rows + nr; row++)
		if (row->number == number)
			return serve_row(row, request);
	return -ENOTTY;
}

/* A name that may be left out. */
bool hcb_text_is_valid(const char *text)
{
	return !text[0] || hcb_name_is_valid(text);
}

/* ---- files of a binding ---- */

static vm_fault_t binding_fault(struct vm_fault *vmf)
{
	struct hcbpf_vm *vm = vmf->vma->vm_file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	vm_fault_t ret = hcb_ports_fault(&vm->ports, vmf);

	set_active_memcg(old);
	return ret;
}

static const struct vm_operations_struct binding_vm_ops = {
	.fault = binding_fault,
};

static vm_fault_t attrs_page_fault(struct vm_fault *vmf)
{
	struct hcbpf_vm *vm = vmf->vma->vm_file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	vm_fault_t ret = hcb_page_attrs_fault(&vm->attrs, vmf);

	set_active_memcg(old);
	return ret;
}

static const struct vm_operations_struct attrs_page_vm_ops = {
	.fault = attrs_page_fault,
};

static int attrs_page_mmap(struct vm_area_struct *vma)
{
	if (vma_pages(vma) != 1 || !(vma->vm_flags & VM_SHARED) ||
	    vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &attrs_page_vm_ops;
	return 0;
}

static int binding_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct hcbpf_vm *vm = file->private_data;

	if (vma->vm_pgoff == HCBPF_GPA_MMAP_OFFSET >> PAGE_SHIFT)
		return attrs_page_mmap(vma);
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (vma->vm_pgoff + vma_pages(vma) > hcb_ports_nr_pages(&vm->ports))
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_ops = &binding_vm_ops;
	return 0;
}

static int binding_release(struct inode *inode, struct file *file)
{
	struct hcbpf_vm *vm = file->private_data;

	hcb_page_attrs_notify(&vm->attrs, file, -1);
	hcb_vm_put(vm);
	return 0;
}

static __poll_t binding_poll(struct file *file, poll_table *table)
{
	struct hcbpf_vm *vm = file->private_data;

	return hcb_ended_poll(&vm->over, file, table);
}

/* ---- requests on it ---- */

static long get_vm_info(struct request *request)
{
	struct hcbpf_vm_info *info = request->data;

	if (info->flags || info->reserved)
		return -EINVAL;
	*info = (struct hcbpf_vm_info) { .size = info->size };
	hcb_vm_info(request->vm, info);
	return 0;
}

static long get_stats(struct request *request)
{
	struct hcbpf_vm_stats *stats = request->data;

	if (stats->flags)
		return -EINVAL;
	*stats = (struct hcbpf_vm_stats) { .size = stats->size };
	hcb_vm_stats(request->vm, stats);
	return 0;
}

static long set_eventfd(struct request *request)
{
	const struct hcbpf_set_eventfd *req = request->data;
	struct hcbpf_vm *vm = request->vm;

	if (req->flags & ~HCBPF_EVENTFD_NOREPLACE || (req->flags && req->fd == -1))
		return -EINVAL;
	return hcb_eventfds_set(&vm->eventfds, req, vm->ports.nr);
}

static long next_eventfd(struct request *request)
{
	struct hcbpf_next_eventfd *next = request->data;
	struct hcbpf_vm *vm = request->vm;

	if (next->flags || next->reserved)
		return -EINVAL;
	return hcb_eventfds_next(rcu_dereference_protected(vm->eventfds,
							   lockdep_is_held(&vm->lock)),
				 &next->slot);
}

static long next_port(struct request *request)
{
	struct hcbpf_next_port *next = request->data;

	if (next->flags || next->reserved)
		return -EINVAL;
	return hcb_ports_next(&request->vm->ports, next);
}

static long set_rules(struct request *request)
{
	const struct hcbpf_rules *req = request->data;
	struct hcbpf_rule *list = NULL;

	if (req->flags & ~(HCBPF_RULES_FORCE | HCBPF_RULES_IF_GENERATION) ||
	    !hcb_text_is_valid(req->profile))
		return -EINVAL;
	if (req->nr > MAX_RULES)
		return -E2BIG;
	if (req->nr) {
		list = hcb_fetch_array(req->rules, req->nr, sizeof(*list));
		if (IS_ERR(list))
			return PTR_ERR(list);
	}
	return hcb_vm_set_rules(request->vm, req, list);
}

static long get_rules(struct request *request)
{
	struct hcbpf_rules *req = request->data;

	return req->flags ? -EINVAL : hcb_vm_get_rules(request->vm, req);
}

static long set_param(struct request *request)
{
	const struct hcbpf_param *req = request->data;

	if (req->flags)
		return -EINVAL;
	WRITE_ONCE(request->vm->told.event.param, req->param);
	return 0;
}

static long get_attributes(struct request *request)
{
	struct hcbpf_gpa_get *req = request->data;

	if (req->flags & ~HCBPF_GPA_FOLLOW || req->gfn > HCBPF_GPA_FRAMES || !req->nr)
		return -EINVAL;
	return hcb_vm_page_attrs_get(request->vm, request->file, req);
}

static int check_set_attributes(const struct hcbpf_gpa_set *req)
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
static long set_attributes(struct request *request)
{
	struct hcbpf_gpa_set *req = request->data;
	int err = check_set_attributes(req);

	if (err) {
		req->nr = 0;
		return err;
	}
	if (req->flags & HCBPF_GPA_REPLACE)
		return hcb_vm_page_attrs_replace(request->vm, req);
	return hcb_vm_page_attrs_set(request->vm, req);
}

static long reset_attributes(struct request *request)
{
	return hcb_page_attrs_reset(&request->vm->attrs);
}

static long notify_attributes(struct request *request)
{
	const struct hcbpf_gpa_notify *req = request->data;

	if (req->flags || req->reserved)
		return -EINVAL;
	return hcb_page_attrs_notify(&request->vm->attrs, request->file, req->fd);
}

static long get_buffers(struct request *request)
{
	struct hcbpf_buffers *req = request->data;

	return req->flags || req->reserved ? -EINVAL : hcb_vm_get_buffers(request->vm, req);
}

static long set_buffers(struct request *request)
{
	const struct hcbpf_buffers *req = request->data;

	return req->flags || req->reserved ? -EINVAL : hcb_vm_set_buffers(request->vm, req);
}

static long set_buffer_limit(struct request *request)
{
	const struct hcbpf_buffer_limit *req = request->data;

	if (req->flags || req->reserved)
		return -EINVAL;
	return hcb_vm_set_buffer_limit(request->vm, req->limit);
}

static long observe(struct request *request)
{
	const struct hcbpf_observe *req = request->data;

	return req->flags & ~HCBPF_OBSERVE_ON ? -EINVAL : hcb_vm_observe(request->vm, req);
}

static long get_seen(struct request *request)
{
	struct hcbpf_get_seen *req = request->data;

	if (req->flags || req->ticks_khz || req->reserved)
		return -EINVAL;
	return hcb_vm_get_seen(request->vm, req);
}

static bool sdei_request_is_valid(const struct hcbpf_sdei_signal *req)
{
	return !req->flags && !req->result && !req->reserved;
}

static long signal_sdei(struct request *request)
{
	struct hcbpf_sdei_signal *req = request->data;
	int ret;

	if (!sdei_request_is_valid(req))
		return -EINVAL;
	ret = hcb_sdei_vm_signal(request->vm->sdei, req->vcpu_id, req->event);
	trace_sdei(request->vm->id, req->vcpu_id, req->event, ret);
	if (ret < 0)
		return ret;
	req->result = ret;
	return 0;
}

static long cancel_sdei(struct request *request)
{
	const struct hcbpf_sdei_signal *req = request->data;

	if (!sdei_request_is_valid(req))
		return -EINVAL;
	return hcb_sdei_vm_cancel(request->vm->sdei, req->vcpu_id, req->event);
}

static long show_sdei(struct request *request)
{
	return hcb_sdei_vm_show(request->vm->sdei, request->data);
}

static long unbind(struct request *request)
{
	return hcb_vm_end(request->vm);
}

static const struct row binding_requests[] = {
	ROW(HCBPF_VM_GET_INFO, get_vm_info, hcbpf_vm_info, pending_exits, REPLIES),
	ROW(HCBPF_VM_GET_STATS, get_stats, hcbpf_vm_stats, exits, REPLIES),
	ROW(HCBPF_VM_SET_EVENTFD, set_eventfd, hcbpf_set_eventfd, fd, IN_FORCE),
	ROW(HCBPF_VM_NEXT_EVENTFD, next_eventfd, hcbpf_next_eventfd, reserved,
	    REPLIES | IN_FORCE),
	ROW(HCBPF_VM_NEXT_PORT, next_port, hcbpf_next_port, word, REPLIES),
	BARE_ROW(HCBPF_VM_UNBIND, unbind, OPERATORS),
	ROW(HCBPF_VM_SET_RULES, set_rules, hcbpf_rules, profile, OPERATORS),
	ROW(HCBPF_VM_GET_RULES, get_rules, hcbpf_rules, profile, REPLIES),
	ROW(HCBPF_VM_SET_PARAM, set_param, hcbpf_param, param, OPERATORS | IN_FORCE),
	ROW(HCBPF_VM_GPA_GET, get_attributes, hcbpf_gpa_get, default_attr, REPLIES),
	ROW(HCBPF_VM_GPA_SET, set_attributes, hcbpf_gpa_set, generation,
	    OPERATORS | REPLIES_ALWAYS),
	BARE_ROW(HCBPF_VM_GPA_RESET, reset_attributes, OPERATORS | IN_FORCE),
	ROW(HCBPF_VM_GPA_NOTIFY, notify_attributes, hcbpf_gpa_notify, reserved, IN_FORCE),
	ROW(HCBPF_VM_GET_BUFFERS, get_buffers, hcbpf_buffers, buffers, REPLIES),
	ROW(HCBPF_VM_SET_BUFFERS, set_buffers, hcbpf_buffers, buffers, OPERATORS),
	ROW(HCBPF_VM_SET_BUFFER_LIMIT, set_buffer_limit, hcbpf_buffer_limit, reserved, OPERATORS),
	ROW(HCBPF_VM_OBSERVE, observe, hcbpf_observe, flags, 0),
	ROW(HCBPF_VM_GET_SEEN, get_seen, hcbpf_get_seen, reserved, REPLIES),
	ROW(HCBPF_VM_SDEI_SIGNAL, signal_sdei, hcbpf_sdei_signal, reserved, REPLIES | IN_FORCE),
	ROW(HCBPF_VM_SDEI_CANCEL, cancel_sdei, hcbpf_sdei_signal, reserved, IN_FORCE),
	ROW(HCBPF_VM_SDEI_GET, show_sdei, hcbpf_sdei_state, delivered, REPLIES | IN_FORCE),
};

static long binding_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	struct hcbpf_vm *vm = file->private_data;
	struct mem_cgroup *old = set_active_memcg(vm->memcg);
	struct request request = { .file = file, .vm = vm, .arg = (void __user *)arg };
	long ret = serve(binding_requests, ARRAY_SIZE(binding_requests), number, &request);

	set_active_memcg(old);
	return ret;
}

static const struct file_operations binding_fops = {
	.owner = THIS_MODULE,
	.release = binding_release,
	.unlocked_ioctl = binding_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = binding_poll,
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
	if (KVMS(file_is_kvm)(file))
		return file;
	fput(file);
	return ERR_PTR(-EINVAL);
}

static bool claimant_is_valid(const struct hcbpf_bind *bind)
{
	if (bind->flags & HCBPF_BIND_CLAIMANT)
		return bind->flags & HCBPF_BIND_OPERATOR;
	return !bind->claimant;
}

/* What HCBPF_BIND and a template ask for; fills in the default. */
int hcb_bind_check(struct hcbpf_bind *bind)
{
	if (bind->flags & ~BIND_FLAGS || bind->id || !hcb_arch_abi_is_valid(bind->abi))
		return -EINVAL;
	if (bind->reserved || !claimant_is_valid(bind))
		return -EINVAL;
	if (!hcb_name_is_valid(bind->policy) || !hcb_text_is_valid(bind->tag))
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

	vm = hcb_vm_create(bind, vm_file->private_data, vm_file->f_cred->fsuid);
	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		hcb_vm_discard(vm);
		return fd;
	}
	file = anon_inode_getfile(BINDING_NAME, &binding_fops, vm, O_RDWR | O_CLOEXEC);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		hcb_vm_discard(vm);
		goto err_fd;
	}
	err = hcb_vm_publish(vm);	/* from here on @file owns our reference */
	if (err) {
		hcb_policy_put(vm->policy);
		goto err_file;
	}
	bind->id = vm->id;
	err = reply(arg, bind, sizeof(*bind));
	if (err) {
		hcb_vm_end(vm);
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

static long bind_vm(struct request *request)
{
	struct hcbpf_bind *bind = request->data;
	struct file *vm_file;
	long ret;

	ret = hcb_bind_check(bind);
	if (ret)
		return ret;
	if (bind->flags & HCBPF_BIND_OPERATOR && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	vm_file = vm_file_get(bind->vm_fd);
	if (IS_ERR(vm_file))
		return PTR_ERR(vm_file);
	ret = bind_file(bind, vm_file, request->arg);
	fput(vm_file);
	return ret;
}

static struct hcbpf_vm *vm_get_by_fd(int fd)
{
	struct file *vm_file = vm_file_get(fd);
	struct hcbpf_vm *vm;

	if (IS_ERR(vm_file))
		return ERR_CAST(vm_file);
	vm = hcb_vm_get_by_kvm(vm_file->private_data);
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
	return hcb_vm_get_by_id(req->id) ?: ERR_PTR(-ENOENT);
}

static long open_binding(struct request *request)
{
	struct hcbpf_vm *vm = vm_get_for_open(request->data);
	int fd;

	if (IS_ERR(vm))
		return PTR_ERR(vm);
	fd = anon_inode_getfd(BINDING_NAME, &binding_fops, vm, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		hcb_vm_put(vm);
	return fd;
}

static long get_info(struct request *request)
{
	struct hcbpf_info *info = request->data;

	if (info->flags)
		return -EINVAL;
	*info = (struct hcbpf_info) {
		.size = info->size,
		.version = HCBPF_UAPI_VERSION,
		.hook = hcb_arch_hook_state(),
		.nr_vms = hcb_attach_users(),
		.nr_policies = hcb_policy_count(),
	};
	return 0;
}

static long next_vm(struct request *request)
{
	struct hcbpf_next_vm *next = request->data;

	if (next->flags || next->reserved)
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return hcb_vm_next_id(&next->id);
}

static long next_policy(struct request *request)
{
	struct hcbpf_next_policy *next = request->data;

	return next->flags ? -EINVAL : hcb_policy_next(next);
}

static long set_admission(struct request *request)
{
	struct hcbpf_admission *req = request->data;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return req->flags & ~HCBPF_ADMISSION_IF_GENERATION ? -EINVAL : hcb_admit_set(req);
}

static long get_admission(struct request *request)
{
	struct hcbpf_admission *req = request->data;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	return req->flags ? -EINVAL : hcb_admit_get(req);
}

/* ---- claims ---- */

static int claim_release(struct inode *inode, struct file *file)
{
	hcb_claim_end(file->private_data);
	return 0;
}

static const struct file_operations claim_fops = {
	.owner = THIS_MODULE,
	.release = claim_release,
	.llseek = noop_llseek,
};

static int claim_check(const struct hcbpf_claim *req)
{
	if (req->flags || req->holder_pid || req->holder_uid || !hcb_name_is_valid(req->tag))
		return -EINVAL;
	return req->port < MAX_PORTS ? 0 : -ERANGE;
}

static long claim_port(struct request *request)
{
	struct hcbpf_claim *req = request->data;
	struct claim *claim;
	int ret = claim_check(req);

	if (ret)
		return ret;
	claim = hcb_claim_create(req);
	if (claim == ERR_PTR(-EEXIST))
		return reply(request->arg, req, sizeof(*req)) ?: -EEXIST;
	if (IS_ERR(claim))
		return PTR_ERR(claim);
	ret = anon_inode_getfd("hcbpf-claim", &claim_fops, claim, O_RDWR | O_CLOEXEC);
	if (ret < 0)
		hcb_claim_end(claim);
	return ret;
}

static long next_claim(struct request *request)
{
	struct hcbpf_next_claim *next = request->data;

	return next->flags || next->reserved ? -EINVAL : hcb_claim_next(next);
}

static const struct row device_requests[] = {
	ROW(HCBPF_GET_INFO, get_info, hcbpf_info, nr_policies, REPLIES),
	ROW(HCBPF_BIND, bind_vm, hcbpf_bind, tag, 0),		/* it replies by itself */
	ROW(HCBPF_OPEN, open_binding, hcbpf_open, id, 0),
	ROW(HCBPF_NEXT_VM, next_vm, hcbpf_next_vm, reserved, REPLIES),
	ROW(HCBPF_NEXT_POLICY, next_policy, hcbpf_next_policy, name, REPLIES),
	ROW(HCBPF_SET_ADMISSION, set_admission, hcbpf_admission, nr_refused, REPLIES),
	ROW(HCBPF_GET_ADMISSION, get_admission, hcbpf_admission, nr_refused, REPLIES),
	ROW(HCBPF_CLAIM, claim_port, hcbpf_claim, holder_uid, 0),	/* likewise */
	ROW(HCBPF_NEXT_CLAIM, next_claim, hcbpf_next_claim, tag, REPLIES),
};

static long device_ioctl(struct file *file, unsigned int number, unsigned long arg)
{
	struct request request = { .file = file, .arg = (void __user *)arg };

	return serve(device_requests, ARRAY_SIZE(device_requests), number, &request);
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

int hcb_uapi_init(void)
{
	return misc_register(&device);
}

void hcb_uapi_exit(void)
{
	misc_deregister(&device);
}
