// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verb for all bound VMs whose names match. What fails for one is said, and the others are
 * done: for many VMs, a half that is known is worth more than none.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cmd/bulk.h"
#include "host/check.h"
#include "host/remote.h"
#include "host/vmm.h"

struct bulk {
	bulk_fn *fn;
	const void *data;
	struct json_object *rows, *seen;
	int status;
};

/* Two processes may have one VM open. True the first time; ids are the keys, there may be many. */
static bool is_new(struct bulk *bulk, uint32_t id)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", id);
	if (json_object_object_get_ex(bulk->seen, key, NULL))
		return false;
	json_object_object_add(bulk->seen, key, NULL);
	return true;
}

/* For people, what failed has been said; the table has what is done. */
static void add_row(struct bulk *bulk, struct json_object *row, int status)
{
	if (status)
		bulk->status = status;
	json_object_object_add(row, "failure", out_take_failure());
	if (status && !out_is_json())
		json_object_put(row);
	else
		json_object_array_add(bulk->rows, row);
}

static void do_one(struct bulk *bulk, struct hcbpf_vm *vm, const struct vmm *vmm)
{
	struct json_object *row = json_object_new_object();

	add_number(row, "id", hcbpf_vm_id(vm));
	add_number(row, "pid", vmm->pid);
	add_text(row, "name", vmm->name);
	add_row(bulk, row, bulk->fn(vm, vmm->name, row, bulk->data));
}

/* It may be bound, and nobody can tell: that is no success. */
static void cannot_tell(struct bulk *bulk, const struct vmm *vmm, int err)
{
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "id", NULL);
	add_number(row, "pid", vmm->pid);
	add_text(row, "name", vmm->name);
	add_row(bulk, row, fail_process(vmm->pid, err));
}

/* Whether there was something to do. */
static bool try_one(struct bulk *bulk, const struct vmm *vmm)
{
	int vm_fd = vmm_fd(vmm);
	struct hcbpf_vm *vm;
	int err;

	/* It has ended, or closed the VM. */
	if (vm_fd == -ESRCH || vm_fd == -EBADF || vm_fd == -EINVAL)
		return false;
	if (vm_fd < 0) {
		cannot_tell(bulk, vmm, vm_fd);
		return true;
	}
	err = hcbpf_vm_open(vm_fd, &vm);
	close(vm_fd);
	if (err)
		return false;
	if (is_new(bulk, hcbpf_vm_id(vm)))
		do_one(bulk, vm, vmm);
	hcbpf_vm_close(vm);
	return true;
}

int bulk_run(const char *pattern, bulk_fn *fn, const void *data, const struct column *columns)
{
	struct bulk bulk = {
		.fn = fn, .data = data,
		.rows = json_object_new_array(), .seen = json_object_new_object(),
	};
	struct vmms vmms = { 0 };
	const struct vmm *vmm;
	int err = 0, matches = 0;

	if (check_failed(check_module) || check_failed(check_device))
		bulk.status = EXIT_FAILURE;
	else
		err = vmms_find_matching(&vmms, pattern);
	for (vmm = vmms.list; !err && vmm < vmms.list + vmms.nr; vmm++)
		matches += try_one(&bulk, vmm);
	vmms_free(&vmms);
	json_object_put(bulk.seen);
	if (err)
		bulk.status = fail(err, "cannot look for VMs in /proc: %s", strerror(-err));
	else if (!matches && !bulk.status)
		bulk.status = fail(-ENOENT, "no bound VM has a name that matches \"%s\"\n"
				   "see `hcbpf vm list`", pattern);
	if (matches)
		out_table(bulk.rows, columns, NULL);
	else
		json_object_put(bulk.rows);
	return bulk.status;
}
