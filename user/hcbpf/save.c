// SPDX-License-Identifier: GPL-2.0-only
/* vm save, vm restore. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "buffer.h"
#include "check.h"
#include "device.h"
#include "file.h"
#include "names.h"
#include "output.h"
#include "remote.h"
#include "rule.h"
#include "state.h"
#include "vm.h"

#define MAX_FILE (256 << 20)	/* a table of 2^20 ports, all set, is less than half of that */

const char *const restore_options[] = { "pid PID", "fd N", NULL };

static void arch_name(char arch[HCBPF_NAME_LEN])
{
	struct utsname name;

	uname(&name);
	snprintf(arch, HCBPF_NAME_LEN, "%.31s", name.machine);
}

/* ---- save ---- */

static int save_ports(struct hcbpf_vm *vm, struct state *state)
{
	size_t room = 0;
	struct state_port *more;
	hcbpf_port_t word;
	uint32_t port;
	int err = 0;

	for (port = 0; port < state->nr_ports; port++) {
		err = hcbpf_port_next(vm, &port, &word);
		if (err)
			break;
		if (hcbpf_port_action(word) != HCBPF_PORT_EVENTFD)
			return fail(-EINVAL, "port %u of VM %u has an action that this command "
				    "does not know", port, hcbpf_vm_id(vm));
		if (state->nr_set == room) {
			room = room ? 2 * room : 64;
			more = realloc(state->set, room * sizeof(*more));
			if (!more)
				return fail(-ENOMEM, "out of memory");
			state->set = more;
		}
		state->set[state->nr_set++] = (struct state_port){
			port, HCBPF_PORT_EVENTFD, hcbpf_port_slot(word)
		};
	}
	if (err && err != -ENOENT)
		return fail(err, "cannot read the ports of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	return 0;
}

static int collect(struct hcbpf_vm *vm, struct state *state)
{
	struct hcbpf_vm_info info;
	struct vm_rules rules;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (!err && info.state & HCBPF_VM_ENDED)
		err = -ENODEV;
	if (!err)
		err = vm_rules_read(vm, &rules);
	if (err)
		return fail(err, "VM %u cannot be saved: %s", hcbpf_vm_id(vm), strerror(-err));
	arch_name(state->arch);
	memcpy(state->policy, info.policy, sizeof(state->policy));
	memcpy(state->tag, info.tag, sizeof(state->tag));
	/* The name and the rules that belong together. */
	memcpy(state->profile, rules.profile, sizeof(state->profile));
	state->abi = info.abi;
	state->nr_ports = info.nr_ports;
	state->rules = rules.rules;
	state->nr_rules = rules.nr;
	state->encrypted = info.state & HCBPF_VM_ENCRYPTED;
	err = vm_buffers_read(vm, &state->buffers, &state->nr_buffers);
	if (err)
		return fail(err, "cannot read the buffers of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	return save_ports(vm, state);
}

static int write_state(struct hcbpf_vm *vm, const struct state *state, const char *file)
{
	struct json_object *document = state_json(state), *object;
	const char *text;
	size_t size;
	int err;

	text = json_object_to_json_string_length(document, JSON_C_TO_STRING_PRETTY |
						 JSON_C_TO_STRING_NOSLASHESCAPE, &size);
	err = file_write(file, text, size);
	json_object_put(document);
	if (err)
		return fail(err, "cannot write %s: %s", file, strerror(-err));
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(vm));
	add_text(object, "file", file);
	add_number(object, "rules", state->nr_rules);
	add_number(object, "ports", state->nr_set);
	add_number(object, "buffers", state->nr_buffers);
	out_done(object, "VM %u is saved in %s: %zu rules, %zu ports, %zu buffers; "
		 "eventfds are not in it", hcbpf_vm_id(vm), file, state->nr_rules, state->nr_set, state->nr_buffers);
	return EXIT_SUCCESS;
}

int save_run(const struct args *args)
{
	struct hcbpf_vm *vm = vm_by_id(args->words[0]);
	struct state state = { 0 };
	int status;

	if (!vm)
		return EXIT_FAILURE;
	status = collect(vm, &state);
	if (!status)
		status = write_state(vm, &state, args->words[1]);
	state_free(&state);
	hcbpf_vm_close(vm);
	return status;
}

/* ---- restore ---- */

static int read_state(struct state *state, const char *file)
{
	char error[STATE_ERROR], arch[HCBPF_NAME_LEN], *text;
	size_t size;
	int err;

	err = file_read(file, MAX_FILE, &text, &size);
	if (err)
		return fail(err, "cannot read %s: %s", file, file_error(err));
	err = state_parse(state, text, size, error);
	free(text);
	if (err)
		return fail(err, "cannot restore from %s: %s", file, error);
	arch_name(arch);
	if (!strcmp(state->arch, arch))
		return 0;
	err = fail(-EINVAL, "cannot restore from %s: it is from %s, and this machine is %s",
		   file, state->arch, arch);
	state_free(state);
	return err;
}

static int fail_unlike(uint32_t id, const char *what, const char *has, const char *wants)
{
	return fail(-EINVAL, "VM %u is bound with %s %s, and the saved one had %s\n"
		    "use `hcbpf vm detach %u`, then restore with --pid", id, what, has, wants, id);
}

/* Can a VM that is bound already take the state? */
static int check_fit(struct hcbpf_vm *vm, const struct state *state)
{
	uint32_t id = hcbpf_vm_id(vm), i;
	struct hcbpf_vm_info info;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (err || info.state & HCBPF_VM_ENDED)
		return fail(err ? err : -ENODEV, "VM %u has ended", id);
	if (strcmp(info.policy, state->policy))
		return fail_unlike(id, "policy", info.policy, state->policy);
	if (info.state & HCBPF_VM_NO_POLICY)
		return fail(-ENOENT, "no policy \"%s\" is loaded\nrun `hcbpf load`", info.policy);
	if (info.abi != state->abi)
		return fail_unlike(id, "ABI", abi_name(info.abi), abi_name(state->abi));
	if (!(info.state & HCBPF_VM_ENCRYPTED) != !state->encrypted)
		return fail_unlike(id, "memory", state->encrypted ? "in plain" : "encrypted",
				   state->encrypted ? "it encrypted" : "it in plain");
	for (i = 0; i < state->nr_set; i++)
		if (state->set[i].port >= info.nr_ports || state->set[i].slot >= info.nr_ports)
			return fail(-ERANGE, "port %u, slot %u are beyond the table of VM %u, "
				    "which has %u", state->set[i].port, state->set[i].slot, id,
				    info.nr_ports);
	return 0;
}

/* The ports that are set become those of the state. */
static int put_ports(struct hcbpf_vm *vm, const struct state *state)
{
	const struct state_port *next = state->set, *end = next + state->nr_set;
	uint32_t port = 0;
	hcbpf_port_t word;
	int err = 0;

	for (; !err && next < end; next++)
		err = hcbpf_port_set(vm, next->port, next->slot);
	next = state->set;
	while (!err && !(err = hcbpf_port_next(vm, &port, &word))) {
		while (next < end && next->port < port)
			next++;
		if (next == end || next->port != port)
			err = hcbpf_port_del(vm, port);
		/* The highest port of all has none behind it. */
		if (!++port)
			break;
	}
	return err == -ENOENT || err == -ERANGE ? 0 : err;
}

static int put_buffers(struct hcbpf_vm *vm, const struct state *state)
{
	int err = hcbpf_buffers_set(vm, state->buffers, state->nr_buffers);

	switch (err) {
	case 0:
		return 0;
	case -ENOSPC:
		return fail(err, "the saved VM has more buffers than VM %u may have\n"
			    "use `hcbpf buffer limit %u N` first", hcbpf_vm_id(vm), hcbpf_vm_id(vm));
	case -EINVAL:
	case -EEXIST:
		return fail(err, "the saved buffers are damaged: they overlap, or wrap around");
	default:
		return fail(err, "cannot set the buffers of VM %u: %s", hcbpf_vm_id(vm),
			    strerror(-err));
	}
}

/* Back to what there was before something failed. */
static void undo(struct hcbpf_vm *vm, const struct vm_rules *old,
		 const struct hcbpf_buffer *buffers, size_t nr)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = old->profile,
		      .flags = HCBPF_RULES_FORCE);

	hcbpf_buffers_set(vm, buffers, nr);
	hcbpf_rules_set(vm, old->rules, old->nr, &opts);
}

/*
 * The rules and buffers first: they can be refused. A store into the table of
 * ports can fail only at first.
 */
static int put_state(struct hcbpf_vm *vm, const struct state *state, uint32_t flags)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = state->profile, .flags = flags);
	struct hcbpf_buffer *buffers;
	struct vm_rules old;
	size_t nr_buffers;
	int err, status;

	err = vm_rules_read(vm, &old);
	if (err)
		return fail_rules(err, vm);
	err = vm_buffers_read(vm, &buffers, &nr_buffers);
	if (!err)
		err = hcbpf_rules_set(vm, state->rules, state->nr_rules, &opts);
	if (err) {
		free(buffers);
		free(old.rules);
		return err == -EINVAL ? fail(err, "this version of the module does not take the "
					     "saved rules") : fail_rules(err, vm);
	}
	status = put_buffers(vm, state);
	if (!status) {
		err = put_ports(vm, state);
		status = err ? fail(err, "cannot set the ports of VM %u: %s", hcbpf_vm_id(vm),
				    strerror(-err)) : EXIT_SUCCESS;
	}
	if (status)
		undo(vm, &old, buffers, nr_buffers);
	free(buffers);
	free(old.rules);
	return status;
}

static int tell(struct hcbpf_vm *vm, const struct state *state, bool is_new)
{
	struct json_object *object = json_object_new_object();
	uint32_t id = hcbpf_vm_id(vm);

	add_number(object, "id", id);
	json_object_object_add(object, "bound", json_object_new_boolean(is_new));
	add_number(object, "rules", state->nr_rules);
	add_number(object, "ports", state->nr_set);
	add_number(object, "buffers", state->nr_buffers);
	out_done(object, "VM %u is %s: %zu rules, %zu ports, %zu buffers; "
		 "the VMM must fill the ports' slots", id, is_new ? "bound and restored" : "restored", state->nr_rules, state->nr_set,
		 state->nr_buffers);
	return EXIT_SUCCESS;
}

static int restore_bound(struct hcbpf_vm *vm, const struct state *state, uint32_t flags)
{
	int status = check_fit(vm, state);

	if (!status)
		status = put_state(vm, state, flags);
	return status ? status : tell(vm, state, false);
}

static int restore_new(int vm_fd, const struct state *state)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts, .policy = state->policy, .tag = state->tag,
		      .abi = state->abi, .nr_ports = state->nr_ports,
		      .flags = state->encrypted ? HCBPF_BIND_ENCRYPTED : 0);
	struct hcbpf_vm *vm;
	int err, status;

	err = hcbpf_vm_bind(vm_fd, &opts, &vm);
	if (err)
		return fail_bind(err, vm_fd, &opts);
	status = put_state(vm, state, 0);
	if (status)
		hcbpf_vm_unbind(vm);
	else
		status = tell(vm, state, true);
	hcbpf_vm_close(vm);
	return status;
}

static int restore_pid(const char *pid_text, const char *fd, const struct state *state,
		       uint32_t flags)
{
	struct hcbpf_vm *vm;
	int vm_fd, err, status;
	uint32_t pid;

	if (remote_pid(pid_text, &pid) || check_failed(check_module) || check_failed(check_device))
		return EXIT_FAILURE;
	vm_fd = remote_vm(pid, fd);
	if (vm_fd < 0)
		return EXIT_FAILURE;
	err = hcbpf_vm_open(vm_fd, &vm);
	if (!err) {
		status = restore_bound(vm, state, flags);
		hcbpf_vm_close(vm);
	} else if (err == -ENOENT) {
		status = restore_new(vm_fd, state);
	} else {
		status = fail(err, "cannot open the binding of process %u: %s", pid,
			      strerror(-err));
	}
	close(vm_fd);
	return status;
}

static int restore_id(const char *id, const struct state *state, uint32_t flags)
{
	struct hcbpf_vm *vm = vm_by_id(id);
	int status;

	if (!vm)
		return EXIT_FAILURE;
	status = restore_bound(vm, state, flags);
	hcbpf_vm_close(vm);
	return status;
}

int restore_run(const struct args *args)
{
	const char *pid = option_value(args, "pid"), *fd = option_value(args, "fd");
	int file = pid ? 0 : 1, status;
	struct state state;
	uint32_t flags = 0;

	if (args->nr_words <= file || args->nr_words > file + 2 || (fd && !pid))
		return fail_usage("name the VM, by its id or by --pid, and a file\n"
				  "usage: hcbpf vm restore %s", args->command->usage);
	if (args->nr_words == file + 2 && parse_force(args->words[file + 1], &flags))
		return fail_usage("cannot understand \"%s\"\nusage: hcbpf vm restore %s",
				  args->words[file + 1], args->command->usage);
	if (read_state(&state, args->words[file]))
		return EXIT_FAILURE;
	status = pid ? restore_pid(pid, fd, &state, flags) :
		       restore_id(args->words[0], &state, flags);
	state_free(&state);
	return status;
}
