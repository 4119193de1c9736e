// SPDX-License-Identifier: GPL-2.0-only
/* vm save, vm restore: a VM's state in a file, see <hcbpf/state.h>. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/bulk.h"
#include "cmd/rule.h"
#include "cmd/state.h"
#include "cmd/vm.h"
#include "cmd/which_vm.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/remote.h"

#define CONTENTS 160	/* bytes of its longest text */

static size_t nr_ranges(const struct hcbpf_saved *saved)
{
	return saved->attributes ? saved->attributes->nr : 0;
}

/* "19 rules, 2 ports", and of the rest what there is. */
static const char *contents(const struct hcbpf_saved *saved, char *text, size_t size)
{
	int at = snprintf(text, size, "%zu rules, %zu ports", saved->nr_rules, saved->nr_set);

	if (saved->nr_buffers)
		at += snprintf(text + at, size - at, ", %zu buffers", saved->nr_buffers);
	if (nr_ranges(saved))
		snprintf(text + at, size - at, ", %zu ranges of page attributes",
			 nr_ranges(saved));
	return text;
}

static void add_contents(struct json_object *object, const struct hcbpf_saved *saved)
{
	add_number(object, "nr_rules", saved->nr_rules);
	add_number(object, "nr_ports", saved->nr_set);
	add_number(object, "nr_buffers", saved->nr_buffers);
	add_number(object, "nr_ranges", nr_ranges(saved));
}

/* ---- save ---- */

const struct option save_options[] = {
	{ "all-matching PATTERN", "in place of a VM: all bound ones whose names match" },
	{ 0 }
};

/* Adds to @object what is in the file. */
static int write_state(const struct state_file *state, struct json_object *object, char *text)
{
	int status = file_write(state->file, FILE_PRIVATE, state->data, state->size);

	if (status)
		return status;
	add_text(object, "file", state->file);
	add_contents(object, state->saved);
	contents(state->saved, text, CONTENTS);
	return 0;
}

int state_file_take(struct state_file *state, struct hcbpf_vm *vm)
{
	uint32_t id = hcbpf_vm_id(vm);
	struct hcbpf_state_error error;
	void *data;
	int err;

	err = hcbpf_vm_save(vm, &data, &state->size);
	if (err == -EINVAL)
		return fail(err, "VM %u cannot be saved: its VMM has set a port to what no host "
			    "takes\nsee `hcbpf port list %u`", id, id);
	if (err)
		return fail(err, "VM %u cannot be saved: %s", id, strerror(-err));
	state->data = data;
	/* What cannot be read back is worth nothing. */
	err = hcbpf_state_read(data, state->size, &state->saved, &error);
	if (!err)
		return EXIT_SUCCESS;
	free(data);
	return fail(err, "VM %u cannot be saved: the file would be wrong: %s", id, error.text);
}

static int save_vm(struct hcbpf_vm *vm, const char *file, struct json_object *object, char *text)
{
	struct state_file state = { .file = file };
	int status;

	status = state_file_take(&state, vm);
	if (status)
		return status;
	status = write_state(&state, object, text);
	state_file_free(&state);
	return status;
}

static int save_one(struct hcbpf_vm *vm, const char *file)
{
	struct json_object *object = json_object_new_object();
	char text[CONTENTS];
	int status;

	add_number(object, "id", hcbpf_vm_id(vm));
	status = save_vm(vm, file, object, text);
	if (status)
		json_object_put(object);
	else
		out_done(object, "VM %u is saved in %s: %s; eventfds are not in it",
			 hcbpf_vm_id(vm), file, text);
	return status;
}

/*
 * NAME-ID.state: the id, since two VMs may have one name, and nobody should lose a file for
 * what another calls his VM. What a name has that is not for files becomes '_'.
 */
static int state_path(char path[PATH_MAX], const char *directory, const char *name, uint32_t id)
{
	char *at;
	int len;

	len = snprintf(path, PATH_MAX, "%s/%s-%u.state", directory, name, id);
	if (len >= PATH_MAX)
		return -ENAMETOOLONG;
	at = path + strlen(directory) + 1;
	if (*at == '.')
		*at = '_';
	for (; *at; at++)
		if (!isascii((unsigned char)*at) ||
		    (!isalnum((unsigned char)*at) && !strchr("_.-", *at)))
			*at = '_';
	return 0;
}

static int save_another(struct hcbpf_vm *vm, const char *name, struct json_object *row,
			const void *directory)
{
	static const char *const keys[] = {
		"file", "nr_rules", "nr_ports", "nr_buffers", "nr_ranges", NULL
	};
	char path[PATH_MAX], text[CONTENTS];
	const char *const *key;
	int err = state_path(path, directory, name, hcbpf_vm_id(vm));

	for (key = keys; *key; key++)
		add_null(row, *key);
	if (err)
		return fail(err, "VM %u cannot be saved under %s: %s", hcbpf_vm_id(vm),
			    (const char *)directory, strerror(-err));
	return save_vm(vm, path, row, text);
}

static int save_all(const char *pattern, const char *directory)
{
	static const struct column columns[] = {
		{ "id", "ID" }, { "pid", "PID" }, { "name", "NAME" }, { "file", "FILE" }, { 0 }
	};
	struct stat st;

	if (stat(directory, &st))
		return fail(-errno, "cannot save to %s: %m", directory);
	if (!S_ISDIR(st.st_mode))
		return fail(-ENOTDIR, "cannot save to %s: many VMs need a directory", directory);
	return bulk_run(pattern, save_another, directory, columns);
}

int save_run(const struct args *args)
{
	const char *pattern = option_value(args, "all-matching");
	struct hcbpf_vm *vm;
	int status;

	if (pattern)
		return save_all(pattern, args->words[1]);
	vm = which_vm(args);
	status = vm ? save_one(vm, args->words[1]) : EXIT_FAILURE;
	hcbpf_vm_close(vm);
	return status;
}

/* ---- restore ---- */

const struct option restore_options[] = {
	{ "operator", "if the VM is bound now, as the operator" },
	{ 0 }
};

static int tell(struct hcbpf_vm *vm, const struct hcbpf_saved *saved, bool is_new)
{
	struct json_object *object = json_object_new_object();
	uint32_t id = hcbpf_vm_id(vm);
	char text[CONTENTS];

	add_number(object, "id", id);
	json_object_object_add(object, "bound", json_object_new_boolean(is_new));
	add_contents(object, saved);
	out_done(object, "VM %u is %s: %s; the VMM must fill the ports' slots", id,
		 is_new ? "bound and restored" : "restored", contents(saved, text, sizeof(text)));
	return EXIT_SUCCESS;
}

static int fail_restore(int err, struct hcbpf_vm *vm, const struct state_file *state,
			const struct hcbpf_state_error *error)
{
	uint32_t id = hcbpf_vm_id(vm);

	if (err == -EBADMSG && error->reason == HCBPF_STATE_UNFIT)
		return fail(-EINVAL, "cannot restore from %s: %s\nuse `hcbpf vm detach %u`, then "
			    "restore with --pid", state->file, error->text, id);
	if (err == -EBADMSG)
		return fail(-EINVAL, "cannot restore from %s: %s", state->file, error->text);
	if (err == -ENOENT)
		return fail(err, "no policy \"%s\" is loaded\nrun `hcbpf load`",
			    state->saved->policy);
	return fail_rules(err, vm);
}

/* What restoring is asked for. */
struct restoring {
	struct state_file state;
	uint32_t flags;		/* HCBPF_RULES_* */
	bool operator;		/* the binding is to be the operator's */
};

static int restore_bound(struct hcbpf_vm *vm, const struct restoring *r)
{
	const struct state_file *state = &r->state;
	struct hcbpf_state_error error = { 0 };
	uint32_t forced;
	int err;

	if (r->operator && !is_operators(vm))
		return fail(-EEXIST, "VM %u is bound already, and not as the operator's\n"
			    "use `hcbpf vm detach %u`, then restore with --pid", hcbpf_vm_id(vm),
			    hcbpf_vm_id(vm));
	forced = journal_forced(vm);
	err = hcbpf_vm_restore(vm, state->data, state->size, r->flags, &error);
	if (err)
		return fail_restore(err, vm, state, &error);
	journal_rules(vm, forced, "VM %u is restored from %s", hcbpf_vm_id(vm), state->file);
	return tell(vm, state->saved, false);
}

/* As hcbpf_vm_bind_saved() does, but for whom the binding is. */
static int bind_for_operator(int vm_fd, const struct state_file *state,
			     const struct hcbpf_bind_opts *opts, struct hcbpf_vm **vm,
			     struct hcbpf_state_error *error)
{
	int err = hcbpf_vm_bind(vm_fd, opts, vm);

	if (err)
		return err;
	err = hcbpf_vm_restore(*vm, state->data, state->size, 0, error);
	if (err) {
		hcbpf_vm_unbind(*vm);
		hcbpf_vm_close(*vm);
	}
	return err;
}

static int restore_new(int vm_fd, const struct restoring *r)
{
	const struct state_file *state = &r->state;
	const struct hcbpf_saved *saved = state->saved;
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = saved->policy, .tag = saved->tag,
		      .abi = saved->abi, .nr_ports = saved->nr_ports, .param = saved->param,
		      .flags = saved->flags | HCBPF_BIND_OPERATOR);
	struct hcbpf_state_error error = { 0 };
	struct hcbpf_vm *vm;
	int err;

	if (r->operator)
		err = bind_for_operator(vm_fd, state, &opts, &vm, &error);
	else
		err = hcbpf_vm_bind_saved(vm_fd, state->data, state->size, &vm, &error);
	if (err == -EBADMSG)
		return fail(-EINVAL, "cannot restore from %s: %s", state->file, error.text);
	if (err)
		return fail_bind(err, vm_fd, &opts);
	journal_vm(JOURNAL_VM_BOUND, vm, "VM %u is bound to policy %s, and restored from %s",
		   hcbpf_vm_id(vm), saved->policy, state->file);
	tell(vm, saved, true);
	hcbpf_vm_close(vm);
	return EXIT_SUCCESS;
}

static int give(const struct restoring *r, int vm_fd, uint32_t pid)
{
	struct hcbpf_vm *vm;
	int err, status;

	err = hcbpf_vm_open(vm_fd, &vm);
	if (err == -ENOENT)
		return restore_new(vm_fd, r);
	if (err)
		return fail(err, "cannot open the binding of process %u: %s", pid, strerror(-err));
	status = restore_bound(vm, r);
	hcbpf_vm_close(vm);
	return status;
}

int state_file_restore(const struct state_file *state, struct hcbpf_vm *vm, uint32_t flags)
{
	const struct restoring r = { .state = *state, .flags = flags };

	return restore_bound(vm, &r);
}

int state_file_bind(const struct state_file *state, int vm_fd)
{
	const struct restoring r = { .state = *state };

	return restore_new(vm_fd, &r);
}

static int restore_process(const struct args *args, const struct restoring *restoring)
{
	struct process process;
	int vm_fd, status;

	if (check_failed(check_module) || check_failed(check_device) ||
	    named_process(args, &process))
		return EXIT_FAILURE;
	vm_fd = remote_vm(&process, option_value(args, "fd"));
	process_close(&process);
	if (vm_fd < 0)
		return EXIT_FAILURE;
	status = give(restoring, vm_fd, process.pid);
	close(vm_fd);
	return status;
}

static int restore_named(const struct args *args, const struct restoring *restoring)
{
	struct hcbpf_vm *vm = which_vm(args);
	int status = vm ? restore_bound(vm, restoring) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

/* A process's VM need not be bound. */
int restore_run(const struct args *args)
{
	bool by_process = option_value(args, "pid") || option_value(args, "name");
	struct restoring restoring = { .operator = option_value(args, "operator") };
	int status;

	if (args->nr_words == 3 && parse_force(args->words[2], &restoring.flags))
		return fail_usage("cannot understand \"%s\"\nusage: hcbpf vm restore %s",
				  args->words[2], args->command->usage);
	if (state_file_read(&restoring.state, args->words[1], "restore from"))
		return EXIT_FAILURE;
	status = by_process ? restore_process(args, &restoring) :
			      restore_named(args, &restoring);
	state_file_free(&restoring.state);
	return status;
}
