// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/abi_names.h"
#include "text/profile_settings.h"
#include "text/rule_shape.h"
#include "text/rules.h"

/* ---- a rule ---- */

static int get_call(const struct place *place, const struct node *map, struct hcbpf_rule *rule)
{
	const struct node *call = node_get(map, "call"), *op = node_get(map, "op");

	if (call_by_name(rule->abi, call->text, &rule->nr))
		return complain(place, call, "unknown call \"%.64s\" of the %s ABI", call->text,
				abi_name(rule->abi));
	rule->sub = HCBPF_RULE_ANY;
	if (op && op_by_name(rule->abi, rule->nr, op->text, &rule->sub))
		return complain(place, op, "unknown sub-operation \"%.64s\"", op->text);
	return 0;
}

static int get_ret(const struct place *place, const struct node *ret, struct hcbpf_rule *rule)
{
	if (ret_parse(rule->abi, ret->text, &rule->ret))
		return complain(place, ret, "\"%.64s\" is not a result of the %s ABI", ret->text,
				abi_name(rule->abi));
	if (!hcbpf_rule_denies(rule))
		return complain(place, ret, "\"ret\" is for what is denied");
	return 0;
}

static int complete(const struct place *place, const struct node *node, bool has_ret,
		    struct entry *entry)
{
	struct hcbpf_rule whole = entry->rule;

	rule_complete(&whole, HCBPF_RULE_PASS, has_ret);
	if (rule_mistake(&whole))
		return complain(place, node, "%s", rule_mistake(&whole));
	entry->open = whole.otherwise != entry->rule.otherwise;
	whole.otherwise = entry->rule.otherwise;
	entry->rule = whole;
	entry->line = node->line;
	return 0;
}

/* What becomes of the call: action, otherwise, user, ret. */
static int get_outcome(const struct place *place, const struct node *map, struct entry *entry)
{
	const struct node *ret = node_get(map, "ret");
	int err = 0;

	entry->rule.action = action_of(map, "action");
	entry->rule.otherwise = action_of(map, "otherwise");
	entry->rule.user = action_of(map, "user");
	if (ret)
		err = get_ret(place, ret, &entry->rule);
	return err ? err : complete(place, map, ret, entry);
}

static int add_rule(const struct place *place, const struct node *map, uint32_t abi,
		    struct draft *own)
{
	struct entry entry = { .rule.abi = abi };
	int err = get_call(place, map, &entry.rule);

	if (!err)
		err = get_outcome(place, map, &entry);
	return err ? err : draft_add(own, &entry);
}

/* default: deny, or with a result: default: {action: deny, ret: -1} */
static int add_default(const struct place *place, const struct node *node, uint32_t abi,
		       struct draft *own)
{
	struct entry entry = { .rule = { .abi = abi, .nr = HCBPF_RULE_ANY,
					 .sub = HCBPF_RULE_ANY } };
	uint32_t action;
	int err;

	if (node->type == NODE_MAP) {
		err = get_outcome(place, node, &entry);
	} else {
		action_by_name(node->text, &action);
		entry.rule.action = action;
		err = complete(place, node, false, &entry);
	}
	return err ? err : draft_add(own, &entry);
}

static int add_abi(const struct place *place, const struct node *map, uint32_t abi,
		   struct draft *own)
{
	const struct node *by_default = node_get(map, "default"), *rules = node_get(map, "rules");
	const struct node *rule;
	int err = by_default ? add_default(place, by_default, abi, own) : 0;

	for (rule = rules ? rules->first : NULL; rule && !err; rule = rule->next)
		err = add_rule(place, rule, abi, own);
	return err;
}

static int check_duplicates(const struct place *place, struct draft *own)
{
	char text[NAMES_TEXT];
	size_t i;

	if (own->nr)
		qsort(own->entry, own->nr, sizeof(*own->entry), entry_order);
	for (i = 1; i < own->nr; i++) {
		const struct entry *first = &own->entry[i - 1], *second = &own->entry[i];
		const struct hcbpf_rule *rule = &second->rule;

		if (rule_order(&first->rule, rule))
			continue;
		call_text(text, rule->abi, rule->nr, rule->sub);
		return complain_at(place->error, place->path, second->line, -EINVAL,
				   "duplicate: %s %s has a rule in line %u", abi_name(rule->abi),
				   text, first->line);
	}
	return 0;
}

int profile_read_own(const struct source *source, const struct node *root, struct draft *own)
{
	const struct node *map;
	uint32_t abi;
	int err = 0;

	own->unknown = action_of(root, "unknown");
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS && !err; abi++) {
		map = node_get(root, abi_name(abi));
		if (map)
			err = add_abi(&source->place, map, abi, own);
	}
	return err ? err : check_duplicates(&source->place, own);
}

/* ---- the rest of a file ---- */

static int get_name(const struct source *source, const struct node *root, struct draft *draft)
{
	const struct node *name = node_get(root, "name");

	if (name_problem(name->text))
		return complain(&source->place, name, "\"%.64s\" cannot be a name: %s", name->text,
				name_problem(name->text));
	if (source->name && strcmp(source->name, name->text))
		return complain(&source->place, name,
				"name is \"%s\", but it was looked up as \"%s\"", name->text,
				source->name);
	snprintf(draft->name, sizeof(draft->name), "%s", name->text);
	return 0;
}

int profile_read_head(const struct source *source, const struct node *root, struct draft *draft)
{
	const struct node *description;
	int err = version_check(&source->place, root);

	if (!err)
		err = shape_check(&source->place, root, &profile_shape);
	if (!err)
		err = get_name(source, root, draft);
	if (err)
		return err;
	description = node_get(root, "description");
	draft->description = strdup(description ? description->text : "");
	return draft->description ? 0 : -ENOMEM;
}
