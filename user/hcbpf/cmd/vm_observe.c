// SPDX-License-Identifier: GPL-2.0-only
/* vm observe: count a VM's calls by kind; `vm calls`, `top` and `metrics` show them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cmd/bulk.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"

const struct option observe_options[] = {
	{ "off", "count no more, and forget what was counted" },
	{ "all-matching PATTERN", "in place of a VM: all bound ones whose names match" },
	{ 0 }
};

/* What is so already is no failure. */
static int observe(struct hcbpf_vm *vm, uint32_t flags, struct json_object *object)
{
	uint32_t id = hcbpf_vm_id(vm);
	int err = hcbpf_vm_observe(vm, flags);

	if (err == -ENODEV)
		return fail(err, "VM %u has ended", id);
	if (err && err != -EALREADY)
		return fail(err, "cannot %s observing VM %u: %s", flags ? "begin" : "end", id,
			    strerror(-err));
	json_object_object_add(object, "observed", json_object_new_boolean(!!flags));
	json_object_object_add(object, "already", json_object_new_boolean(!!err));
	return 0;
}

static int observe_another(struct hcbpf_vm *vm, const char *name, struct json_object *row,
			   const void *flags)
{
	(void)name;
	add_null(row, "observed");
	add_null(row, "already");
	return observe(vm, *(const uint32_t *)flags, row);
}

static int observe_one(struct hcbpf_vm *vm, uint32_t flags)
{
	struct json_object *object = json_object_new_object();
	uint32_t id = hcbpf_vm_id(vm);
	const char *already;

	add_number(object, "id", id);
	if (observe(vm, flags, object)) {
		json_object_put(object);
		return EXIT_FAILURE;
	}
	already = json_object_get_boolean(json_object_object_get(object, "already")) ?
		  " already" : "";
	if (flags)
		out_done(object, "VM %u is observed%s; `hcbpf vm calls %u` shows its calls", id,
			 already, id);
	else
		out_done(object, "VM %u is not observed%s", id,
			 already[0] ? ", and was not" : " any more");
	return EXIT_SUCCESS;
}

int observe_run(const struct args *args)
{
	static const struct column columns[] = {
		{ "id", "ID" }, { "pid", "PID" }, { "name", "NAME" }, { "observed", "OBSERVED" },
		{ 0 }
	};
	const uint32_t flags = option_value(args, "off") ? 0 : HCBPF_OBSERVE_ON;
	const char *pattern = option_value(args, "all-matching");
	struct hcbpf_vm *vm;
	int status;

	if (pattern)
		return bulk_run(pattern, observe_another, &flags, columns);
	vm = which_vm(args);
	status = vm ? observe_one(vm, flags) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	return status;
}
