// SPDX-License-Identifier: GPL-2.0-only
/* vm list, vm show. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/profile.h"
#include "cmd/stats.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/module.h"
#include "host/remote.h"
#include "host/sample.h"
#include "host/vmm.h"
#include "text/abi_names.h"
#include "text/counters.h"
#include "text/moved.h"

const struct option list_options[] = {
	{ "all", "VMs that are not bound, too" },
	{ 0 }
};

static const struct column list_columns[] = {
	{ "id", "ID" }, { "pid", "PID" }, { "command", "COMMAND" }, { "name", "NAME" },
	{ "user", "USER" }, { "policy", "POLICY" }, { "profile", "PROFILE" },
	{ "template", "TEMPLATE" }, { "operator", "OPERATOR" }, { "observed", "OBSERVED" },
	{ "calls_per_second", "CALLS/S" }, { "abi", "ABI" }, { "tag", "TAG" },
	{ "state", "STATE" }, { 0 }
};

static const struct column show_columns[] = {
	{ "id", "id" }, { "pid", "pid" }, { "command", "command" }, { "name", "name" },
	{ "user", "user" },
	{ "policy", "policy" }, { "abi", "abi" }, { "tag", "tag" }, { "state", "state" },
	{ "template", "template" }, { "operator", "operator's" }, { "observed", "observed" },
	{ "param", "parameter" }, { "profile", "profile" }, { "profile_state", "profile is" },
	{ "nr_rules", "rules" },
	{ "rules_generation", "changes of rules" }, { "rules_forced", "forced changes" },
	{ "ports_size", "port table size" }, { "nr_eventfds", "eventfds" },
	{ "memory", "kernel memory" }, { "pending_exits", "pending exits" },
	{ "gpa_generation", "attributes generation" }, { "gpa_memory", "attributes memory" },
	{ "done", "done" }, { "pass", "pass" }, { "exits", "exits" },
	{ "bad_verdict", "bad verdict" }, { "no_policy", "no policy" },
	{ "user_mode", "user mode" }, { "nested", "nested" }, { "signals", "signals" },
	{ "faults", "faults" }, { "gpa_sets", "gpa sets" },
	{ "gpa_failures", "gpa failures" }, { "nr_buffers", "buffers" },
	{ "buffer_limit", "buffer limit" }, { "encrypted", "encrypted" },
	{ "buffer_hits", "buffer hits" }, { "buffer_misses", "buffer misses" },
	{ "walks", "walks" }, { "movable", "can be moved" }, { "moved_size", "size when moved" },
	{ "warning", "warning" }, { 0 }
};

static const char *state_name(__u32 state)
{
	if (state & HCBPF_VM_ENDED)
		return "ended";
	return state & HCBPF_VM_NO_POLICY ? "no policy" : "active";
}

/* The process may have ended since its number was told: it has no user then. */
static void add_process(struct json_object *object, uint32_t pid)
{
	struct vm_names names;

	vm_names(pid, &names);
	add_id(object, "pid", pid);
	add_text(object, "command", names.command);
	add_text(object, "name", names.name);
	add_text(object, "user", names.user);
	json_object_object_add(object, "uid",
			       names.user[0] ? json_object_new_int64(names.uid) : NULL);
}

struct json_object *vm_json(const struct hcbpf_vm_info *info)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "id", info->id);
	add_process(object, info->pid);
	add_text(object, "policy", info->policy);
	add_text(object, "profile", info->profile);
	add_text(object, "abi", abi_name(info->abi) ? abi_name(info->abi) : "?");
	add_text(object, "tag", info->tag);
	add_text(object, "state", state_name(info->state));
	add_text(object, "template", info->template_name);
	json_object_object_add(object, "operator",
			       json_object_new_boolean(info->state & HCBPF_VM_OPERATOR));
	return object;
}

/* ---- list ---- */

/*
 * A bound VM, and the calls of its guest at the beginning of the interval. No handle:
 * there may be more VMs than a process may have descriptors.
 */
struct listed {
	uint32_t id;
	uint64_t calls;
};

static uint64_t all_calls(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_stats stats;

	if (hcbpf_vm_stats(vm, &stats))
		return 0;
	return counters_calls(&stats);
}

/* Returns how many, or a negative errno. */
static int collect(int dev, struct listed **list)
{
	struct listed *more;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int nr = 0, err;

	while (!(err = vm_next(dev, &id, &vm))) {
		more = realloc(*list, (nr + 1) * sizeof(*more));
		if (!more)
			abort();
		*list = more;
		more[nr++] = (struct listed){ id, all_calls(vm) };
		hcbpf_vm_close(vm);
	}
	return err == -ENOENT ? nr : err;
}

/* One that has ended meanwhile is no bound VM. Ids are not used again soon. */
static void add_row(struct json_object *rows, const struct listed *listed, double seconds)
{
	struct hcbpf_vm_info info;
	struct json_object *row;
	struct hcbpf_vm *vm;

	if (hcbpf_vm_open_id(listed->id, &vm))
		return;
	if (!hcbpf_vm_info(vm, &info) && !(info.state & HCBPF_VM_ENDED)) {
		row = vm_json(&info);
		calls_add_observed(row, hcbpf_vm_is_observed(vm));
		add_number(row, "calls_per_second",
			   (all_calls(vm) - listed->calls) / seconds + 0.5);
		json_object_array_add(rows, row);
	}
	hcbpf_vm_close(vm);
}

/* Rates are what happens in a fifth of a second from now. */
static void add_bound(struct json_object *rows, const struct listed *list, int nr)
{
	struct timespec from, to, pause = { .tv_nsec = 200000000 };
	double seconds;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	nanosleep(&pause, NULL);
	clock_gettime(CLOCK_MONOTONIC, &to);
	seconds = to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9;
	for (i = 0; i < nr; i++)
		add_row(rows, &list[i], seconds);
}

static const char CANNOT_BE_TOLD[] = "cannot be told";

/* What its state is if it is not bound, NULL if it is, or has gone. */
static const char *unbound_state(const struct vmm *vmm)
{
	int vm_fd = vmm_fd(vmm);
	struct hcbpf_vm *vm;
	int err;

	if (vm_fd == -ESRCH || vm_fd == -EBADF || vm_fd == -EINVAL)
		return NULL;
	if (vm_fd < 0)
		return CANNOT_BE_TOLD;
	err = hcbpf_vm_open(vm_fd, &vm);
	close(vm_fd);
	if (err)
		return "not bound";
	hcbpf_vm_close(vm);
	return NULL;
}

static void add_unbound_row(struct json_object *rows, const struct vmm *vmm, const char *state)
{
	static const char *const of_bindings[] = {
		"policy", "profile", "template", "operator", "observed", "abi", "tag",
		"calls_per_second", NULL
	};
	struct json_object *row = json_object_new_object();
	const char *const *key;

	add_null(row, "id");
	add_process(row, vmm->pid);
	for (key = of_bindings; *key; key++)
		add_null(row, *key);
	add_text(row, "state", state);
	json_object_array_add(rows, row);
}

/* Why the list may not be all there is. */
static void say_hidden(int hidden, int unknown)
{
	if (hidden)
		out_progress("not in the list: what %d process%s has that cannot be looked into; %s",
			     hidden, hidden == 1 ? "" : "es", hint_forbidden());
	if (unknown)
		out_progress("it cannot be told whether %d VM%s bound; %s", unknown,
			     unknown == 1 ? " is" : "s are", hint_forbidden());
}

static int add_unbound(struct json_object *rows)
{
	const struct vmm *vmm;
	int unknown = 0, err;
	struct vmms vmms;
	const char *state;

	err = vmms_find(&vmms);
	if (err) {
		vmms_free(&vmms);
		return fail(err, "cannot look for VMs in /proc: %s", strerror(-err));
	}
	for (vmm = vmms.list; vmm < vmms.list + vmms.nr; vmm++) {
		/* Counted among those that cannot be looked into. */
		state = vmm->err ? NULL : unbound_state(vmm);
		unknown += state == CANNOT_BE_TOLD;
		if (state)
			add_unbound_row(rows, vmm, state);
	}
	say_hidden(vmms.hidden, unknown);
	vmms_free(&vmms);
	return 0;
}

int list_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	struct listed *list = NULL;
	int dev, nr, status = 0;

	dev = device_open();
	if (dev < 0) {
		json_object_put(rows);
		return EXIT_FAILURE;
	}
	nr = collect(dev, &list);
	close(dev);
	if (nr > 0)
		add_bound(rows, list, nr);
	free(list);
	if (nr < 0)
		status = fail_vm_list(nr);
	else if (option_value(args, "all"))
		status = add_unbound(rows);
	if (status) {
		json_object_put(rows);
		return status;
	}
	out_table(rows, list_columns, option_value(args, "all") ?
		  "no VM is bound, and no process that can be looked into has one" :
		  "no VM is bound; `hcbpf vm list --all` has the others");
	return EXIT_SUCCESS;
}

/* ---- show ---- */

/* A VM's profile is a name. Do its rules still say what the profile of that name says? */
static void add_profile(struct json_object *object, struct hcbpf_vm *vm)
{
	struct vm_rules rules;
	char text[48];
	int drift;

	add_null(object, "profile_state");
	add_null(object, "profile_differs");
	if (vm_rules_read(vm, &rules))
		return;
	add_text(object, "profile", rules.profile);
	if (rules.profile[0]) {
		drift = profile_drift(&rules);
		snprintf(text, sizeof(text), "not known here");
		if (drift > 0)
			snprintf(text, sizeof(text), "not what it is here: %d differ", drift);
		add_text(object, "profile_state", drift ? text : "as it is here");
		json_object_object_add(object, "profile_differs",
				       drift < 0 ? NULL : json_object_new_int(drift));
	}
	free(rules.rules);
}

/* What QEMU's migration stream would have to carry now. */
static void add_move(struct json_object *object, struct hcbpf_vm *vm)
{
	void *state, *packed;
	size_t size;
	int err;

	err = hcbpf_vm_save(vm, &state, &size);
	if (!err) {
		err = moved_pack(state, size, &packed, &size);
		free(state);
	}
	if (!err)
		free(packed);
	json_object_object_add(object, "movable",
			       json_object_new_boolean(!err && size <= MOVED_MAX));
	json_object_object_add(object, "moved_size", err ? NULL : json_object_new_uint64(size));
}

static void add_details(struct json_object *object, struct hcbpf_vm *vm,
			const struct hcbpf_vm_info *info, const struct hcbpf_vm_stats *stats)
{
	add_profile(object, vm);
	calls_add_observed(object, hcbpf_vm_is_observed(vm));
	add_number(object, "param", info->param);
	add_number(object, "nr_rules", info->nr_rules);
	add_number(object, "rules_generation", info->rules_generation);
	add_number(object, "rules_forced", info->rules_forced);
	add_number(object, "ports_size", info->nr_ports);
	add_number(object, "nr_eventfds", info->nr_eventfds);
	add_number(object, "memory", info->memory);
	add_number(object, "pending_exits", info->pending_exits);
	add_number(object, "gpa_generation", info->gpa_generation);
	add_number(object, "gpa_nodes", info->gpa_nodes);
	add_number(object, "gpa_memory", info->gpa_memory);
	add_number(object, "nr_buffers", info->nr_buffers);
	add_number(object, "buffer_limit", info->buffer_limit);
	json_object_object_add(object, "encrypted",
			       json_object_new_boolean(info->state & HCBPF_VM_ENCRYPTED));
	add_move(object, vm);
	stats_add(object, stats);
	stats_add_warning(object, info->policy, stats);
}

int show_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	struct json_object *object = NULL;
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	uint32_t id;
	int err;

	if (!vm)
		return EXIT_FAILURE;
	id = hcbpf_vm_id(vm);
	err = hcbpf_vm_info(vm, &info);
	if (!err)
		err = hcbpf_vm_stats(vm, &stats);
	if (!err) {
		object = vm_json(&info);
		add_details(object, vm, &info, &stats);
	}
	hcbpf_vm_close(vm);
	if (err)
		return fail(err, "cannot ask for VM %u: %s", id, strerror(-err));
	out_record(object, show_columns);
	return EXIT_SUCCESS;
}
