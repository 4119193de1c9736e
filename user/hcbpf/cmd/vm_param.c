// SPDX-License-Identifier: GPL-2.0-only
/* vm param: a VM's parameter, which means what its policy says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/journal.h"

static int set_param(struct hcbpf_vm *vm, uint64_t param)
{
	int err = hcbpf_vm_set_param(vm, param);

	if (err == -ENODEV)
		return fail(err, "VM %u has ended", hcbpf_vm_id(vm));
	if (err == -EPERM)
		return fail_operators(vm);
	if (err)
		return fail(err, "cannot set the parameter of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	journal_vm(JOURNAL_VM_PARAM, vm, "the parameter of VM %u is now %llu", hcbpf_vm_id(vm),
		   (unsigned long long)param);
	return 0;
}

static int get_param(struct hcbpf_vm *vm, uint64_t *param)
{
	struct hcbpf_vm_info info;
	int err = hcbpf_vm_info(vm, &info);

	if (err)
		return fail(err, "cannot ask for VM %u: %s", hcbpf_vm_id(vm), strerror(-err));
	*param = info.param;
	return 0;
}

int param_run(const struct args *args)
{
	const char *text = args->nr_words > 1 ? args->words[1] : NULL;
	struct json_object *object;
	struct hcbpf_vm *vm;
	uint64_t param;
	int status;

	if (text && parse_u64(text, &param))
		return fail_usage("\"%s\" is not a number of 64 bits", text);
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	status = text ? set_param(vm, param) : get_param(vm, &param);
	if (!status) {
		object = json_object_new_object();
		add_number(object, "id", hcbpf_vm_id(vm));
		add_number(object, "param", param);
		out_done(object, "the parameter of VM %u is %llu (0x%llx)", hcbpf_vm_id(vm),
			 (unsigned long long)param, (unsigned long long)param);
	}
	hcbpf_vm_close(vm);
	return status;
}
