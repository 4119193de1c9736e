// SPDX-License-Identifier: GPL-2.0-only
/* rule set, del, list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cmd/rule.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/journal.h"
#include "text/abi_names.h"
#include "text/rules.h"

const struct column rule_columns[] = {
	{ "abi", "ABI" }, { "call", "CALL" }, { "outcome", "OUTCOME" }, { 0 }
};

/* A part that stands for every one of its kind is null. */
static void add_key(struct json_object *object, const char *key, uint32_t number)
{
	json_object_object_add(object, key, number == HCBPF_RULE_ANY ? NULL :
			       json_object_new_uint64(number));
}

struct json_object *rule_json(const struct hcbpf_rule *rule)
{
	struct json_object *object = json_object_new_object();
	const char *abi = abi_name(rule->abi), *action = action_name(rule->action);
	const char *otherwise = action_name(rule->otherwise);
	char text[NAMES_TEXT];

	add_text(object, "abi", abi ? abi : "?");
	add_key(object, "nr", rule->nr);
	add_key(object, "sub", rule->sub);
	add_text(object, "action", action ? action : "?");
	json_object_object_add(object, "otherwise",
			       otherwise ? json_object_new_string(otherwise) : NULL);
	json_object_object_add(object, "user_action", rule->user ?
			       json_object_new_string(action_name(rule->user) ?: "?") : NULL);
	json_object_object_add(object, "ret", json_object_new_int(rule->ret));
	call_text(text, rule->abi, rule->nr, rule->sub);
	add_text(object, "call", text);
	rule_text(text, rule);
	add_text(object, "outcome", text);
	return object;
}

struct json_object *rules_json(const struct hcbpf_rule *rules, size_t nr)
{
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < nr; i++)
		json_object_array_add(rows, rule_json(&rules[i]));
	return rows;
}

int vm_rules_read(struct hcbpf_vm *vm, struct vm_rules *rules)
{
	size_t room;
	int err;

	memset(rules, 0, sizeof(*rules));
	/* They may grow between two looks. */
	do {
		room = rules->nr;
		free(rules->rules);
		rules->rules = calloc(room + 1, sizeof(*rules->rules));
		err = !rules->rules ? -ENOMEM :
		      hcbpf_rules_get(vm, rules->rules, &rules->nr, &rules->generation,
				      rules->profile);
	} while (!err && rules->nr > room);
	if (err) {
		free(rules->rules);
		rules->rules = NULL;
		return err;
	}
	qsort(rules->rules, rules->nr, sizeof(*rules->rules), rule_order);
	return 0;
}

int fail_rules(int err, struct hcbpf_vm *vm)
{
	uint32_t id = hcbpf_vm_id(vm);

	switch (err) {
	case -EBUSY:
		return fail(err, "the guest of VM %u has made calls, and this would answer some "
			    "that it was denied\nuse `force` to change its world all the same", id);
	case -ENODEV:
		return fail(err, "VM %u has ended", id);
	case -EPERM:
		return fail_operators(vm);
	case -EAGAIN:
		return fail(err, "somebody changes the rules of VM %u all the time\nlook at its "
			    "VMM", id);
	case -E2BIG:
		return fail(err, "VM %u cannot have more than 65536 rules", id);
	default:
		return fail(err, "cannot change the rules of VM %u: %s", id, strerror(-err));
	}
}

int parse_force(const char *word, uint32_t *flags)
{
	if (strcmp(word, "force"))
		return -1;
	*flags |= HCBPF_RULES_FORCE;
	return 0;
}

/* ---- what was typed ---- */

static int parse_call(const struct args *args, struct hcbpf_rule *rule)
{
	char all[NAMES_TEXT];
	uint32_t abi, nr, sub;

	abi_list(all, abi_has_calls);
	if (abi_by_name(args->words[1], &abi) || !abi_has_calls(abi))
		return fail_usage("\"%s\" is not an ABI\nuse %s", args->words[1], all);
	if (call_parse(abi, args->words[2], &nr, &sub))
		return fail_usage("the %s ABI has no call \"%s\"\nwrite NR, NR:SUB or default; "
				  "use numbers for calls without a name", abi_name(abi),
				  args->words[2]);
	rule->abi = abi;
	rule->nr = nr;
	rule->sub = sub;
	return 0;
}

static int parse_action(const char *word, __u8 *action)
{
	char all[NAMES_TEXT];
	uint32_t number;

	action_list(all, hcbpf_action_is_known);
	if (action_by_name(word, &number))
		return fail_usage("\"%s\" is not an action\nuse %s", word, all);
	*action = number;
	return 0;
}

static int parse_ret(const char *word, struct hcbpf_rule *rule)
{
	if (!ret_parse(rule->abi, word, &rule->ret))
		return 0;
	return fail_usage("\"%s\" is not a result of the %s ABI\nuse a number or ENOSYS",
			  word, abi_name(rule->abi));
}

/* [otherwise ACTION] [user ACTION] [ret N] [force], in any order. */
static int parse_rest(const struct args *args, struct hcbpf_rule *rule, uint32_t *flags,
		      bool *has_ret)
{
	const char *const *words = args->words;
	int i, status = 0;

	for (i = 4; i < args->nr_words && !status; i++) {
		bool value = i + 1 < args->nr_words;

		if (value && !strcmp(words[i], "otherwise")) {
			status = parse_action(words[++i], &rule->otherwise);
		} else if (value && !strcmp(words[i], "user")) {
			status = parse_action(words[++i], &rule->user);
		} else if (value && !strcmp(words[i], "ret")) {
			*has_ret = true;
			status = parse_ret(words[++i], rule);
		} else if (parse_force(words[i], flags)) {
			status = fail_usage("cannot understand \"%s\"\nusage: hcbpf rule set %s",
					    words[i], args->command->usage);
		}
	}
	return status;
}

static int parse_rule(const struct args *args, struct hcbpf_rule *rule, uint32_t *flags)
{
	bool has_ret = false;
	int status;

	status = parse_call(args, rule);
	if (!status)
		status = parse_action(args->words[3], &rule->action);
	if (!status)
		status = parse_rest(args, rule, flags, &has_ret);
	if (status)
		return status;
	rule_complete(rule, HCBPF_RULE_PASS, has_ret);
	if (rule_mistake(rule))
		return fail_usage("invalid rule: %s", rule_mistake(rule));
	return 0;
}

/* ---- verbs ---- */

/* The first rule takes away what the policy does by itself: say so. */
static bool has_rules(struct hcbpf_vm *vm)
{
	struct hcbpf_vm_info info;

	return hcbpf_vm_info(vm, &info) || info.nr_rules;
}

static int set(struct hcbpf_vm *vm, const struct hcbpf_rule *rule, uint32_t flags)
{
	char call[NAMES_TEXT], outcome[NAMES_TEXT];
	uint32_t forced = journal_forced(vm);
	bool first = !has_rules(vm);
	int err;

	err = hcbpf_rule_set(vm, rule, flags);
	if (err)
		return fail_rules(err, vm);
	if (first)
		out_progress("VM %u had no rules: now sends and doorbells reach ports only where "
			     "a rule says so", hcbpf_vm_id(vm));
	call_text(call, rule->abi, rule->nr, rule->sub);
	rule_text(outcome, rule);
	journal_rules(vm, forced, "VM %u: %s %s is now: %s", hcbpf_vm_id(vm), abi_name(rule->abi),
		      call, outcome);
	out_done(rule_json(rule), "VM %u: %s %s is now: %s", hcbpf_vm_id(vm),
		 abi_name(rule->abi), call, outcome);
	return EXIT_SUCCESS;
}

static int set_run(const struct args *args)
{
	struct hcbpf_rule rule = { 0 };
	uint32_t flags = 0;
	struct hcbpf_vm *vm;
	int status;

	status = parse_rule(args, &rule, &flags);
	if (status)
		return status;
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	status = set(vm, &rule, flags);
	hcbpf_vm_close(vm);
	return status;
}

static int delete(struct hcbpf_vm *vm, const struct hcbpf_rule *rule, uint32_t flags)
{
	uint32_t id = hcbpf_vm_id(vm), forced = journal_forced(vm);
	struct json_object *object;
	char call[NAMES_TEXT];
	int err;

	call_text(call, rule->abi, rule->nr, rule->sub);
	err = hcbpf_rule_del(vm, rule->abi, rule->nr, rule->sub, flags);
	if (err == -ENOENT)
		return fail(err, "VM %u has no rule for %s %s\nsee `hcbpf rule list %u`", id,
			    abi_name(rule->abi), call, id);
	if (err)
		return fail_rules(err, vm);
	journal_rules(vm, forced, "VM %u has no rule for %s %s any more", id, abi_name(rule->abi),
		      call);
	object = json_object_new_object();
	add_number(object, "id", id);
	add_text(object, "abi", abi_name(rule->abi));
	add_text(object, "call", call);
	out_done(object, "VM %u has no rule for %s %s any more", id, abi_name(rule->abi), call);
	return EXIT_SUCCESS;
}

static int del_run(const struct args *args)
{
	struct hcbpf_rule rule = { 0 };
	uint32_t flags = 0;
	struct hcbpf_vm *vm;
	int status;

	if (args->nr_words == 4 && parse_force(args->words[3], &flags))
		return fail_usage("cannot understand \"%s\"\nusage: hcbpf rule del %s",
				  args->words[3], args->command->usage);
	status = parse_call(args, &rule);
	if (status)
		return status;
	vm = which_vm(args);
	if (!vm)
		return EXIT_FAILURE;
	status = delete(vm, &rule, flags);
	hcbpf_vm_close(vm);
	return status;
}

static int list_run(const struct args *args)
{
	struct hcbpf_vm *vm = which_vm(args);
	struct vm_rules rules;
	uint32_t id;
	int err;

	if (!vm)
		return EXIT_FAILURE;
	id = hcbpf_vm_id(vm);
	err = vm_rules_read(vm, &rules);
	hcbpf_vm_close(vm);
	if (err)
		return fail(err, "cannot read the rules of VM %u: %s", id, strerror(-err));
	out_table(rules_json(rules.rules, rules.nr), rule_columns,
		  "it has no rules: its policy decides by itself");
	free(rules.rules);
	return EXIT_SUCCESS;
}

const struct command rule_verbs[] = {
	{ "list", "VM", "a VM's rules", .run = list_run, .min_words = 1, .max_words = 1,
	  .takes_vm = true },
	{ "set", "VM ABI NR[:SUB] ACTION [otherwise ACTION] [user ACTION] [ret N] [force]",
	  "say what becomes of a call:" ACTION_LIST,
	  .run = set_run, .min_words = 4, .max_words = 11, .takes_vm = true },
	{ "del", "VM ABI NR[:SUB] [force]", "take a rule away", .run = del_run,
	  .min_words = 3, .max_words = 4, .takes_vm = true },
	{ 0 }
};
