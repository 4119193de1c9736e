// SPDX-License-Identifier: GPL-2.0-only
/* gpa: the attributes of a VM's pages. Reset is here, the other verbs have their files. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "text/gpa_words.h"

void gpa_add_attr(struct json_object *object, const char *key, uint32_t attr)
{
	struct json_object *value = json_object_new_object();
	char text[ATTR_TEXT];

	attr_text(text, attr);
	add_number(value, "attr", attr);
	json_object_object_add(value, "encrypted",
			       json_object_new_boolean(attr & HCBPF_GPA_ENCRYPTED));
	add_number(value, "key", attr >> HCBPF_GPA_KEY_SHIFT);
	add_text(value, "text", text);
	json_object_object_add(object, key, value);
}

struct json_object *gpa_range_json(const struct hcbpf_gpa_range *range)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "address", range->gfn << HCBPF_GPA_PAGE_SHIFT);
	add_number(object, "size", range->npages << HCBPF_GPA_PAGE_SHIFT);
	add_number(object, "pages", range->npages);
	return object;
}

int fail_gpa(int err, const char *what, struct hcbpf_vm *vm)
{
	uint32_t id = hcbpf_vm_id(vm);

	switch (err) {
	case -ENODEV:
		return fail(err, "VM %u has ended", id);
	case -EPERM:
		return fail_operators(vm);
	case -EAGAIN:
		return fail(err, "cannot %s VM %u: its guest changes them faster than they can be "
			    "read\npause the guest", what, id);
	case -EBUSY:
		return fail(err, "cannot %s VM %u: somebody else is replacing them\n"
			    "try again", what, id);
	default:
		return fail(err, "cannot %s VM %u: %s", what, id, strerror(-err));
	}
}

static int reset(struct hcbpf_vm *vm)
{
	struct json_object *object;
	int err = hcbpf_gpa_reset(vm);

	if (err)
		return fail_gpa(err, "reset the page attributes of", vm);
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	out_done(object, "all pages of VM %u have the default attribute again", hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

static int reset_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	int status = vm ? reset(vm) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

const struct command gpa_verbs[] = {
	{ "show", "VM [--map] [--svg FILE] [--from ADDRESS] [--to ADDRESS]",
	  "the attributes of a VM's pages, as a list or as a picture", .run = gpa_show_run,
	  .min_words = 1, .max_words = 1, .options = gpa_show_options, .takes_vm = true },
	{ "export", "VM FILE [--bitmap [--first N] [--pages N]]",
	  "write them to a file, for import; or a bit for each page", .run = gpa_export_run,
	  .options = gpa_export_options,
	  .min_words = 2, .max_words = 2, .takes_vm = true },
	{ "import", "VM FILE", "make them what such a file says, all at once",
	  .run = gpa_import_run, .min_words = 2, .max_words = 2, .takes_vm = true },
	{ "watch", "VM [--count N]", "print changes as they come", .run = gpa_watch_run,
	  .min_words = 1, .max_words = 1, .options = gpa_watch_options, .takes_vm = true },
	{ "reset", "VM", "give all pages the default attribute: the guest starts anew",
	  .run = reset_run, .min_words = 1, .max_words = 1, .takes_vm = true },
	{ 0 }
};
