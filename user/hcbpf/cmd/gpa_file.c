// SPDX-License-Identifier: GPL-2.0-only
/* gpa export, gpa import: page attributes as a file (<hcbpf/state.h>). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/file.h"
#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/which_vm.h"

static int export(struct hcbpf_vm *vm, const char *file)
{
	struct json_object *object;
	int err, status;
	size_t size;
	void *data;

	err = hcbpf_gpa_export(vm, &data, &size);
	if (err)
		return fail_gpa(err, "export the page attributes of", vm);
	status = file_write(file, FILE_PRIVATE, data, size);
	free(data);
	if (status)
		return status;
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "file", file);
	add_number(object, "size", size);
	out_done(object, "the page attributes of VM %u are in %s: %zu bytes", hcbpf_vm_id(vm), file,
		 size);
	return EXIT_SUCCESS;
}

int gpa_export_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	int status = vm ? export(vm, args->words[1]) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

static const char *remedy(uint32_t reason)
{
	switch (reason) {
	case HCBPF_STATE_MALFORMED:
	case HCBPF_STATE_TRUNCATED:
	case HCBPF_STATE_TRAILING:
	case HCBPF_STATE_CHECKSUM:
		return "\ncopy or export it again";
	case HCBPF_STATE_VERSION_UNKNOWN:
	case HCBPF_STATE_UNKNOWN_SECTION:
		return "\nuse a newer hcbpf, as the one that wrote it";
	default:
		return "";
	}
}

static int import(struct hcbpf_vm *vm, const char *file, const void *data, size_t size)
{
	struct hcbpf_state_error error;
	struct json_object *object;
	int err;

	err = hcbpf_gpa_import(vm, data, size, &error);
	if (err == -EBADMSG)
		return fail(err, "cannot import %s: %s%s", file, error.text, remedy(error.reason));
	if (err)
		return fail_gpa(err, "replace the page attributes of", vm);
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "file", file);
	out_done(object, "the page attributes of VM %u are now those in %s", hcbpf_vm_id(vm), file);
	return EXIT_SUCCESS;
}

int gpa_import_run(const struct args *args)
{
	const char *file = args->words[1];
	struct hcbpf_vm *vm;
	int err, status;
	size_t size;
	char *data;

	err = file_read_or_stdin(file, HCBPF_STATE_MAX_LENGTH, &data, &size);
	if (err)
		return fail(err, "cannot read %s: %s", file, file_error(err));
	vm = which_vm(args);
	status = vm ? import(vm, file, data, size) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	free(data);
	return status;
}
