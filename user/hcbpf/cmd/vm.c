// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm attach, detach; vm_list.c has list and show, vm_param.c param, vm_features.c features,
 * vm_observe.c observe, vm_calls.c calls, vm_wait.c wait, save.c save and restore.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/admission.h"
#include "cmd/bulk.h"
#include "cmd/rule.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/remote.h"
#include "host/vmm.h"
#include "text/abi_names.h"

static int parse_abi(const char *text, uint32_t *abi)
{
	char all[NAMES_TEXT];

	if (!text || (!abi_by_name(text, abi) && abi_is_of_this_machine(*abi)))
		return 0;
	abi_list(all, abi_is_of_this_machine);
	return fail_usage("\"%s\" is not an ABI of this machine\nuse %s", text, all);
}

/* What a VM is bound with. */
struct binding {
	struct hcbpf_bind_opts opts;
	struct full_template full;	/* with --template: the rules are its profile's */
};

static void take_template(struct binding *binding)
{
	const struct template *t = &binding->full.template;

	binding->opts.policy = t->policy;
	binding->opts.tag = t->tag;
	binding->opts.abi = t->abi;
	binding->opts.nr_ports = t->nr_ports;
	binding->opts.param = t->param;
	binding->opts.flags = HCBPF_BIND_OPERATOR | template_flags(t);
	binding->opts.claimant = t->claimant_uid;
}

static int parse_template(const struct args *args, const char *word, struct binding *binding)
{
	static const char *const said[] = {
		"policy", "tag", "abi", "ports", "param", "encrypted", NULL
	};
	const char *const *option;

	for (option = said; *option; option++)
		if (option_value(args, *option))
			return fail_usage("a template says all of a binding\nleave --%s out",
					  *option);
	if (!template_open(&binding->full, word))
		return EXIT_FAILURE;
	take_template(binding);
	return 0;
}

static int parse_bind(const struct args *args, struct hcbpf_bind_opts *opts)
{
	const char *ports = option_value(args, "ports"), *param = option_value(args, "param");

	opts->flags = option_value(args, "encrypted") ? HCBPF_BIND_ENCRYPTED : 0;
	if (option_value(args, "operator"))
		opts->flags |= HCBPF_BIND_OPERATOR;
	opts->policy = option_value(args, "policy");
	opts->tag = option_value(args, "tag");
	if (!opts->policy)
		opts->policy = "standard";
	if (fail_name(opts->policy, "a policy's name") ||
	    (opts->tag && opts->tag[0] && fail_name(opts->tag, "a tag")))
		return EXIT_USAGE;
	if (param && parse_u64(param, &opts->param))
		return fail_usage("\"%s\" is not a number of 64 bits", param);
	if (ports && (parse_u32(ports, &opts->nr_ports) || !opts->nr_ports))
		return fail_usage("\"%s\" is not a number of ports", ports);
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
	case -EPERM:
		return fail(err, "a binding of the operator's needs root (CAP_SYS_ADMIN)\n%s",
			    hint_root());
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

static int put_rules(struct hcbpf_vm *vm, const struct profile *profile)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = profile->name);
	int err = profile->nr ? hcbpf_rules_set(vm, profile->rules, profile->nr, &opts) : 0;

	if (!err)
		return 0;
	fail_rules(err, vm);
	hcbpf_vm_unbind(vm);
	return err;
}

/* Bind; NULL after saying why not. */
static struct json_object *bind_fd(int vm_fd, const struct binding *binding)
{
	struct json_object *object = NULL;
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	int err;

	err = hcbpf_vm_bind(vm_fd, &binding->opts, &vm);
	if (err) {
		fail_bind(err, vm_fd, &binding->opts);
		return NULL;
	}
	if (put_rules(vm, &binding->full.profile)) {
		hcbpf_vm_close(vm);
		return NULL;
	}
	err = hcbpf_vm_info(vm, &info);
	if (!err)
		journal_vm(JOURNAL_VM_BOUND, vm, "VM %u of process %d is bound to policy %s",
			   info.id, info.pid, info.policy);
	hcbpf_vm_close(vm);
	if (err)
		fail(err, "the VM ended while it was bound: %s", strerror(-err));
	else
		object = vm_json(&info);
	return object;
}

static int attach_one(const struct process *process, const char *fd,
		      const struct binding *binding)
{
	int vm_fd = remote_vm(process, fd);
	struct json_object *object;
	uint32_t id;

	if (vm_fd < 0)
		return EXIT_FAILURE;
	object = bind_fd(vm_fd, binding);
	close(vm_fd);
	if (!object)
		return EXIT_FAILURE;
	id = json_object_get_int64(json_object_object_get(object, "id"));
	out_done(object, "process %u is VM %u, bound to policy \"%s\"", process->pid, id,
		 binding->opts.policy);
	return EXIT_SUCCESS;
}

/* ---- attach --all-matching ---- */

static const struct column attached_columns[] = {
	{ "id", "ID" }, { "pid", "PID" }, { "name", "NAME" }, { "policy", "POLICY" }, { 0 }
};

static void note_unbound(struct hcbpf_vm *vm)
{
	journal_vm(JOURNAL_VM_UNBOUND, vm, "VM %u is not bound any more", hcbpf_vm_id(vm));
}

static void unbind_all(struct json_object *rows)
{
	struct hcbpf_vm *vm;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (hcbpf_vm_open_id(json_object_get_int64(json_object_object_get(row, "id")), &vm))
			continue;
		if (!hcbpf_vm_unbind(vm))
			note_unbound(vm);
		hcbpf_vm_close(vm);
	}
}

/* Bind one of many: those that are bound, and those that end now, are as they should be. */
static int attach_another(const struct vmm *vmm, const struct binding *binding,
			  struct json_object *rows)
{
	int vm_fd = vmm_fd(vmm), status = EXIT_SUCCESS;
	struct json_object *object;
	struct hcbpf_vm *vm;

	/* It has ended, or closed the VM: maybe there is another one in that place. */
	if (vm_fd == -ESRCH || vm_fd == -EBADF || vm_fd == -EINVAL)
		return EXIT_SUCCESS;
	if (vm_fd < 0)
		return fail_process(vmm->pid, vm_fd);
	if (!hcbpf_vm_open(vm_fd, &vm)) {
		hcbpf_vm_close(vm);
	} else {
		object = bind_fd(vm_fd, binding);
		if (object)
			json_object_array_add(rows, object);
		else
			status = EXIT_FAILURE;
	}
	close(vm_fd);
	return status;
}

/* All of them or none. */
static int attach_matching(const char *pattern, const struct binding *binding)
{
	struct json_object *rows = json_object_new_array();
	int err, i, matches, status = EXIT_SUCCESS;
	struct vmms vmms;

	err = vmms_find_matching(&vmms, pattern);
	matches = vmms.nr;
	for (i = 0; i < matches && !err && !status; i++)
		status = attach_another(&vmms.list[i], binding, rows);
	vmms_free(&vmms);
	if (err)
		status = fail(err, "cannot look for VMs in /proc: %s", strerror(-err));
	else if (!matches)
		status = fail(-ENOENT, "no VM has a name that matches \"%s\"\n"
			      "see `hcbpf vm list --all`", pattern);
	if (!status) {
		out_table(rows, attached_columns, "all VMs that match are bound already");
		return EXIT_SUCCESS;
	}
	unbind_all(rows);
	json_object_put(rows);
	return status;
}

int named_process(const struct args *args, struct process *process)
{
	const char *name = option_value(args, "name");
	uint32_t pid;

	if (name)
		return vmm_by_name(name, process);
	return parse_pid(option_value(args, "pid"), &pid) ? -1 : remote_open(pid, process);
}

static int attach(const struct args *args, const struct binding *binding)
{
	const char *pattern = option_value(args, "all-matching");
	struct process process;
	int status;

	if (check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	if (pattern)
		return attach_matching(pattern, binding);
	if (named_process(args, &process))
		return EXIT_FAILURE;
	status = attach_one(&process, option_value(args, "fd"), binding);
	process_close(&process);
	return status;
}

static int attach_run(const struct args *args)
{
	const char *fd = option_value(args, "fd"), *template = option_value(args, "template");
	const char *pid_text = option_value(args, "pid");
	bool by_name = option_value(args, "name"), many = option_value(args, "all-matching");
	struct binding binding = { .opts.sz = sizeof(binding.opts) };
	uint32_t number;
	int status;

	if (!!pid_text + by_name + many != 1 || (fd && many))
		return fail_usage("say which VM by one of --pid, --name and --all-matching\n"
				  "usage: hcbpf vm attach %s", args->command->usage);
	if ((pid_text && parse_pid(pid_text, &number)) || (fd && parse_fd(fd, &number)))
		return EXIT_USAGE;
	status = template ? parse_template(args, template, &binding) :
			    parse_bind(args, &binding.opts);
	if (!status)
		status = attach(args, &binding);
	template_free(&binding.full);
	return status;
}

/* ---- detach ---- */

static int unbind(struct hcbpf_vm *vm)
{
	uint32_t id = hcbpf_vm_id(vm);
	int err = hcbpf_vm_unbind(vm);

	if (err == -ENODEV)
		return fail(err, "VM %u has ended already", id);
	if (err == -EPERM)
		return fail_operators(vm);
	if (err)
		return fail(err, "cannot unbind VM %u: %s", id, strerror(-err));
	note_unbound(vm);
	return 0;
}

static int unbind_another(struct hcbpf_vm *vm, const char *name, struct json_object *row,
			  const void *data)
{
	(void)name;
	(void)row;
	(void)data;
	return unbind(vm);
}

static int detach_one(struct hcbpf_vm *vm)
{
	struct json_object *object;

	if (unbind(vm))
		return EXIT_FAILURE;
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	out_done(object, "VM %u goes on without hcbpf", hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

static int detach_run(const struct args *args)
{
	static const struct column columns[] = {
		{ "id", "ID" }, { "pid", "PID" }, { "name", "NAME" }, { 0 }
	};
	const char *pattern = option_value(args, "all-matching");
	struct hcbpf_vm *vm;
	int status;

	if (pattern)
		return bulk_run(pattern, unbind_another, NULL, columns);
	vm = which_vm(args);
	status = vm ? detach_one(vm) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	return status;
}

static const struct option detach_options[] = {
	{ "all-matching PATTERN", "in place of a VM: all bound ones whose names match" },
	{ 0 }
};

static const struct option attach_options[] = {
	{ "pid PID", "the VM of this process" },
	{ "name NAME", "the VM whose VMM has this name" },
	{ "all-matching PATTERN", "all VMs whose names match, as by a shell" },
	{ "fd N", "the process's file descriptor of the VM, if it has several" },
	{ "policy POLICY", "the policy (default: standard)" },
	{ "tag TAG", "a word of yours that lists show" },
	{ "abi ABI", "the ABI of its hypercalls (default: as KVM is configured)" },
	{ "ports N", "size of the port table" },
	{ "param N", "the word that the policy reads as its parameter" },
	{ "encrypted", "the guest's memory is encrypted: arguments are in buffers" },
	{ "template TEMPLATE|FILE", "all of this as a template says, and the rules of its profile; "
	  "as the operator" },
	{ "operator", "as the operator: the VMM cannot change or end it" },
	{ 0 }
};

const struct command vm_verbs[] = {
	{ "list", "[--all]", "all bound VMs; with --all, those that are not bound, too",
	  .run = list_run, .options = list_options },
	{ "show", "VM", "one VM, with its counters", .run = show_run,
	  .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "attach",
	  "{--pid PID | --name NAME | --all-matching PATTERN} [--fd N] [--policy POLICY] "
	  "[--tag TAG] [--abi ABI] [--ports N] [--param N] [--encrypted] "
	  "[--template TEMPLATE|FILE] [--operator]",
	  "bind the VM of a process, or those whose names match, to a policy (default: standard)",
	  .run = attach_run, .options = attach_options },
	{ "detach", "{VM | --all-matching PATTERN}", "end a VM's binding; the VM runs on",
	  .run = detach_run, .min_words = 1, .max_words = 1, .options = detach_options,
	  .takes_vm = true },
	{ "param", "VM [N]", "the word that a VM's policy reads as its parameter; with N, another one",
	  .run = param_run, .min_words = 1, .max_words = 2, .takes_vm = true },
	{ "features", "VM [--abi ABI] [--base N]",
	  "what a guest is offered for its arguments, and the CPUID leaves that tell it",
	  .run = features_run, .min_words = 1, .max_words = 1, .options = features_options,
	  .takes_vm = true },
	{ "observe", "{VM | --all-matching PATTERN} [--off]",
	  "count a VM's calls by kind, until it is unbound or with --off",
	  .run = observe_run, .min_words = 1, .max_words = 1, .options = observe_options,
	  .takes_vm = true },
	{ "calls", "VM [--times | --watch [SECONDS]] [--count N]",
	  "which calls an observed VM makes, what becomes of them, how long it takes",
	  .run = calls_run, .min_words = 1, .max_words = 1, .options = calls_options,
	  .takes_vm = true },
	{ "wait", "VM [--until present|bound|ended] [--timeout SECONDS]",
	  "wait until a VM is bound (or is there at all, or its binding has ended)",
	  .run = wait_run, .min_words = 1, .max_words = 1, .options = wait_options, .takes_vm = true },
	{ "save", "{VM FILE | --all-matching PATTERN DIRECTORY}",
	  "write a VM's policy, rules, ports, buffers and page attributes to a file",
	  .run = save_run, .min_words = 2, .max_words = 2, .options = save_options,
	  .takes_vm = true },
	{ "restore", "VM FILE [force] [--operator]",
	  "give a VM what was saved; bind it first if need be", .run = restore_run,
	  .min_words = 2, .max_words = 3, .options = restore_options, .takes_vm = true },
	{ 0 }
};
