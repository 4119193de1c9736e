// SPDX-License-Identifier: GPL-2.0-only
/* port set, del, list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/which_vm.h"
#include "host/remote.h"

static const struct column columns[] = {
	{ "port", "PORT" }, { "action", "ACTION" }, { "slot", "SLOT" }, { 0 }
};

static struct json_object *port_json(uint32_t port, hcbpf_port_t word)
{
	struct json_object *object = json_object_new_object();
	__u32 action = hcbpf_port_action(word);

	add_number(object, "port", port);
	add_text(object, "action", action == HCBPF_PORT_EVENTFD ? "eventfd" :
		 action == HCBPF_PORT_NONE ? "none" : "unknown");
	add_number(object, "slot", hcbpf_port_slot(word));
	return object;
}

/* A number below the size of the VM's table. */
static int parse_index(const char *text, const char *what, const struct hcbpf_vm_info *info,
		       uint32_t *index)
{
	int err = parse_u32(text, index);

	if (err == -EINVAL)
		return fail(err, "\"%s\" is not a number", text);
	if (!err && *index < info->nr_ports)
		return 0;
	return fail(-ERANGE, "%s %s is too large: VM %u has a table of %u\nuse 0 to %u", what,
		    text, info->id, info->nr_ports, info->nr_ports - 1);
}

/* The VM and, for the verbs that name one, the port. */
static struct hcbpf_vm *open_port(const struct args *args, struct hcbpf_vm_info *info,
				  uint32_t *port)
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
		err = port ? parse_index(args->words[1], "port", info, port) : 0;
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
	out_done(port_json(port, word), "port %u of VM %u is served by slot %u", port,
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

static int fill_slot(struct hcbpf_vm *vm, const struct args *args,
		     const struct hcbpf_vm_info *info, uint32_t port, int efd, uint32_t *slot)
{
	int err;

	if (args->nr_words == 6)
		return hcbpf_vm_set_eventfd(vm, *slot, efd);
	err = fill_own_slot(vm, port, efd, slot);
	return err == -EEXIST || err == -ERANGE ? fill_free_slot(vm, info, efd, slot) : err;
}

/* The eventfd first: a port must not name a slot that is still empty. */
static int set_eventfd(struct hcbpf_vm *vm, const struct args *args,
		       const struct hcbpf_vm_info *info, uint32_t port)
{
	uint32_t pid, fd, slot = 0;
	int efd, err;

	if (parse_pid_fd(args->words[3], &pid, &fd) || !pid || pid > INT32_MAX || fd > INT32_MAX)
		return fail(-EINVAL, "\"%s\" names no eventfd\nwrite PID:FD", args->words[3]);
	if (args->nr_words == 6 && parse_index(args->words[5], "slot", info, &slot))
		return EXIT_FAILURE;
	efd = remote_fd(pid, fd);
	if (efd < 0)
		return EXIT_FAILURE;
	err = fill_slot(vm, args, info, port, efd, &slot);
	close(efd);
	if (err == -EINVAL)
		return fail(err, "file descriptor %u of process %u is not an eventfd", fd, pid);
	if (err == -ENOSPC)
		return fail(err, "VM %u has no free slot\nname one with `slot N`", info->id);
	if (err)
		return fail(err, "cannot fill slot %u of VM %u: %s", slot, info->id,
			    strerror(-err));
	return store(vm, port, slot);
}

static bool set_words_fit(const struct args *args)
{
	const char *const *words = args->words;

	if (!strcmp(words[2], "slot"))
		return args->nr_words == 4;
	return !strcmp(words[2], "eventfd") &&
	       (args->nr_words == 4 || (args->nr_words == 6 && !strcmp(words[4], "slot")));
}

static int set_run(const struct args *args)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	uint32_t port, slot;
	int status;

	if (!set_words_fit(args))
		return fail_usage("cannot understand what to do with the port\n"
				  "usage: hcbpf port set %s", args->command->usage);
	vm = open_port(args, &info, &port);
	if (!vm)
		return EXIT_FAILURE;
	if (!strcmp(args->words[2], "eventfd")) {
		status = set_eventfd(vm, args, &info, port);
	} else {
		status = parse_index(args->words[3], "slot", &info, &slot);
		if (!status)
			status = store(vm, port, slot);
	}
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
	out_done(port_json(port, word), "port %u of VM %u goes to the VMM again", port,
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
	add_number(json, "deleted", nr);
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

	vm = open_port(args, &info, all ? NULL : &port);
	if (!vm)
		return EXIT_FAILURE;
	status = all ? delete_all(vm, &info) : delete(vm, port);
	hcbpf_vm_close(vm);
	return status;
}

static int list_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	hcbpf_port_t word;
	uint32_t port = 0;
	int err = -ENOENT;

	vm = open_port(args, &info, NULL);
	if (!vm) {
		json_object_put(rows);
		return EXIT_FAILURE;
	}
	while (port < info.nr_ports && !(err = hcbpf_port_next(vm, &port, &word)))
		json_object_array_add(rows, port_json(port++, word));
	hcbpf_vm_close(vm);
	if (err && err != -ENOENT) {
		json_object_put(rows);
		return fail(err, "cannot read the ports of VM %u: %s", info.id, strerror(-err));
	}
	out_table(rows, columns);
	return EXIT_SUCCESS;
}

const struct command port_verbs[] = {
	{ "list", "VM", "the ports that are set", .run = list_run,
	  .min_words = 1, .max_words = 1, .takes_vm = true },
	{ "set", "VM PORT {slot N | eventfd PID:FD [slot N]}",
	  "let the kernel serve a port; an eventfd without a slot goes behind the used ones",
	  .run = set_run, .min_words = 4, .max_words = 6, .takes_vm = true },
	{ "del", "VM {PORT | all}", "let the VMM serve a port again", .run = del_run,
	  .min_words = 2, .max_words = 2, .takes_vm = true },
	{ 0 }
};
