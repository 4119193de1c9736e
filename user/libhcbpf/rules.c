// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Rules: all at once, or one of them. The kernel replaces whole tables only,
 * so that a guest's call never sees half a change; one rule is changed by
 * reading the table and setting it again unless somebody else was quicker.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Room in what a table is read into, beyond what it had when last looked at. */
#define SPARE 64

/* A change is made again after those that were quicker; a VMM may be so for ever. */
#define MAX_TRIES 1000

int hcbpf_rules_set(struct hcbpf_vm *vm, const struct hcbpf_rule *rules, size_t nr,
		    const struct hcbpf_rules_opts *opts)
{
	struct hcbpf_rules set = { .size = sizeof(set) };
	struct hcbpf_rules_opts o;
	int err;

	err = hcbpf_opts_copy(&o, sizeof(o), opts);
	if (err)
		return err;
	if (nr > UINT32_MAX)
		return -E2BIG;
	set.flags = o.flags;
	set.generation = o.generation;
	set.nr = nr;
	set.rules = (uintptr_t)rules;
	err = hcbpf_name_copy(set.profile, o.profile ? o.profile : "");
	return err ? err : hcbpf_ioctl(vm->fd, HCBPF_VM_SET_RULES, &set);
}

static int rules_get(struct hcbpf_vm *vm, struct hcbpf_rule *rules, size_t room,
		     struct hcbpf_rules *get)
{
	memset(get, 0, sizeof(*get));
	get->size = sizeof(*get);
	get->nr = room < UINT32_MAX ? room : UINT32_MAX;
	get->rules = (uintptr_t)rules;
	return hcbpf_ioctl(vm->fd, HCBPF_VM_GET_RULES, get);
}

int hcbpf_rules_get(struct hcbpf_vm *vm, struct hcbpf_rule *rules, size_t *nr,
		    uint32_t *generation, char profile[HCBPF_NAME_LEN])
{
	struct hcbpf_rules get;
	int err;

	err = rules_get(vm, rules, *nr, &get);
	if (err)
		return err;
	*nr = get.nr;
	if (generation)
		*generation = get.generation;
	if (profile)
		memcpy(profile, get.profile, HCBPF_NAME_LEN);
	return 0;
}

/* ---- one rule ---- */

int hcbpf_rules_read(struct hcbpf_vm *vm, struct hcbpf_rule **rules, struct hcbpf_rules *get)
{
	size_t room = SPARE;
	int err;

	for (;;) {
		*rules = calloc(room + 1, sizeof(**rules));
		if (!*rules)
			return -ENOMEM;
		err = rules_get(vm, *rules, room, get);
		if (!err && get->nr <= room)
			return 0;
		free(*rules);
		if (err)
			return err;
		room = (size_t)get->nr + SPARE;
	}
}

/* The rule for just this call; @nr if there is none. */
static uint32_t find(const struct hcbpf_rule *rules, uint32_t nr, const struct hcbpf_rule *key)
{
	uint32_t i;

	for (i = 0; i < nr; i++)
		if (rules[i].abi == key->abi && rules[i].nr == key->nr && rules[i].sub == key->sub)
			break;
	return i;
}

static int set_one(struct hcbpf_rule *rules, uint32_t *nr, const struct hcbpf_rule *rule)
{
	uint32_t i = find(rules, *nr, rule);

	*nr += i == *nr;
	rules[i] = *rule;
	return 0;
}

static int delete_one(struct hcbpf_rule *rules, uint32_t *nr, const struct hcbpf_rule *rule)
{
	uint32_t i = find(rules, *nr, rule);

	if (i == *nr)
		return -ENOENT;
	rules[i] = rules[--*nr];
	return 0;
}

typedef int change_fn(struct hcbpf_rule *rules, uint32_t *nr, const struct hcbpf_rule *rule);

/* -EAGAIN: somebody else changed the rules meanwhile. */
static int try_change(struct hcbpf_vm *vm, change_fn *change, const struct hcbpf_rule *rule,
		      uint32_t flags)
{
	struct hcbpf_rules set;
	struct hcbpf_rule *rules;
	int err;

	err = hcbpf_rules_read(vm, &rules, &set);
	if (err)
		return err;
	err = change(rules, &set.nr, rule);
	if (!err) {
		/* The generation and the profile stay as they were read. */
		set.flags = flags | HCBPF_RULES_IF_GENERATION;
		set.rules = (uintptr_t)rules;
		err = hcbpf_ioctl(vm->fd, HCBPF_VM_SET_RULES, &set);
	}
	free(rules);
	return err;
}

static int change(struct hcbpf_vm *vm, change_fn *fn, const struct hcbpf_rule *rule,
		  uint32_t flags)
{
	int err = -EAGAIN, tries;

	if (flags & HCBPF_RULES_IF_GENERATION)
		return -EINVAL;
	for (tries = 0; err == -EAGAIN && tries < MAX_TRIES; tries++)
		err = try_change(vm, fn, rule, flags);
	return err;
}

int hcbpf_rule_set(struct hcbpf_vm *vm, const struct hcbpf_rule *rule, uint32_t flags)
{
	return change(vm, set_one, rule, flags);
}

int hcbpf_rule_del(struct hcbpf_vm *vm, enum hcbpf_abi abi, uint32_t nr, uint32_t sub,
		   uint32_t flags)
{
	const struct hcbpf_rule key = { .abi = abi, .nr = nr, .sub = sub };

	return change(vm, delete_one, &key, flags);
}
