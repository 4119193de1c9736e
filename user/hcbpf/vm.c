// SPDX-License-Identifier: GPL-2.0-only
/* vm list, show, attach, detach; save.c has save and restore. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "check.h"
#include "command.h"
#include "device.h"
#include "names.h"
#include "output.h"
#include "profile.h"
#include "remote.h"
#include "stats.h"
#include "vm.h"

static const struct column list_columns[] = {
	{ "id", "ID" }, { "pid", "PID" }, { "command", "COMMAND" }, { "user", "USER" },
	{ "policy", "POLICY" }, { "abi", "ABI" }, { "tag", "TAG" }, { "state", "STATE" }, { 0 }
};

static const struct column show_columns[] = {
	{ "id", "id" }, { "pid", "pid" }, { "command", "command" }, { "user", "user" },
	{ "policy", "policy" }, { "abi", "abi" }, { "tag", "tag" }, { "state", "state" },
	{ "profile", "profile" }, { "profile_state", "profile is" }, { "rules", "rules" },
	{ "rules_generation", "changes of rules" }, { "rules_forced", "forced changes" },
	{ "ports", "port table size" }, { "eventfds", "eventfds" },
	{ "memory", "kernel memory" }, { "pending_exits", "pending exits" },
	{ "gpa_generation", "attributes generation" }, { "gpa_memory", "attributes memory" },
	{ "done", "done" }, { "pass", "pass" }, { "exits", "exits" },
	{ "bad_verdict", "bad verdict" }, { "no_policy", "no policy" },
	{ "user_mode", "user mode" }, { "nested", "nested" }, { "signals", "signals" },
	{ "faults", "faults" }, { "gpa_sets", "attributes set" },
	{ "gpa_failures", "attributes failed" }, { "buffers", "buffers" },
	{ "buffer_limit", "buffer limit" }, { "encrypted", "encrypted" },
	{ "buffer_hits", "buffer hits" }, { "buffer_misses", "buffer misses" },
	{ "walks", "page walks" }, { "warning", "warning" }, { 0 }
};

static const char *state_name(__u32 state)
{
	if (state & HCBPF_VM_ENDED)
		return "ended";
	return state & HCBPF_VM_NO_POLICY ? "no policy" : "active";
}

static void add_owner(struct json_object *object, const struct hcbpf_vm_info *info)
{
	const struct passwd *user = getpwuid(info->uid);
	char comm[32], number[16];

	comm_of(info->pid, comm);
	snprintf(number, sizeof(number), "%u", info->uid);
	json_object_object_add(object, "pid", json_object_new_int(info->pid));
	add_text(object, "command", comm);
	add_text(object, "user", user ? user->pw_name : number);
	add_number(object, "uid", info->uid);
}

static struct json_object *vm_json(const struct hcbpf_vm_info *info)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "id", info->id);
	add_owner(object, info);
	add_text(object, "policy", info->policy);
	add_text(object, "abi", abi_name(info->abi) ? abi_name(info->abi) : "?");
	add_text(object, "tag", info->tag);
	add_text(object, "state", state_name(info->state));
	return object;
}

static int list_run(const struct args *args)
{
	struct hcbpf_vm_info info;
	struct json_object *rows;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int dev, err;

	(void)args;
	dev = device_open();
	if (dev < 0)
		return EXIT_FAILURE;
	rows = json_object_new_array();
	while (!(err = vm_next(dev, &id, &vm))) {
		if (!hcbpf_vm_info(vm, &info))
			json_object_array_add(rows, vm_json(&info));
		hcbpf_vm_close(vm);
	}
	close(dev);
	if (err != -ENOENT) {
		json_object_put(rows);
		return fail_vm_list(err);
	}
	out_table(rows, list_columns);
	return EXIT_SUCCESS;
}

/* A VM's profile is a name. Do its rules still say what the profile of that name says? */
static void add_profile(struct json_object *object, struct hcbpf_vm *vm)
{
	struct vm_rules rules;
	char text[48];
	int drift;

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

static void add_details(struct json_object *object, struct hcbpf_vm *vm,
			const struct hcbpf_vm_info *info, const struct hcbpf_vm_stats *stats)
{
	add_profile(object, vm);
	add_number(object, "rules", info->nr_rules);
	add_number(object, "rules_generation", info->rules_generation);
	add_number(object, "rules_forced", info->rules_forced);
	add_number(object, "ports", info->nr_ports);
	add_number(object, "eventfds", info->nr_eventfds);
	add_number(object, "memory", info->memory);
	add_number(object, "pending_exits", info->pending_exits);
	add_number(object, "gpa_generation", info->gpa_generation);
	add_number(object, "gpa_nodes", info->gpa_nodes);
	add_number(object, "gpa_memory", info->gpa_memory);
	add_number(object, "buffers", info->nr_buffers);
	add_number(object, "buffer_limit", info->buffer_limit);
	json_object_object_add(object, "encrypted",
			       json_object_new_boolean(info->state & HCBPF_VM_ENCRYPTED));
	stats_add(object, stats);
	stats_add_warning(object, info->policy, stats);
}

static int show_run(const struct args *args)
{
	struct hcbpf_vm *vm = vm_by_id(args->words[0]);
	struct json_object *object = NULL;
	struct hcbpf_vm_stats stats;
	struct hcbpf_vm_info info;
	int err;

	if (!vm)
		return EXIT_FAILURE;
	err = hcbpf_vm_info(vm, &info);
	if (!err)
		err = hcbpf_vm_stats(vm, &stats);
	if (!err) {
		object = vm_json(&info);
		add_details(object, vm, &info, &stats);
	}
	hcbpf_vm_close(vm);
	if (err)
		return fail(err, "cannot ask for VM %s: %s", args->words[0], strerror(-err));
	out_record(object, show_columns);
	return EXIT_SUCCESS;
}

#ifdef __aarch64__
#define ABIS "smccc or auto"
#else
#define ABIS "kvm, xen, hyperv or auto"
#endif

static bool abi_is_of_this_machine(uint32_t abi)
{
	if (abi == HCBPF_ABI_AUTO)
		return true;
#ifdef __aarch64__
	return abi == HCBPF_ABI_SMCCC;
#else
	return abi != HCBPF_ABI_SMCCC;
#endif
}

static int parse_abi(const char *text, uint32_t *abi)
{
	if (!text || (!abi_by_name(text, abi) && abi_is_of_this_machine(*abi)))
		return 0;
	return fail(-EINVAL, "\"%s\" is not an ABI of this machine\nuse " ABIS, text);
}

static int parse_bind(const struct args *args, struct hcbpf_bind_opts *opts)
{
	const char *ports = option_value(args, "ports"), *problem;

	opts->flags = option_value(args, "encrypted") ? HCBPF_BIND_ENCRYPTED : 0;
	opts->policy = option_value(args, "policy");
	opts->tag = option_value(args, "tag");
	if (!opts->policy)
		opts->policy = "standard";
	problem = name_problem(opts->policy);
	if (problem)
		return fail(-EINVAL, "\"%s\" cannot be a policy's name: %s", opts->policy, problem);
	problem = opts->tag && opts->tag[0] ? name_problem(opts->tag) : NULL;
	if (problem)
		return fail(-EINVAL, "\"%s\" cannot be a tag: %s", opts->tag, problem);
	if (ports && (parse_u32(ports, &opts->nr_ports) || !opts->nr_ports))
		return fail(-EINVAL, "\"%s\" is not a number of ports", ports);
	return parse_abi(option_value(args, "abi"), &opts->abi);
}

static int fail_bound(int vm_fd)
{
	struct hcbpf_vm *vm;
	uint32_t id;

	if (hcbpf_vm_open(vm_fd, &vm))
		return fail(-EEXIST, "the VM is bound already\nsee `hcbpf vm list`");
	id = hcbpf_vm_id(vm);
	hcbpf_vm_close(vm);
	return fail(-EEXIST, "the VM is bound already, as VM %u\nuse `hcbpf vm detach %u` first",
		    id, id);
}

int fail_bind(int err, int vm_fd, const struct hcbpf_bind_opts *opts)
{
	switch (err) {
	case -EEXIST:
		return fail_bound(vm_fd);
	case -ENOENT:
		if (strcmp(opts->policy, "standard"))
			return fail(err, "no policy \"%s\" is loaded\nsee `hcbpf policy list`",
				    opts->policy);
		return fail(err, "no policy \"standard\" is loaded\nrun `hcbpf load`");
	case -E2BIG:
		return fail(err, "the module cannot make a table of %u ports\nask for fewer",
			    opts->nr_ports);
	case -EBUSY:
		return fail(err, "KVM's hypercall handler is held by a live patch and a BPF "
			    "program at once\nremove one of them; the kernel log names both");
	default:
		return fail(err, "cannot bind the VM: %s", strerror(-err));
	}
}

static int attach_fd(int vm_fd, uint32_t pid, const struct hcbpf_bind_opts *opts)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	int err;

	err = hcbpf_vm_bind(vm_fd, opts, &vm);
	if (err)
		return fail_bind(err, vm_fd, opts);
	err = hcbpf_vm_info(vm, &info);
	hcbpf_vm_close(vm);
	if (err)
		return fail(err, "the VM ended while it was bound: %s", strerror(-err));
	out_done(vm_json(&info), "process %u is VM %u, bound to policy \"%s\"", pid, info.id,
		 info.policy);
	return EXIT_SUCCESS;
}

static int attach_run(const struct args *args)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts);
	const char *pid_text = option_value(args, "pid");
	int vm_fd, status;
	uint32_t pid;

	if (!pid_text)
		return fail_usage("--pid is missing\nusage: hcbpf vm attach %s",
				  args->command->usage);
	status = parse_bind(args, &opts);
	if (status)
		return status;
	if (remote_pid(pid_text, &pid) || check_failed(check_module) ||
	    check_failed(check_device))
		return EXIT_FAILURE;
	vm_fd = remote_vm(pid, option_value(args, "fd"));
	if (vm_fd < 0)
		return EXIT_FAILURE;
	status = attach_fd(vm_fd, pid, &opts);
	close(vm_fd);
	return status;
}

static struct hcbpf_vm *vm_by_pid(const char *text, const char *fd)
{
	struct hcbpf_vm *vm;
	int vm_fd, err;
	uint32_t pid;

	if (remote_pid(text, &pid) || check_failed(check_module) || check_failed(check_device))
		return NULL;
	vm_fd = remote_vm(pid, fd);
	if (vm_fd < 0)
		return NULL;
	err = hcbpf_vm_open(vm_fd, &vm);
	close(vm_fd);
	if (!err)
		return vm;
	if (err == -ENOENT)
		fail(err, "the VM of process %u is not bound", pid);
	else
		fail(err, "cannot open the binding of process %u: %s", pid, strerror(-err));
	return NULL;
}

static int detach_run(const struct args *args)
{
	const char *pid = option_value(args, "pid"), *fd = option_value(args, "fd");
	struct json_object *object;
	struct hcbpf_vm *vm;
	uint32_t id;
	int err;

	if (!pid == !args->nr_words || (fd && !pid))
		return fail_usage("name the VM by its id or by --pid\nusage: hcbpf vm detach %s",
				  args->command->usage);
	vm = pid ? vm_by_pid(pid, fd) : vm_by_id(args->words[0]);
	if (!vm)
		return EXIT_FAILURE;
	id = hcbpf_vm_id(vm);
	err = hcbpf_vm_unbind(vm);
	hcbpf_vm_close(vm);
	if (err == -ENODEV)
		return fail(err, "VM %u has ended already", id);
	if (err)
		return fail(err, "cannot unbind VM %u: %s", id, strerror(-err));
	object = json_object_new_object();
	add_number(object, "id", id);
	out_done(object, "VM %u goes on without hcbpf", id);
	return EXIT_SUCCESS;
}

static const char *const attach_options[] = {
	"pid PID", "fd N", "policy NAME", "tag TAG", "abi ABI", "ports N", "encrypted", NULL
};

static const char *const detach_options[] = { "pid PID", "fd N", NULL };

const struct command vm_verbs[] = {
	{ "list", "", "all bound VMs", .run = list_run },
	{ "show", "VM", "one VM, with its counters", .run = show_run,
	  .min_words = 1, .max_words = 1 },
	{ "attach",
	  "--pid PID [--fd N] [--policy NAME] [--tag TAG] [--abi kvm|xen|hyperv|auto] [--ports N] "
	  "[--encrypted]",
	  "bind the VM of a process to a policy (default: standard)",
	  .run = attach_run, .options = attach_options },
	{ "detach", "VM | --pid PID [--fd N]", "end a VM's binding; the VM runs on",
	  .run = detach_run, .max_words = 1, .options = detach_options },
	{ "save", "VM FILE", "write a VM's policy, rules, ports and buffers to a file",
	  .run = save_run, .min_words = 2, .max_words = 2 },
	{ "restore", "{VM | --pid PID [--fd N]} FILE [force]",
	  "give a VM what was saved; bind it first if need be",
	  .run = restore_run, .min_words = 1, .max_words = 3, .options = restore_options },
	{ 0 }
};
