// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Saving a VM's state, and giving it to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "state_file.h"
#include "state_format.h"

/* ---- save ---- */

static int save_rules(struct hcbpf_vm *vm, struct hcbpf_saved *saved)
{
	size_t room = 64, nr;
	int err;

	for (;; room = nr) {
		saved->rules = calloc(room, sizeof(*saved->rules));
		if (!saved->rules)
			return -ENOMEM;
		nr = room;
		/* The profile's name and the rules that belong together. */
		err = hcbpf_rules_get(vm, saved->rules, &nr, NULL, saved->profile);
		if (err)
			return err;
		if (nr <= room)
			break;
		free(saved->rules);
		saved->rules = NULL;
	}
	saved->nr_rules = nr;
	return 0;
}

/* What a claim serves is not the VM's: on the other side claims are served by themselves. */
static int save_ports(struct hcbpf_vm *vm, struct hcbpf_saved *saved)
{
	struct hcbpf_saved_port *more;
	uint32_t port = 0;
	hcbpf_port_t word;
	size_t room = 0;
	int err;

	for (; port < saved->nr_ports; port++) {
		err = hcbpf_port_next(vm, &port, &word);
		if (err)
			return err == -ENOENT ? 0 : err;
		if (hcbpf_port_is_claimed(word))
			continue;
		if (saved->nr_set == room) {
			room = room ? 2 * room : 64;
			more = realloc(saved->set, room * sizeof(*more));
			if (!more)
				return -ENOMEM;
			saved->set = more;
		}
		saved->set[saved->nr_set++] = (struct hcbpf_saved_port){ port, word };
	}
	return 0;
}

static int save_buffers(struct hcbpf_vm *vm, struct hcbpf_saved *saved)
{
	size_t room = 0, nr;
	int err;

	for (;; room = nr) {
		free(saved->buffers);
		saved->buffers = calloc(room ? room : 1, sizeof(*saved->buffers));
		if (!saved->buffers)
			return -ENOMEM;
		nr = room;
		err = hcbpf_buffers_get(vm, saved->buffers, &nr);
		if (err || nr <= room)
			break;
	}
	saved->nr_buffers = err ? 0 : nr;
	return err;
}

/* A map that says nothing is none. */
static int save_attributes(struct hcbpf_vm *vm, struct hcbpf_saved *saved)
{
	struct hcbpf_gpa_snapshot *map;
	int err;

	err = hcbpf_gpa_snapshot(vm, &map);
	if (err)
		return err;
	map->generation = 0;
	if (map->nr || map->default_attr)
		saved->attributes = map;
	else
		hcbpf_gpa_snapshot_free(map);
	return 0;
}

static int collect(struct hcbpf_vm *vm, struct hcbpf_saved *saved)
{
	struct hcbpf_vm_info info;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (err)
		return err;
	if (info.state & HCBPF_VM_ENDED)
		return -ENODEV;
	memcpy(saved->policy, info.policy, HCBPF_NAME_LEN);
	memcpy(saved->tag, info.tag, HCBPF_NAME_LEN);
	saved->abi = info.abi;
	saved->nr_ports = info.nr_ports;
	saved->flags = info.state & HCBPF_VM_ENCRYPTED ? HCBPF_BIND_ENCRYPTED : 0;
	saved->param = info.param;
	err = save_rules(vm, saved);
	err = err ? err : save_ports(vm, saved);
	err = err ? err : save_buffers(vm, saved);
	return err ? err : save_attributes(vm, saved);
}

int hcbpf_vm_save(struct hcbpf_vm *vm, void **data, size_t *size)
{
	struct hcbpf_saved *saved = calloc(1, sizeof(*saved));
	int err;

	if (!saved)
		return -ENOMEM;
	err = collect(vm, saved);
	if (!err)
		err = state_format_make(saved, data, size);
	hcbpf_state_free(saved);
	return err;
}

/* ---- restore ---- */

static int check_fit(const struct hcbpf_vm_info *info, const struct hcbpf_saved *saved,
		     struct hcbpf_state_error *error)
{
	const struct hcbpf_saved_port *set;

	if (strcmp(info->policy, saved->policy))
		return state_refuse(error, HCBPF_STATE_UNFIT, 0, "the VM is bound with policy %s, "
				    "and the saved one had %s", info->policy, saved->policy);
	if (info->abi != saved->abi)
		return state_refuse(error, HCBPF_STATE_UNFIT, 0, "the VM is bound with ABI %u, and "
				    "the saved one had %u", info->abi, saved->abi);
	if (!(info->state & HCBPF_VM_ENCRYPTED) != !(saved->flags & HCBPF_BIND_ENCRYPTED))
		return state_refuse(error, HCBPF_STATE_UNFIT, 0, "the memory of one of the VMs is "
				    "encrypted, and that of the other is not");
	for (set = saved->set; set < saved->set + saved->nr_set; set++)
		if (set->port >= info->nr_ports || hcbpf_port_slot(set->word) >= info->nr_ports)
			return state_refuse(error, HCBPF_STATE_UNFIT, 0,
					    "port %u, slot %u are beyond the VM's table of %u",
					    set->port, hcbpf_port_slot(set->word), info->nr_ports);
	return 0;
}

/* A word that this module's ports do not have would never be served. */
static int check_actions(const struct hcbpf_saved *saved, struct hcbpf_state_error *error)
{
	const struct hcbpf_saved_port *set;

	for (set = saved->set; set < saved->set + saved->nr_set; set++)
		if (set->word != hcbpf_port_make(HCBPF_PORT_EVENTFD, hcbpf_port_slot(set->word)))
			return state_refuse(error, HCBPF_STATE_UNSUPPORTED, HCBPF_STATE_PORTS,
					    "port %u has an action that is not known here",
					    set->port);
	return 0;
}

/* Those of the state from @*next on that are below @port. */
static int put_below(struct hcbpf_vm *vm, const struct hcbpf_saved_port **next,
		     const struct hcbpf_saved_port *end, uint64_t port)
{
	int err = 0;

	for (; !err && *next < end && (*next)->port < port; ++*next)
		err = hcbpf_port_set(vm, (*next)->port, hcbpf_port_slot((*next)->word));
	return err;
}

/*
 * The ports that are set become those of the state, in one walk. One that is claimed here stays
 * so, as it was where the state comes from.
 */
static int put_ports(struct hcbpf_vm *vm, const struct hcbpf_saved *saved)
{
	const struct hcbpf_saved_port *next = saved->set, *end = next + saved->nr_set;
	hcbpf_port_t word;
	uint32_t port;
	int err = 0;

	for (port = 0; !err && port < vm->nr_ports; port++) {
		err = hcbpf_port_next(vm, &port, &word);
		err = err ? err : put_below(vm, &next, end, port);
		if (err)
			break;
		if (hcbpf_port_is_claimed(word))
			next += next < end && next->port == port;
		else if (next == end || next->port != port)
			err = hcbpf_port_del(vm, port);
	}
	return err && err != -ENOENT ? err : put_below(vm, &next, end, vm->nr_ports);
}

static int put_rules(struct hcbpf_vm *vm, const struct hcbpf_saved *saved, uint32_t flags,
		     struct hcbpf_state_error *error)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = saved->profile, .flags = flags);
	int err = hcbpf_rules_set(vm, saved->rules, saved->nr_rules, &opts);

	if (err == -EINVAL)
		return state_refuse(error, HCBPF_STATE_UNSUPPORTED, HCBPF_STATE_RULES,
				    "the module on this host does not take its rules");
	return err;
}

static int put_buffers(struct hcbpf_vm *vm, const struct hcbpf_saved *saved,
		       struct hcbpf_state_error *error)
{
	int err = hcbpf_buffers_set(vm, saved->buffers, saved->nr_buffers);

	if (err == -ENOSPC)
		return state_refuse(error, HCBPF_STATE_UNSUPPORTED, HCBPF_STATE_BUFFERS,
				    "it has more buffers than a VM may have here");
	if (err == -EEXIST || err == -EINVAL)
		return state_refuse(error, HCBPF_STATE_UNSUPPORTED, HCBPF_STATE_BUFFERS,
				    "the module on this host does not take its buffers");
	return err;
}

static int put_attributes(struct hcbpf_vm *vm, const struct hcbpf_saved *saved)
{
	const struct hcbpf_gpa_snapshot *map = saved->attributes;

	return map ? hcbpf_gpa_replace(vm, map->default_attr, map->ranges, map->nr) :
		     hcbpf_gpa_replace(vm, 0, NULL, 0);
}

static int save_what_can_be_undone(struct hcbpf_vm *vm, struct hcbpf_saved *old)
{
	int err = save_rules(vm, old);

	err = err ? err : save_buffers(vm, old);
	return err ? err : save_attributes(vm, old);
}

/* Back to what there was before something failed. */
static void undo(struct hcbpf_vm *vm, const struct hcbpf_saved *old)
{
	struct hcbpf_state_error unused;

	put_attributes(vm, old);
	put_buffers(vm, old, &unused);
	put_rules(vm, old, HCBPF_RULES_FORCE, &unused);
}

/* What can be refused first. A store into the table of ports can fail only at first. */
static int put_state(struct hcbpf_vm *vm, const struct hcbpf_saved *saved, uint32_t flags,
		     struct hcbpf_state_error *error)
{
	struct hcbpf_saved *old = calloc(1, sizeof(*old));
	int err = old ? save_what_can_be_undone(vm, old) : -ENOMEM;

	if (!err)
		err = put_rules(vm, saved, flags, error);
	if (!err) {
		err = put_buffers(vm, saved, error);
		err = err ? err : put_attributes(vm, saved);
		err = err ? err : put_ports(vm, saved);
		err = err ? err : hcbpf_vm_set_param(vm, saved->param);
		if (err)
			undo(vm, old);
	}
	hcbpf_state_free(old);
	return err;
}

static int restore(struct hcbpf_vm *vm, const struct hcbpf_saved *saved, uint32_t flags,
		   struct hcbpf_state_error *error)
{
	struct hcbpf_vm_info info;
	int err;

	err = hcbpf_vm_info(vm, &info);
	if (!err && info.state & HCBPF_VM_ENDED)
		err = -ENODEV;
	err = err ? err : check_fit(&info, saved, error);
	if (!err && info.state & HCBPF_VM_NO_POLICY)
		err = -ENOENT;
	return err ? err : put_state(vm, saved, flags, error);
}

int hcbpf_vm_restore(struct hcbpf_vm *vm, const void *data, size_t size, uint32_t flags,
		     struct hcbpf_state_error *error)
{
	struct hcbpf_state_error why;
	struct hcbpf_saved *saved;
	int err;

	if (flags & ~HCBPF_RULES_FORCE)
		return -EINVAL;
	error = error ? error : &why;
	err = hcbpf_state_read(data, size, &saved, error);
	if (err)
		return err;
	err = check_actions(saved, error);
	err = err ? err : restore(vm, saved, flags, error);
	hcbpf_state_free(saved);
	return err;
}

int hcbpf_vm_bind_saved(int vm_fd, const void *data, size_t size, struct hcbpf_vm **vm,
			struct hcbpf_state_error *error)
{
	LIBHCBPF_OPTS(hcbpf_bind_opts, opts);
	struct hcbpf_state_error why;
	struct hcbpf_saved *saved;
	struct hcbpf_vm *new;
	int err;

	error = error ? error : &why;
	err = hcbpf_state_read(data, size, &saved, error);
	if (err)
		return err;
	opts.policy = saved->policy;
	opts.tag = saved->tag;
	opts.abi = saved->abi;
	opts.nr_ports = saved->nr_ports;
	opts.flags = saved->flags;
	opts.param = saved->param;
	err = check_actions(saved, error);
	if (!err)
		err = hcbpf_vm_bind(vm_fd, &opts, &new);
	if (!err) {
		err = put_state(new, saved, 0, error);
		if (err) {
			hcbpf_vm_unbind(new);
			hcbpf_vm_close(new);
		} else {
			*vm = new;
		}
	}
	hcbpf_state_free(saved);
	return err;
}
