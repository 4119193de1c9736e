// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Bindings: making, finding, asking and ending them. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

unsigned int libhcbpf_version(void)
{
	return LIBHCBPF_MAJOR << 16 | LIBHCBPF_MINOR;
}

static int device_open(void)
{
	int fd = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	/* A node that outlived the module gives ENXIO. */
	return errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
}

int hcbpf_device_request(unsigned long request, void *arg)
{
	int dev, fd;

	dev = device_open();
	if (dev < 0)
		return dev;
	fd = hcbpf_ioctl(dev, request, arg);
	close(dev);
	return fd;
}

/* Let @vm own the binding's file descriptor @fd. */
static int vm_init(struct hcbpf_vm *vm, int fd)
{
	struct hcbpf_vm_info info;
	int err;

	vm->fd = fd;
	err = hcbpf_vm_info(vm, &info);
	if (err)
		return err;
	vm->id = info.id;
	vm->nr_ports = info.nr_ports;
	return 0;
}

static int bind_fill(struct hcbpf_bind *bind, int vm_fd, const struct hcbpf_bind_opts *opts)
{
	struct hcbpf_bind_opts o;
	int err;

	err = hcbpf_opts_copy(&o, sizeof(o), opts);
	if (err)
		return err;
	memset(bind, 0, sizeof(*bind));
	bind->size = sizeof(*bind);
	bind->vm_fd = vm_fd;
	bind->abi = o.abi;
	bind->nr_ports = o.nr_ports;
	bind->flags = o.flags;
	bind->param = o.param;
	bind->claimant = o.claimant;
	err = hcbpf_name_copy(bind->policy, o.policy ? o.policy : "standard");
	if (!err)
		err = hcbpf_name_copy(bind->tag, o.tag ? o.tag : "");
	return err;
}

int hcbpf_vm_set_param(struct hcbpf_vm *vm, uint64_t param)
{
	struct hcbpf_param set = { .size = sizeof(set), .param = param };

	return hcbpf_ioctl(vm->fd, HCBPF_VM_SET_PARAM, &set);
}

int hcbpf_vm_bind(int vm_fd, const struct hcbpf_bind_opts *opts, struct hcbpf_vm **vm)
{
	struct hcbpf_bind bind;
	struct hcbpf_vm *new;
	int err, fd;

	err = bind_fill(&bind, vm_fd, opts);
	if (err)
		return err;
	/* Memory first: once the VM is bound, nothing may fail for lack of it. */
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	fd = hcbpf_device_request(HCBPF_BIND, &bind);
	if (fd < 0) {
		free(new);
		return fd;
	}
	err = vm_init(new, fd);
	if (err) {
		hcbpf_vm_unbind(new);
		hcbpf_vm_close(new);
		return err;
	}
	*vm = new;
	return 0;
}

static int vm_open(int vm_fd, uint32_t id, struct hcbpf_vm **vm)
{
	struct hcbpf_open open = { .size = sizeof(open), .vm_fd = vm_fd, .id = id };
	struct hcbpf_vm *new;
	int err, fd;

	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	fd = hcbpf_device_request(HCBPF_OPEN, &open);
	if (fd < 0) {
		free(new);
		return fd;
	}
	err = vm_init(new, fd);
	if (err) {
		hcbpf_vm_close(new);
		return err;
	}
	*vm = new;
	return 0;
}

int hcbpf_vm_open(int vm_fd, struct hcbpf_vm **vm)
{
	/* -1 would mean "by id" to the kernel. */
	return vm_fd < 0 ? -EBADF : vm_open(vm_fd, 0, vm);
}

int hcbpf_vm_open_id(uint32_t id, struct hcbpf_vm **vm)
{
	return vm_open(-1, id, vm);
}

void hcbpf_vm_close(struct hcbpf_vm *vm)
{
	if (!vm)
		return;
	hcbpf_ports_unmap(vm);
	hcbpf_gpa_unmap(vm);
	close(vm->fd);
	free(vm);
}

int hcbpf_vm_unbind(struct hcbpf_vm *vm)
{
	return hcbpf_ioctl(vm->fd, HCBPF_VM_UNBIND, NULL);
}

uint32_t hcbpf_vm_id(const struct hcbpf_vm *vm)
{
	return vm->id;
}

int hcbpf_vm_fd(const struct hcbpf_vm *vm)
{
	return vm->fd;
}

int hcbpf_vm_info_sz(struct hcbpf_vm *vm, struct hcbpf_vm_info *info, size_t size)
{
	if (size < sizeof(info->size) || size > UINT32_MAX)
		return -EINVAL;
	memset(info, 0, size);
	info->size = size;
	return hcbpf_ioctl(vm->fd, HCBPF_VM_GET_INFO, info);
}

int hcbpf_vm_stats_sz(struct hcbpf_vm *vm, struct hcbpf_vm_stats *stats, size_t size)
{
	if (size < sizeof(stats->size) || size > UINT32_MAX)
		return -EINVAL;
	memset(stats, 0, size);
	stats->size = size;
	return hcbpf_ioctl(vm->fd, HCBPF_VM_GET_STATS, stats);
}
