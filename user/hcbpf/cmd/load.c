// SPDX-License-Identifier: GPL-2.0-only
/* load: all or nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/object.h"
#include "bpf/pins.h"
#include "bpf/same.h"
#include "bpf/verifier.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/load.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/module.h"

/* Lines of the verifier's log that are shown without -v. */
#define EXCERPT_LINES 8

const struct option load_options[] = {
	{ "name POLICY", "the policy's name, in place of the one in the file" },
	{ 0 }
};

bool load_machine_ready(void)
{
	check_fn *const needed[] = {
		check_root, check_kernel, check_btf, check_module, check_module_btf,
		check_device, check_bpffs, check_pins,
	};
	size_t i;

	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (check_failed(needed[i]))
			return false;
	return true;
}

static int fail_loaded(const char *name)
{
	if (!pins_exist(name))
		return fail(-EEXIST, "a policy \"%s\" is already loaded, and has no pins under %s "
			    "here\nits pins are in another mount, or a process has it: see "
			    "`hcbpf holders`", name, PINS_ROOT);
	return fail(-EEXIST, "another policy \"%s\" is already loaded\n"
		    "use `hcbpf replace %s` to put this one in its place", name, name);
}

/* The verifier's reason if it gave one, else libbpf's. */
int fail_load(const struct object *object, bool verbose, int err, const char *aftermath)
{
	char *log;

	if (!object->log[0])
		return fail(err, "%s cannot be loaded: %s%s", object->file,
			    libbpf_last_words()[0] ? libbpf_last_words() : strerror(-err),
			    aftermath);
	log = verbose ? strdup(object->log) : verifier_excerpt(object->log, EXCERPT_LINES);
	if (!log)
		return fail(-ENOMEM, "out of memory");
	fail_log(log, err, "the kernel refused %s%s\ncorrect the program%s", object->file,
		 aftermath, verbose ? "" : "; -v shows the whole log of the verifier");
	free(log);
	return EXIT_FAILURE;
}

static int fail_attach(const struct object *object, int err)
{
	if (err == -EEXIST)
		return fail_loaded(object->name);
	return fail(err, "the module refused policy \"%s\": %s%s", object->name, strerror(-err),
		    err == -EINVAL ? "\ncheck its .flags, .nr_calls and .hypercall" : "");
}

static int pin_map(const struct pins *pins, const struct object *object, const struct bpf_map *map,
		   const char *stage)
{
	char prefix[16];

	/* The policy's own map is reached through its link. */
	if (map == object->ops || bpf_map__fd(map) < 0)
		return 0;
	snprintf(prefix, sizeof(prefix), "%smap_", stage);
	return pins_add(pins, prefix, bpf_map__name(map), bpf_map__fd(map));
}

int load_pin_parts(const struct pins *pins, const struct object *object, const char *stage)
{
	struct bpf_map *map;
	int err;

	bpf_object__for_each_map(map, object->bpf) {
		err = pin_map(pins, object, map, stage);
		if (err)
			return err;
	}
	return pins_add(pins, stage, "program", bpf_program__fd(object->program));
}

/* The link last: it is what keeps the policy loaded. */
static int pin_all(const struct pins *pins, const struct object *object,
		   const struct bpf_link *link)
{
	int err = load_pin_parts(pins, object, "");

	return err ? err : pins_add(pins, "link", "", bpf_link__fd(link));
}

static int pin(struct pins *pins, const struct object *object, const struct bpf_link *link)
{
	int err = pins_create(pins);

	if (err == -EEXIST)
		return fail(err, "%s has a directory for \"%s\" with foreign files\nremove it",
			    PINS_ROOT, object->name);
	if (!err) {
		err = pin_all(pins, object, link);
		if (err)
			pins_remove(pins);
	}
	return err ? fail(err, "cannot pin policy \"%s\" under %s: %s", object->name, PINS_ROOT,
			  strerror(-err)) : 0;
}

/* A module whose BTF does not fit its kernel may be ignored silently. */
static int verify(int dev, const struct object *object)
{
	struct hcbpf_next_policy policy;

	if (!policy_find(dev, object->name, &policy) && policy.state & HCBPF_POLICY_LOADED)
		return 0;
	return fail(-EPROTO, "the kernel took policy \"%s\", but the module does not know it\n"
		    "rebuild the module for the running kernel", object->name);
}

static int attach_locked(int dev, struct pins *pins, struct object *object)
{
	struct bpf_link *link;
	int status;

	link = bpf_map__attach_struct_ops(object->ops);
	if (!link)
		return fail_attach(object, -errno);
	status = verify(dev, object);
	if (!status)
		status = pin(pins, object, link);
	/* A pinned link lives on; one that is not ends here, and the policy with it. */
	bpf_link__destroy(link);
	return status;
}

static int attach_and_pin(int dev, struct object *object)
{
	struct pins pins;
	int status;

	if (!pins_make_root() || !pins_lock(&pins, object->name))
		return EXIT_FAILURE;
	status = attach_locked(dev, &pins, object);
	pins_close(&pins);
	return status;
}

static int tell(const struct object *object, bool already)
{
	struct json_object *json = json_object_new_object();

	add_text(json, "name", object->name);
	json_object_object_add(json, "already", json_object_new_boolean(already));
	json_object_object_add(json, "pins", pins_list(object->name));
	out_done(json, "policy \"%s\" is loaded%s", object->name, already ? " already" : "");
	return EXIT_SUCCESS;
}

int load_refused(const struct object *object, int status)
{
	const struct journal_about about = { .policy = object->name };

	journal_write(JOURNAL_POLICY_REFUSED, &about, "policy %s is refused: %s", object->name,
		      out_last_failure());
	return status;
}

static int attach_and_tell(int dev, struct object *object)
{
	const struct journal_about about = { .policy = object->name };
	int status = attach_and_pin(dev, object);

	if (status)
		return load_refused(object, status);
	journal_write(JOURNAL_POLICY_LOADED, &about, "policy %s is loaded from %s", object->name,
		      object->file);
	return tell(object, false);
}

/* Loading what is loaded changes nothing, so that scripts may do it again. */
static int load(int dev, struct object *object, bool verbose)
{
	struct hcbpf_next_policy policy;
	bool taken;
	int err;

	taken = !policy_find(dev, object->name, &policy) && policy.state & HCBPF_POLICY_LOADED;
	err = object_load(object);
	if (err)
		return load_refused(object, fail_load(object, verbose, err, ""));
	if (taken)
		return policy_is_same(object) ? tell(object, true) : fail_loaded(object->name);
	return attach_and_tell(dev, object);
}

int load_run(const struct args *args)
{
	const char *file = args->nr_words ? args->words[0] : NULL, *name = option_value(args, "name");
	int dev, status = EXIT_FAILURE;
	struct object object;

	if (name && fail_name(name, "a policy's name"))
		return EXIT_USAGE;
	libbpf_listen(args->verbose);
	if (object_open(&object, file, name) && load_machine_ready()) {
		dev = device_open();
		if (dev >= 0) {
			status = load(dev, &object, args->verbose);
			close(dev);
		}
	}
	object_close(&object);
	return status;
}
