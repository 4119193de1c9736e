// SPDX-License-Identifier: GPL-2.0-only
/* unload, policy list, policy show. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf/pins.h"
#include "cli/command.h"
#include "cli/output.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/module.h"

#define UNLOAD_WAIT_MS 2000
#define UNLOAD_STEP_MS 20

static const struct column list_columns[] = {
	{ "name", "NAME" }, { "state", "STATE" }, { "flags", "FLAGS" },
	{ "generation", "GENERATION" }, { "nr_vms", "VMS" }, { 0 }
};

static const struct column show_columns[] = {
	{ "name", "name" }, { "state", "state" }, { "flags", "flags" },
	{ "generation", "generation" }, { "nr_vms", "VMs bound" }, { "program_id", "program" },
	{ "program_tag", "program tag" }, { "verified_insns", "instructions verified" },
	{ "pins", "pins" }, { 0 }
};

static struct json_object *policy_json(const struct hcbpf_next_policy *policy)
{
	struct json_object *object = json_object_new_object(), *flags = json_object_new_array();

	if (policy->ops_flags & HCBPF_OPS_USER)
		list_text(flags, "user");
	add_text(object, "name", policy->name);
	add_text(object, "state", policy->state & HCBPF_POLICY_LOADED ? "loaded" : "unloaded");
	json_object_object_add(object, "flags", flags);
	add_number(object, "generation", policy->generation);
	add_number(object, "nr_vms", policy->nr_vms);
	return object;
}

static int list_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	struct hcbpf_next_policy policy = { 0 };
	int dev = device_open(), err = 0;

	(void)args;
	while (dev >= 0 && !(err = policy_next(dev, &policy)))
		json_object_array_add(rows, policy_json(&policy));
	if (dev < 0 || err != -ENOENT) {
		json_object_put(rows);
		if (dev < 0)
			return EXIT_FAILURE;
		close(dev);
		return fail(err, "cannot list the policies: %s", strerror(-err));
	}
	close(dev);
	out_table(rows, list_columns, "no policy is loaded");
	return EXIT_SUCCESS;
}

/* Of the pinned program; nothing if there is none or it may not be read. */
static void add_program(struct json_object *object, const char *name)
{
	struct bpf_prog_info info = { 0 };
	char tag[2 * BPF_TAG_SIZE + 1];
	__u32 len = sizeof(info);
	struct check why;
	struct pins pins;
	int fd, i;

	fd = pins_open(&pins, name, &why);
	if (!fd)
		fd = pins_get(&pins, "program", "");
	pins_close(&pins);
	if (fd < 0)
		return;
	if (!bpf_prog_get_info_by_fd(fd, &info, &len)) {
		for (i = 0; i < BPF_TAG_SIZE; i++)
			sprintf(tag + 2 * i, "%02x", info.tag[i]);
		add_number(object, "program_id", info.id);
		add_text(object, "program_tag", tag);
		add_number(object, "verified_insns", info.verified_insns);
	}
	close(fd);
}

static int fail_unknown(const char *name)
{
	return fail(-ENOENT, "there is no policy \"%s\"\nsee `hcbpf policy list`", name);
}

static int show_run(const struct args *args)
{
	const char *name = args->words[0];
	struct hcbpf_next_policy policy;
	struct json_object *object;
	int dev, err;

	dev = device_open();
	if (dev < 0)
		return EXIT_FAILURE;
	err = policy_find(dev, name, &policy);
	close(dev);
	if (err)
		return fail_unknown(name);
	object = policy_json(&policy);
	add_null(object, "program_id");
	add_null(object, "program_tag");
	add_null(object, "verified_insns");
	add_null(object, "pins");
	if (policy.state & HCBPF_POLICY_LOADED) {
		add_program(object, name);
		json_object_object_add(object, "pins", pins_list(name));
	}
	out_record(object, show_columns);
	return EXIT_SUCCESS;
}

static bool is_loaded(int dev, const char *name, struct hcbpf_next_policy *policy)
{
	memset(policy, 0, sizeof(*policy));
	return !policy_find(dev, name, policy) && policy->state & HCBPF_POLICY_LOADED;
}

/* The kernel ends a link some time after its pin has gone. */
static bool wait_unloaded(int dev, const char *name, struct hcbpf_next_policy *policy)
{
	const struct timespec step = { .tv_nsec = UNLOAD_STEP_MS * 1000000L };
	int waited;

	for (waited = 0; is_loaded(dev, name, policy); waited += UNLOAD_STEP_MS) {
		if (waited >= UNLOAD_WAIT_MS)
			return false;
		if (waited == 10 * UNLOAD_STEP_MS)
			out_progress("waiting for the kernel to let go of policy \"%s\"", name);
		nanosleep(&step, NULL);
	}
	return true;
}

/* How often the module is in use; -1: that cannot be told. */
static int module_users(void)
{
	FILE *f = fopen("/sys/module/hcbpf/refcnt", "re");
	int users = -1;

	if (f && fscanf(f, "%d", &users) != 1)
		users = -1;
	if (f)
		fclose(f);
	return users;
}

/*
 * The kernel lets go of a policy's program and map, each of which keeps the module, some time
 * after the link. Once nothing else is loaded or bound, the only user left should be our @dev:
 * `rmmod` may come next. Others may have the device open: that is no reason to fail.
 */
static void wait_released(int dev)
{
	const struct timespec step = { .tv_nsec = UNLOAD_STEP_MS * 1000000L };
	struct hcbpf_info info;
	int waited;

	for (waited = 0; waited < UNLOAD_WAIT_MS; waited += UNLOAD_STEP_MS) {
		if (device_info(dev, &info) || info.nr_vms || info.nr_policies)
			return;
		if (module_users() <= 1)
			return;
		nanosleep(&step, NULL);
	}
}

static int unload(int dev, struct pins *pins, const char *name)
{
	const struct journal_about about = { .policy = name };
	struct hcbpf_next_policy policy;
	bool loaded = is_loaded(dev, name, &policy), pinned = pins->dir >= 0;
	struct json_object *object;
	int err;

	if (!loaded && !pinned)
		return fail(-ENOENT, "no policy \"%s\" is loaded\nsee `hcbpf policy list`", name);
	err = pinned ? pins_remove(pins) : 0;
	if (err)
		return fail(err, "cannot remove the pins of \"%s\" under %s: %s", name, PINS_ROOT,
			    strerror(-err));
	if (!wait_unloaded(dev, name, &policy))
		return fail(-EBUSY, "policy \"%s\" is still loaded: its link is held by a process, or "
			    "pinned elsewhere than under %s here\nsee `hcbpf holders` and `bpftool link`", name,
			    PINS_ROOT);
	wait_released(dev);
	journal_write(JOURNAL_POLICY_UNLOADED, &about,
		      "policy %s is unloaded; VMs still bound to it: %u", name, policy.nr_vms);
	object = json_object_new_object();
	add_text(object, "name", name);
	add_number(object, "nr_vms", policy.nr_vms);
	if (policy.nr_vms)
		out_done(object, "policy \"%s\" is unloaded; VMs still bound to it: %u, they go "
			 "on with KVM's own handling", name, policy.nr_vms);
	else
		out_done(object, "policy \"%s\" is unloaded", name);
	return EXIT_SUCCESS;
}

int unload_run(const struct args *args)
{
	const char *name = args->words[0];
	int dev, status = EXIT_FAILURE;
	struct pins pins;

	if (fail_name(name, "a policy's name"))
		return EXIT_USAGE;
	if (check_failed(check_root))
		return EXIT_FAILURE;
	dev = device_open();
	if (dev < 0)
		return EXIT_FAILURE;
	if (pins_lock(&pins, name)) {
		status = unload(dev, &pins, name);
		pins_close(&pins);
	}
	close(dev);
	return status;
}

const struct command policy_verbs[] = {
	{ "list", "", "all policies, oldest first", .run = list_run },
	{ "show", "POLICY", "one policy, its program and its pins", .run = show_run,
	  .min_words = 1, .max_words = 1 },
	{ 0 }
};
