// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"
#include "host/check.h"
#include "host/device.h"

int device_open(void)
{
	int fd;

	if (check_failed(check_module) || check_failed(check_device))
		return -1;
	fd = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail(-errno, "cannot open %s: %m", HCBPF_DEVICE);
	return fd;
}

static int request(int fd, unsigned long code, void *arg)
{
	return ioctl(fd, code, arg) < 0 ? -errno : 0;
}

int device_info(int dev, struct hcbpf_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return request(dev, HCBPF_GET_INFO, info);
}

int policy_next(int dev, struct hcbpf_next_policy *policy)
{
	__u32 id = policy->id;

	memset(policy, 0, sizeof(*policy));
	policy->size = sizeof(*policy);
	policy->id = id;
	return request(dev, HCBPF_NEXT_POLICY, policy);
}

int policy_find(int dev, const char *name, struct hcbpf_next_policy *policy)
{
	int err;

	policy->id = 0;
	do {
		err = policy_next(dev, policy);
	} while (!err && strcmp(policy->name, name));
	return err;
}

int vm_next(int dev, uint32_t *id, struct hcbpf_vm **vm)
{
	struct hcbpf_next_vm next = { .size = sizeof(next), .id = *id };
	int err;

	do {
		err = request(dev, HCBPF_NEXT_VM, &next);
		if (err)
			return err;
		err = hcbpf_vm_open_id(next.id, vm);
	} while (err == -ENOENT);
	*id = next.id;
	return err;
}

struct hcbpf_vm *vm_by_id(const char *text)
{
	struct hcbpf_vm *vm;
	uint32_t id;
	int err;

	if (parse_u32(text, &id) || !id) {
		fail(-EINVAL, "\"%s\" is not the id of a VM\nsee `hcbpf vm list`", text);
		return NULL;
	}
	if (check_failed(check_module) || check_failed(check_device))
		return NULL;
	err = hcbpf_vm_open_id(id, &vm);
	if (!err)
		return vm;
	if (err == -ENOENT)
		fail(err, "no VM with id %u is bound\nsee `hcbpf vm list`", id);
	else if (err == -EPERM)
		fail(err, "naming a VM by its id needs CAP_SYS_ADMIN\nrun this as root");
	else
		fail(err, "cannot open VM %u: %s", id, strerror(-err));
	return NULL;
}

int fail_vm_list(int err)
{
	if (err == -EPERM)
		return fail(err, "listing VMs needs CAP_SYS_ADMIN\nrun this as root");
	return fail(err, "cannot list the VMs: %s", strerror(-err));
}

void comm_of(int pid, char comm[32])
{
	char path[32];
	ssize_t len = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		len = read(fd, comm, 31);
		close(fd);
	}
	comm[len > 0 ? len : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}
