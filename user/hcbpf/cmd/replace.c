// SPDX-License-Identifier: GPL-2.0-only
/* replace: another program under a loaded policy's name, while guests run. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf/pins.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/load.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/module.h"

const struct option replace_options[] = {
	{ "rename", "take a policy that has another name in its file, too" },
	{ 0 }
};

/*
 * bpf_link__update_map() takes only links that this process has made. Through
 * the system call the map must be made ready first, which is what libbpf does
 * before it tries to link the map; the name is taken, so that fails, and the
 * map is left ready.
 */
static int update_link(const struct object *object, int link_fd)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(object->ops);

	if (link) {
		/* The policy was unloaded meanwhile. */
		bpf_link__destroy(link);
		return -ENOENT;
	}
	if (errno != EEXIST)
		return -errno;
	return bpf_link_update(link_fd, bpf_map__fd(object->ops), NULL) ? -errno : 0;
}

/* What can fail comes first: pinning the new parts under other names. */
static int swap(const struct pins *pins, const struct object *object, int link_fd)
{
	const char *name = object->name;
	int err;

	err = pins_drop_next(pins);
	if (!err)
		err = load_pin_parts(pins, object, PINS_NEXT);
	if (err) {
		pins_drop_next(pins);
		return fail(err, "cannot pin the new program under %s: %s; policy \"%s\" goes on "
			    "as it was", PINS_ROOT, strerror(-err), name);
	}
	err = update_link(object, link_fd);
	if (err) {
		pins_drop_next(pins);
		return fail(err, "the module refused the new program: %s; policy \"%s\" goes on as "
			    "it was%s", strerror(-err), name,
			    err == -EINVAL ? "\ncheck its .flags and .hypercall" : "");
	}
	err = pins_commit_next(pins);
	return err ? fail(err, "policy \"%s\" is replaced, but its pins under %s are not all new: "
			  "%s", name, PINS_ROOT, strerror(-err)) : 0;
}

static int fail_link(const struct pins *pins, const struct object *object, int err)
{
	if (err == -ENOENT)
		return fail(err, "policy \"%s\" has no pins here: there is no %s/%s/link\n"
			    "its pins are in another mount, or a process has it: see "
			    "`hcbpf holders`", object->name, PINS_ROOT, pins->name);
	if (err == -ELOOP)
		return fail(err, "%s/%s/link is not a pin of root's\nremove it", PINS_ROOT,
			    pins->name);
	return fail(err, "cannot use %s/%s/link: %s", PINS_ROOT, pins->name, strerror(-err));
}

static int swap_locked(const struct pins *pins, const struct object *object)
{
	int fd = pins_get(pins, "link", ""), status;

	if (fd < 0)
		return fail_link(pins, object, fd);
	status = swap(pins, object, fd);
	close(fd);
	return status;
}

static int swap_and_tell(int dev, const struct object *object)
{
	const struct journal_about about = { .policy = object->name };
	struct hcbpf_next_policy policy = { 0 };
	struct json_object *json;
	struct pins pins;
	int status;

	if (!pins_lock(&pins, object->name))
		return EXIT_FAILURE;
	status = swap_locked(&pins, object);
	pins_close(&pins);
	if (status)
		return status;
	journal_write(JOURNAL_POLICY_REPLACED, &about, "policy %s is replaced by that of %s",
		      object->name, object->file);
	policy_find(dev, object->name, &policy);
	json = json_object_new_object();
	add_text(json, "name", object->name);
	add_number(json, "generation", policy.generation);
	add_number(json, "nr_vms", policy.nr_vms);
	json_object_object_add(json, "pins", pins_list(object->name));
	out_done(json, "policy \"%s\" is replaced; VMs bound to it: %u", object->name,
		 policy.nr_vms);
	return EXIT_SUCCESS;
}

static int replace(int dev, struct object *object, bool verbose)
{
	char aftermath[80];
	int err;

	err = object_load(object);
	if (!err)
		return swap_and_tell(dev, object);
	snprintf(aftermath, sizeof(aftermath), "; policy \"%s\" goes on as it was", object->name);
	return load_refused(object, fail_load(object, verbose, err, aftermath));
}

static bool is_loaded(int dev, const char *name)
{
	struct hcbpf_next_policy policy;

	if (!policy_find(dev, name, &policy) && policy.state & HCBPF_POLICY_LOADED)
		return true;
	fail(-ENOENT, "no policy \"%s\" is loaded\nuse `hcbpf load`, or see `hcbpf policy list`",
	     name);
	return false;
}

static bool has_name(const struct object *object, const char *name)
{
	if (!strcmp(object->name, name))
		return true;
	fail(-EINVAL, "the policy in %s is called \"%s\", not \"%s\"\n"
	     "with --rename it replaces \"%s\" all the same", object->file, object->name, name,
	     name);
	return false;
}

int replace_run(const struct args *args)
{
	const char *name = args->words[0];
	const char *file = args->nr_words == 2 ? args->words[1] : NULL;
	const char *rename = option_value(args, "rename") ? name : NULL;
	int dev, status = EXIT_FAILURE;
	struct object object;

	if (fail_name(name, "a policy's name"))
		return EXIT_USAGE;
	libbpf_listen(args->verbose);
	if (object_open(&object, file, rename) && has_name(&object, name) && load_machine_ready()) {
		dev = device_open();
		if (dev >= 0) {
			if (is_loaded(dev, name))
				status = replace(dev, &object, args->verbose);
			close(dev);
		}
	}
	object_close(&object);
	return status;
}
