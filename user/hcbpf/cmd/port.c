// SPDX-License-Identifier: GPL-2.0-only
/* port set, del, list; the others are in port_claim.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/port.h"
#include "cmd/which_vm.h"
#include "host/remote.h"

static const struct column columns[] = {
	{ "port", "PORT" }, { "action", "ACTION" }, { "slot", "SLOT" },
	{ "eventfd", "EVENTFD" }, { 0 }
};

/* Is there an eventfd in a slot? UNKNOWN: the module is too old to say. */
enum filled { EMPTY, FILLED, UNKNOWN };

static enum filled slot_filled(struct hcbpf_vm *vm, uint32_t slot)
{
	uint32_t next = slot;
	int err = hcbpf_vm_next_eventfd(vm, &next);

	if (err == -ENOTTY)
		return UNKNOWN;
	return !err && next == slot ? FILLED : EMPTY;
}

/* A claim's slot is its own business. */
static struct json_object *claimed_json(uint32_t port)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "port", port);
	add_text(object, "action", "claim");
	add_null(object, "slot");
	json_object_object_add(object, "eventfd", json_object_new_boolean(true));
	return object;
}

static void add_slot(struct json_object *object, uint32_t slot, enum filled filled)
{
	add_number(object, "slot", slot);
	json_object_object_add(object, "eventfd", filled == UNKNOWN ? NULL :
			       json_object_new_boolean(filled == FILLED));
}

static struct json_object *port_json(struct hcbpf_vm *vm, uint32_t port, hcbpf_port_t word)
{
	__u32 action = hcbpf_port_action(word), slot = hcbpf_port_slot(word);
	struct json_object *object;

	if (hcbpf_port_is_claimed(word))
		return claimed_json(port);
	object = json_object_new_object();

	add_number(object, "port", port);
	add_text(object, "action", action == HCBPF_PORT_EVENTFD ? "eventfd" :
		 action == HCBPF_PORT_NONE ? "none" : "unknown");
	add_slot(object, slot, slot_filled(vm, slot));
	return object;
}

int parse_index(const char *text, uint32_t *index)
{
	return parse_u32(text, index) ? fail_usage("\"%s\" is not a number of 32 bits", text) : 0;
}

/* A number below the size of the VM's table. */
static int check_index(uint32_t index, const char *what, const struct hcbpf_vm_info *info)
{
	if (index < info->nr_ports)
		return 0;
	return fail(-ERANGE, "%s %u is too large: VM %u has a table of %u\nuse 0 to %u", what,
		    index, info->id, info->nr_ports, info->nr_ports - 1);
}

/* The VM and, for the verbs that name one, the port. */
static struct hcbpf_vm *open_port(const struct args *args, struct hcbpf_vm_info *info,
				  const uint32_t *port)
{
	struct hcbpf_vm *vm = which_vm(args);
	int err;

	if (!vm)
		return NULL;
	err = hcbpf_vm_info(vm, info);
	if (!err && info->state & HCBPF_VM_ENDED)
		err = -ENODEV;
	if (err)
		fail(err, "VM %u cannot be used: %s", hcbpf_vm_id(vm), strerror(-err));
	else
		err = port ? check_index(*port, "port", info) : 0;
	if (!err)
		return vm;
	hcbpf_vm_close(vm);
	return NULL;
}

static int store(struct hcbpf_vm *vm, uint32_t port, uint32_t slot)
{
	hcbpf_port_t word = hcbpf_port_make(HCBPF_PORT_EVENTFD, slot);
	int err = hcbpf_port_set(vm, port, slot);

	if (err)
		return fail(err, "cannot set port %u: %s", port, strerror(-err));
	if (slot_filled(vm, slot) == EMPTY)
		out_progress("slot %u has no eventfd: until it has one, calls on port %u go the way "
			     "of ports that are not set", slot, port);
	out_done(port_json(vm, port, word), "port %u of VM %u is served by slot %u", port,
		 hcbpf_vm_id(vm), slot);
	return EXIT_SUCCESS;
}

/* Mark the slots that ports name: they are taken, whether filled or not. */
static int mark_named(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info, unsigned char *named)
{
	hcbpf_port_t word;
	uint32_t port = 0;
	int err;

	while (!(err = hcbpf_port_next(vm, &port, &word))) {
		if (hcbpf_port_slot(word) < info->nr_ports)
			named[hcbpf_port_slot(word)] = 1;
		if (++port == info->nr_ports)
			return 0;
	}
	return err == -ENOENT ? 0 : err;
}

/* Put @efd into the first slot that is empty and that no port names. */
static int fill_free_slot(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info, int efd,
			  uint32_t *slot)
{
	unsigned char *named = calloc(info->nr_ports, 1);
	int err = named ? mark_named(vm, info, named) : -ENOMEM;

	if (!err)
		err = -EEXIST;
	for (*slot = 0; err == -EEXIST && *slot < info->nr_ports; (*slot)++)
		if (!named[*slot])
			err = hcbpf_vm_add_eventfd(vm, *slot, efd);
	if (!err)
		(*slot)--;	/* the loop has gone one beyond */
	free(named);
	return err == -EEXIST ? -ENOSPC : err;
}

/* The slot that the port names already, if it is empty: as in a VM that was restored. */
static int fill_own_slot(struct hcbpf_vm *vm, uint32_t port, int efd, uint32_t *slot)
{
	hcbpf_port_t word;
	int err = hcbpf_port_get(vm, port, &word);

	if (err)
		return err;
	if (hcbpf_port_action(word) != HCBPF_PORT_EVENTFD)
		return -EEXIST;
	*slot = hcbpf_port_slot(word);
	return hcbpf_vm_add_eventfd(vm, *slot, efd);
}

/* What `port set` is to do. */
struct setting {
	uint32_t port, slot, pid, fd;
	bool has_slot, has_eventfd;
};

int parse_eventfd(const char *text, uint32_t *pid, uint32_t *fd)
{
	if (!parse_pid_fd(text, pid, fd) && *pid && *pid <= INT32_MAX && *fd <= INT32_MAX)
		return 0;
	return fail_usage("\"%s\" names no eventfd\nwrite PID:FD", text);
}

static int parse_setting(const struct args *args, struct setting *setting)
{
	const char *const *words = args->words;
	int slot;

	*setting = (struct setting){ .has_eventfd = !strcmp(words[2], "eventfd") };
	slot = setting->has_eventfd ? 4 : 2;
	setting->has_slot = args->nr_words > slot;
	if ((setting->has_slot && strcmp(words[slot], "slot")) ||
	    args->nr_words != (setting->has_slot ? slot + 2 : slot))
		return fail_usage("cannot understand what to do with the port\n"
				  "usage: hcbpf port set %s", args->command->usage);
	if (parse_index(words[1], &setting->port) ||
	    (setting->has_eventfd && parse_eventfd(words[3], &setting->pid, &setting->fd)) ||
	    (setting->has_slot && parse_index(words[slot + 1], &setting->slot)))
		return EXIT_USAGE;
	return 0;
}

/* Whoever has claimed it would wait in vain. */
static int check_claim(struct hcbpf_vm *vm, uint32_t port)
{
	hcbpf_port_t word = 0;
	int err = hcbpf_port_get(vm, port, &word);

	if (err || !hcbpf_port_is_claimed(word))
		return 0;
	return fail(-EBUSY, "port %u of VM %u is claimed\nsee `hcbpf port claims`; to take it from "
		    "its backend use `hcbpf port del %u %u`", port, hcbpf_vm_id(vm),
		    hcbpf_vm_id(vm), port);
}

static int fill_slot(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info,
		     struct setting *setting, int efd)
{
	int err;

	if (setting->has_slot)
		return hcbpf_vm_set_eventfd(vm, setting->slot, efd);
	err = fill_own_slot(vm, setting->port, efd, &setting->slot);
	return err == -EEXIST || err == -ERANGE ?
	       fill_free_slot(vm, info, efd, &setting->slot) : err;
}

/* The eventfd first: a port must not name a slot that is still empty. */
static int set_eventfd(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info,
		       struct setting *setting)
{
	int efd = remote_eventfd(setting->pid, setting->fd), err;

	if (efd < 0)
		return EXIT_FAILURE;
	err = fill_slot(vm, info, setting, efd);
	close(efd);
	if (err == -EINVAL)
		return fail(err, "file descriptor %u of process %u is not an eventfd", setting->fd,
			    setting->pid);
	if (err == -ENOSPC)
		return fail(err, "VM %u has no free slot\nname one with `slot N`", info->id);
	if (err)
		return fail(err, "cannot fill slot %u of VM %u: %s", setting->slot, info->id,
			    strerror(-err));
	return 0;
}

static int set_run(const struct args *args)
{
	struct setting setting;
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	int status;

	status = parse_setting(args, &setting);
	if (status)
		return status;
	vm = open_port(args, &info, &setting.port);
	if (!vm)
		return EXIT_FAILURE;
	status = check_claim(vm, setting.port);
	if (!status && setting.has_slot)
		status = check_index(setting.slot, "slot", &info);
	if (!status && setting.has_eventfd)
		status = set_eventfd(vm, &info, &setting);
	if (!status)
		status = store(vm, setting.port, setting.slot);
	hcbpf_vm_close(vm);
	return status;
}

static int delete(struct hcbpf_vm *vm, uint32_t port)
{
	hcbpf_port_t word = 0;
	int err;

	err = hcbpf_port_get(vm, port, &word);
	if (!err && !word)
		return fail(-ENOENT, "port %u of VM %u is not set\nsee `hcbpf port list %u`", port,
			    hcbpf_vm_id(vm), hcbpf_vm_id(vm));
	if (!err)
		err = hcbpf_port_del(vm, port);
	if (err)
		return fail(err, "cannot delete port %u: %s", port, strerror(-err));
	out_done(port_json(vm, port, word), "port %u of VM %u goes to the VMM again", port,
		 hcbpf_vm_id(vm));
	return EXIT_SUCCESS;
}

/* For a guest that was reset where the kernel cannot see it. */
static int delete_all(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info)
{
	struct json_object *json = json_object_new_object();
	uint32_t port = 0, nr = 0;
	hcbpf_port_t word;
	int err = -ENOENT;

	while (port < info->nr_ports && !(err = hcbpf_port_next(vm, &port, &word)) &&
	       !(err = hcbpf_port_del(vm, port))) {
		port++;
		nr++;
	}
	if (err && err != -ENOENT) {
		json_object_put(json);
		return fail(err, "cannot delete the ports of VM %u: %s", info->id, strerror(-err));
	}
	add_number(json, "id", info->id);
	add_number(json, "nr_deleted", nr);
	out_done(json, "%u port%s of VM %u go%s to the VMM again", nr, nr == 1 ? "" : "s",
		 info->id, nr == 1 ? "es" : "");
	return EXIT_SUCCESS;
}

static int del_run(const struct args *args)
{
	bool all = !strcmp(args->words[1], "all");
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	uint32_t port;
	int status;

	if (!all && parse_index(args->words[1], &port))
		return EXIT_USAGE;
	vm = open_port(args, &info, all ? NULL : &port);
	if (!vm)
		return EXIT_FAILURE;
	status = all ? delete_all(vm, &info) : delete(vm, port);
	hcbpf_vm_close(vm);
	return status;
}

/* ---- list ---- */

static int add_ports(struct json_object *rows, struct hcbpf_vm *vm,
		     const struct hcbpf_vm_info *info, unsigned char *named)
{
	hcbpf_port_t word;
	uint32_t port = 0;
	int err = -ENOENT;

	while (port < info->nr_ports && !(err = hcbpf_port_next(vm, &port, &word))) {
		if (hcbpf_port_slot(word) < info->nr_ports)
			named[hcbpf_port_slot(word)] = 1;
		json_object_array_add(rows, port_json(vm, port++, word));
	}
	return err == -ENOENT ? 0 : err;
}

/* Eventfds that no port leads to. */
static int add_unnamed_slots(struct json_object *rows, struct hcbpf_vm *vm,
			     const unsigned char *named)
{
	struct json_object *row;
	uint32_t slot;
	int err;

	for (slot = 0; !(err = hcbpf_vm_next_eventfd(vm, &slot)); slot++) {
		if (named[slot])
			continue;
		row = json_object_new_object();
		json_object_object_add(row, "port", NULL);
		json_object_object_add(row, "action", NULL);
		add_slot(row, slot, FILLED);
		json_object_array_add(rows, row);
	}
	return err == -ENOENT || err == -ENOTTY ? 0 : err;
}

static int list(struct hcbpf_vm *vm, const struct hcbpf_vm_info *info)
{
	struct json_object *rows = json_object_new_array();
	unsigned char *named = calloc(info->nr_ports, 1);
	int err = named ? add_ports(rows, vm, info, named) : -ENOMEM;

	if (!err)
		err = add_unnamed_slots(rows, vm, named);
	free(named);
	if (err) {
		json_object_put(rows);
		return fail(err, "cannot read the ports of VM %u: %s", info->id, strerror(-err));
	}
	out_table(rows, columns, "no port is set, and no slot has an eventfd");
	return EXIT_SUCCESS;
}

static int list_run(const struct args *args)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm = open_port(args, &info, NULL);
	int status = vm ? list(vm, &info) : EXIT_FAILURE;

	hcbpf_vm_close(vm);
	return status;
}

const struct command port_verbs[] = {
	{ "list", "VM", "the ports that are set, their slots, and eventfds that no port leads to", .run = list_run,
	  .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "set", "VM PORT {slot N | eventfd PID:FD [slot N]}",
	  "let the kernel serve a port; an eventfd without a slot goes behind the used ones",
	  .run = set_run, .min_words = 4, .max_words = 6, .takes_vm = true },
	{ "del", "VM {PORT | all}", "let the VMM serve a port again", .run = del_run,
	  .min_words = 2, .max_words = 2, .takes_vm = true },
	{ "claim", "TAG PORT [--eventfd PID:FD | --count N | COMMAND]",
	  "have a port of the VM with that tag, whenever it is there, as long as this runs: for the "
	  "eventfd of a process, for a command (behind --), or to show its signals",
	  .run = claim_run, .min_words = 2, .max_words = MAX_WORDS - 1, .options = claim_options },
	{ "claims", "", "the ports that are claimed, and by whom", .run = claims_run },
	{ 0 }
};
