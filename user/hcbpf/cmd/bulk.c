// SPDX-License-Identifier: GPL-2.0-only
/*
 * A verb for all bound VMs whose names match. What fails for one is said, and the others are
 * done: for many VMs, a half that is known is worth more than none.
 */
#include <errno.h>
#include <fnmatch.h>
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
	struct json_object *rows;
	int status;
};

/* Two processes may have one VM open. */
static bool is_done(const struct bulk *bulk, uint32_t id)
{
	struct json_object *row;
	size_t i;

	for (i = 0; i < json_object_array_length(bulk->rows); i++) {
		row = json_object_array_get_idx(bulk->rows, i);
		if (json_object_get_uint64(json_object_object_get(row, "id")) == id)
			return true;
	}
	return false;
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

/* Whether there was a bound VM. */
static bool try_one(struct bulk *bulk, const struct vmm *vmm)
{
	int vm_fd = remote_fd_quiet(vmm->pid, vmm->fd);
	struct hcbpf_vm *vm;
	int err;

	if (vm_fd < 0)
		return false;
	err = hcbpf_vm_open(vm_fd, &vm);
	close(vm_fd);
	if (err)
		return false;
	if (!is_done(bulk, hcbpf_vm_id(vm)))
		do_one(bulk, vm, vmm);
	hcbpf_vm_close(vm);
	return true;
}

int bulk_run(const char *pattern, bulk_fn *fn, const void *data, const struct column *columns)
{
	struct bulk bulk = { .fn = fn, .data = data, .rows = json_object_new_array() };
	int nr = 0, i, matches = 0;
	struct vmm *vmms = NULL;

	if (check_failed(check_module) || check_failed(check_device))
		bulk.status = EXIT_FAILURE;
	else
		nr = vmm_all(&vmms);
	for (i = 0; i < nr; i++)
		if (vmms[i].name[0] && !fnmatch(pattern, vmms[i].name, 0))
			matches += try_one(&bulk, &vmms[i]);
	free(vmms);
	if (nr < 0)
		bulk.status = fail(nr, "cannot look for VMs in /proc: %s", strerror(-nr));
	else if (!matches && !bulk.status)
		bulk.status = fail(-ENOENT, "no bound VM has a name that matches \"%s\"\n"
				   "see `hcbpf vm list`", pattern);
	if (matches)
		out_table(bulk.rows, columns, NULL);
	else
		json_object_put(bulk.rows);
	return bulk.status;
}
