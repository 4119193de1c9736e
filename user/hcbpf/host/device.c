// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cli/command.h"
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

struct hcbpf_vm *vm_by_id(const char *text)
{
	struct hcbpf_vm *vm;
	uint32_t id;
	int err;

	if (parse_vm_id(text, &id))
		return NULL;
	if (check_failed(check_module) || check_failed(check_device))
		return NULL;
	err = hcbpf_vm_open_id(id, &vm);
	if (!err)
		return vm;
	if (err == -ENOENT)
		fail(err, "no VM with id %u is bound\nsee `hcbpf vm list`", id);
	else if (err == -EPERM)
		fail(err, "naming a VM by its id needs CAP_SYS_ADMIN\n%s", hint_root());
	else
		fail(err, "cannot open VM %u: %s", id, strerror(-err));
	return NULL;
}

int fail_vm_list(int err)
{
	if (err == -EPERM)
		return fail(err, "listing VMs needs CAP_SYS_ADMIN\n%s", hint_root());
	return fail(err, "cannot list the VMs: %s", strerror(-err));
}

bool is_operators(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_info info;

	return !hcbpf_vm_info(vm, &info) && info.state & HCBPF_VM_OPERATOR;
}

int fail_operators(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_info info = { 0 };
	uint32_t id = hcbpf_vm_id(vm);

	hcbpf_vm_info(vm, &info);
	if (info.template_name[0])
		return fail(-EPERM, "the operator's template \"%s\" holds VM %u, and only the "
			    "operator may change or end that\n%s", info.template_name, id,
			    hint_root());
	return fail(-EPERM, "the operator has bound VM %u, and only the operator may change or end "
		    "that\n%s", id, hint_root());
}
