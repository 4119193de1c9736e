// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/abi_names.h"
#include "text/profile_settings.h"
#include "text/rules.h"

/* Refuse what is not in @known, so that a typo does not go unnoticed. */
static int check_keys(struct reader *r, const struct source *source,
		      const config_setting_t *group, const char *const *known)
{
	int i, k, nr = config_setting_length(group);
	const config_setting_t *setting;

	for (i = 0; i < nr; i++) {
		setting = config_setting_get_elem(group, i);
		for (k = 0; known[k] && strcmp(known[k], config_setting_name(setting)); k++)
			;
		if (!known[k])
			return COMPLAIN(setting, "unknown setting \"%s\"",
					config_setting_name(setting));
	}
	return 0;
}

/* *@text is NULL if there is no such setting. */
static int get_text(struct reader *r, const struct source *source, const config_setting_t *group,
		    const char *key, const char **text)
{
	const config_setting_t *setting = config_setting_get_member(group, key);

	*text = NULL;
	if (!setting)
		return 0;
	*text = config_setting_get_string(setting);
	return *text ? 0 : COMPLAIN(setting, "\"%s\" must be text in quotes", key);
}

/* A number or text, as text; "" if it is neither. */
static void setting_text(const config_setting_t *setting, char text[NAMES_TEXT])
{
	const char *string = config_setting_get_string(setting);
	int64_t number;

	text[0] = '\0';
	if (string)
		snprintf(text, NAMES_TEXT, "%s", string);
	else if (config_number(setting, &number))
		snprintf(text, NAMES_TEXT, "%lld", (long long)number);
}

/* The one of those that @is_one says yes to which is called @word. */
static int parse_action(struct reader *r, const struct source *source,
			const config_setting_t *setting, int (*is_one)(__u8 action),
			const char *word, uint32_t *action)
{
	char all[NAMES_TEXT];

	action_list(all, is_one);
	if (action_by_name(word, action))
		return COMPLAIN(setting, "unknown action \"%s\"; use %s", word, all);
	return 0;
}

static int get_action(struct reader *r, const struct source *source,
		      const config_setting_t *group, const char *key, uint32_t *action)
{
	const char *text;
	int err = get_text(r, source, group, key, &text);

	if (err || !text)
		return err;
	return parse_action(r, source, config_setting_get_member(group, key),
			    hcbpf_action_is_known, text, action);
}

/* ---- a rule ---- */

static int get_call(struct reader *r, const struct source *source, const config_setting_t *group,
		    struct hcbpf_rule *rule)
{
	const config_setting_t *call = config_setting_get_member(group, "call");
	const config_setting_t *op = config_setting_get_member(group, "op");
	char text[NAMES_TEXT];

	if (!call)
		return COMPLAIN(group, "a rule needs \"call\"");
	setting_text(call, text);
	if (call_by_name(rule->abi, text, &rule->nr))
		return COMPLAIN(call, "unknown call \"%s\" of the %s ABI", text,
				abi_name(rule->abi));
	rule->sub = HCBPF_RULE_ANY;
	if (!op)
		return 0;
	setting_text(op, text);
	if (op_by_name(rule->abi, rule->nr, text, &rule->sub))
		return COMPLAIN(op, "unknown sub-operation \"%s\"", text);
	return 0;
}

/* What becomes of the call: action, otherwise, user, ret. */
static int get_outcome(struct reader *r, const struct source *source,
		       const config_setting_t *group, struct entry *entry)
{
	const config_setting_t *ret = config_setting_get_member(group, "ret");
	uint32_t action = 0, otherwise = 0, user = 0;
	struct hcbpf_rule whole;
	char text[NAMES_TEXT];

	if (get_action(r, source, group, "action", &action) ||
	    get_action(r, source, group, "otherwise", &otherwise) ||
	    get_action(r, source, group, "user", &user))
		return -EINVAL;
	if (!action)
		return COMPLAIN(group, "\"action\" is missing");
	entry->rule.action = action;
	entry->rule.otherwise = otherwise;
	entry->rule.user = user;
	if (ret) {
		setting_text(ret, text);
		if (ret_parse(entry->rule.abi, text, &entry->rule.ret))
			return COMPLAIN(ret, "\"%s\" is not a result of the %s ABI", text,
					abi_name(entry->rule.abi));
		if (!hcbpf_rule_denies(&entry->rule))
			return COMPLAIN(ret, "\"ret\" is for what is denied");
	}
	whole = entry->rule;
	rule_complete(&whole, HCBPF_RULE_PASS, ret);
	if (rule_mistake(&whole))
		return COMPLAIN(group, "%s", rule_mistake(&whole));
	entry->open = whole.otherwise != otherwise;
	whole.otherwise = otherwise;
	entry->rule = whole;
	entry->line = config_setting_source_line(group);
	return 0;
}

static int add_rule(struct reader *r, const struct source *source, const config_setting_t *group,
		    uint32_t abi, struct draft *own)
{
	static const char *const keys[] = {
		"call", "op", "action", "otherwise", "user", "ret", NULL
	};
	struct entry entry = { .rule.abi = abi };
	int err;

	if (!config_setting_is_group(group))
		return COMPLAIN(group, "a rule is a group: { call = ...; action = ...; }");
	err = check_keys(r, source, group, keys);
	if (!err)
		err = get_call(r, source, group, &entry.rule);
	if (!err)
		err = get_outcome(r, source, group, &entry);
	return err ? err : draft_add(own, &entry);
}

/* default = "deny", or with a result: default = { action = "deny"; ret = -1; } */
static int add_default(struct reader *r, const struct source *source,
		       const config_setting_t *setting, uint32_t abi, struct draft *own)
{
	static const char *const keys[] = { "action", "ret", NULL };
	struct entry entry = { .rule = { .abi = abi, .nr = HCBPF_RULE_ANY,
					 .sub = HCBPF_RULE_ANY } };
	const char *text = config_setting_get_string(setting);
	uint32_t action;
	int err = 0;

	if (!text && !config_setting_is_group(setting))
		return COMPLAIN(setting, "\"default\" must be an action in quotes, or a group");
	if (!text) {
		err = check_keys(r, source, setting, keys);
		if (!err)
			err = get_outcome(r, source, setting, &entry);
		return err ? err : draft_add(own, &entry);
	}
	err = parse_action(r, source, setting, hcbpf_action_is_plain, text, &action);
	if (err)
		return err;
	entry.rule.action = action;
	entry.line = config_setting_source_line(setting);
	rule_complete(&entry.rule, HCBPF_RULE_PASS, false);
	if (rule_mistake(&entry.rule))
		return COMPLAIN(setting, "%s", rule_mistake(&entry.rule));
	return draft_add(own, &entry);
}

static int add_abi(struct reader *r, const struct source *source, const config_setting_t *group,
		   uint32_t abi, struct draft *own)
{
	static const char *const keys[] = { "default", "rules", NULL };
	const config_setting_t *by_default, *rules;
	int i, err;

	if (!config_setting_is_group(group))
		return COMPLAIN(group, "\"%s\" must be a group: { rules = ( ... ); }",
				abi_name(abi));
	err = check_keys(r, source, group, keys);
	by_default = config_setting_get_member(group, "default");
	if (!err && by_default)
		err = add_default(r, source, by_default, abi, own);
	rules = config_setting_get_member(group, "rules");
	if (err || !rules)
		return err;
	if (!config_setting_is_list(rules))
		return COMPLAIN(rules, "\"rules\" must be a list: ( { ... }, { ... } )");
	for (i = 0; i < config_setting_length(rules) && !err; i++)
		err = add_rule(r, source, config_setting_get_elem(rules, i), abi, own);
	return err;
}

static int check_duplicates(struct reader *r, const struct source *source, struct draft *own)
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
		return COMPLAIN_AT(second->line, -EINVAL, "duplicate: %s %s has a rule in line %u",
				   abi_name(rule->abi), text, first->line);
	}
	return 0;
}

static int add_own(struct reader *r, const struct source *source, const config_setting_t *root,
		   struct draft *own)
{
	const config_setting_t *group;
	uint32_t abi;
	int err = 0;

	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS && !err; abi++) {
		group = config_setting_get_member(root, abi_name(abi));
		if (group)
			err = add_abi(r, source, group, abi, own);
	}
	return err ? err : check_duplicates(r, source, own);
}

/* ---- the rest of a file ---- */

static int check_version(struct reader *r, const struct source *source,
			 const config_setting_t *root)
{
	const config_setting_t *version = config_setting_get_member(root, "version");

	if (!version)
		return COMPLAIN_AT(1, -EINVAL, "\"version = %d;\" is missing", PROFILE_VERSION);
	if (config_setting_type(version) != CONFIG_TYPE_INT || config_setting_get_int(version) < 1)
		return COMPLAIN(version, "\"version\" must be the number %d", PROFILE_VERSION);
	if (config_setting_get_int(version) > PROFILE_VERSION)
		return COMPLAIN(version, "version %d is newer than this command, which reads %d",
				config_setting_get_int(version), PROFILE_VERSION);
	return 0;
}

static int get_name(struct reader *r, const struct source *source, const config_setting_t *root,
		    struct draft *draft)
{
	const char *name;
	int err = get_text(r, source, root, "name", &name);

	if (err)
		return err;
	if (!name)
		return COMPLAIN_AT(1, -EINVAL, "\"name\" is missing");
	if (name_problem(name))
		return COMPLAIN(config_setting_get_member(root, "name"),
				"\"%s\" cannot be a name: %s", name, name_problem(name));
	if (source->name && strcmp(source->name, name))
		return COMPLAIN(config_setting_get_member(root, "name"),
				"name is \"%s\", but it was looked up as \"%s\"", name,
				source->name);
	snprintf(draft->name, sizeof(draft->name), "%s", name);
	return 0;
}

int profile_read_head(struct reader *r, const struct source *source, const config_setting_t *root,
		      struct draft *draft)
{
	const char *keys[6 + HCBPF_NR_ABIS] = {
		"version", "name", "description", "unknown", "include"
	};
	const char *description;
	uint32_t abi;
	int err;

	/* The last one stays NULL: "auto" is no group's name. */
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++)
		keys[4 + abi] = abi_name(abi);
	err = check_version(r, source, root);
	if (!err)
		err = check_keys(r, source, root, keys);
	if (!err)
		err = get_name(r, source, root, draft);
	if (!err)
		err = get_text(r, source, root, "description", &description);
	if (err)
		return err;
	draft->description = strdup(description ? description : "");
	return draft->description ? 0 : -ENOMEM;
}

static int get_unknown(struct reader *r, const struct source *source,
		       const config_setting_t *root, struct draft *own)
{
	const config_setting_t *setting = config_setting_get_member(root, "unknown");
	char plain[NAMES_TEXT];
	const char *text;
	int err;

	err = get_text(r, source, root, "unknown", &text);
	if (!err && text)
		err = parse_action(r, source, setting, hcbpf_action_is_plain, text, &own->unknown);
	if (err || !text || hcbpf_action_is_plain(own->unknown))
		return err;
	action_list(plain, hcbpf_action_is_plain);
	return COMPLAIN(setting, "\"unknown\" must be %s", plain);
}

int profile_read_own(struct reader *r, const struct source *source, const config_setting_t *root,
		     struct draft *own)
{
	int err = get_unknown(r, source, root, own);

	return err ? err : add_own(r, source, root, own);
}
