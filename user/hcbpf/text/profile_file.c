// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "text/abi_names.h"
#include "text/config.h"
#include "text/profile_file.h"
#include "text/rules.h"

#define MAX_FILE (1 << 20)
#define MAX_FILES 64		/* of one profile: a chain of includes could double at each step */
#define MAX_RULES 65536		/* as the module takes */

#define BUILT_IN "built in"

/* A rule as its file has it. */
struct entry {
	struct hcbpf_rule rule;
	bool open;		/* `otherwise` is for the profile's `unknown` to say */
	unsigned int line;
	size_t order;		/* later entries override */
};

/* What one file and those it includes make. */
struct draft {
	char name[HCBPF_NAME_LEN];
	char *description;
	uint32_t unknown;	/* 0: not said */
	struct entry *entry;
	size_t nr;
};

/* One file being read. */
struct source {
	char path[PATH_MAX + 16];		/* for messages, and to know it again */
	const char *name;			/* it was found by; NULL: by its path */
	const char *text;			/* of a built-in one; NULL: a file */
	const struct source *includer;
};

struct reader {
	const struct profile_env *env;
	char *error;
	unsigned int files;
};

#define COMPLAIN_AT(line, err, ...) \
	config_complain(r->error, source->path, line, err, __VA_ARGS__)
#define COMPLAIN(setting, ...) \
	COMPLAIN_AT(config_setting_source_line(setting), -EINVAL, __VA_ARGS__)

static bool same_outcome(const struct hcbpf_rule *a, const struct hcbpf_rule *b)
{
	return a->action == b->action && a->otherwise == b->otherwise && a->user == b->user &&
	       a->ret == b->ret;
}

size_t rules_differ(const struct hcbpf_rule *a, size_t nr_a, const struct hcbpf_rule *b,
		    size_t nr_b, differ_fn *tell, void *context)
{
	const struct hcbpf_rule *end_a = a + nr_a, *end_b = b + nr_b;
	size_t nr = 0;
	int order;

	while (a < end_a || b < end_b) {
		order = a == end_a ? 1 : b == end_b ? -1 : rule_order(a, b);
		if (order || !same_outcome(a, b)) {
			nr++;
			if (tell)
				tell(context, order <= 0 ? a : NULL, order >= 0 ? b : NULL);
		}
		a += order <= 0;
		b += order >= 0;
	}
	return nr;
}

static int entry_order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = rule_order(&x->rule, &y->rule);

	return order ? order : x->order < y->order ? -1 : 1;
}

/* ---- drafts ---- */

static void draft_free(struct draft *draft)
{
	free(draft->description);
	free(draft->entry);
}

/* Only for a draft that has not been settled. */
static int draft_add(struct draft *draft, const struct entry *entry)
{
	struct entry *more;

	/* Powers of two. */
	if (!(draft->nr & (draft->nr - 1))) {
		more = realloc(draft->entry, (draft->nr ? 2 * draft->nr : 1) * sizeof(*more));
		if (!more)
			return -ENOMEM;
		draft->entry = more;
	}
	draft->entry[draft->nr] = *entry;
	draft->entry[draft->nr].order = draft->nr;
	draft->nr++;
	return 0;
}

/* Sort, and of several entries for one call keep the last. */
static void draft_settle(struct draft *draft)
{
	struct entry *from = draft->entry;
	size_t i, to = 0;

	if (!draft->nr)
		return;
	qsort(from, draft->nr, sizeof(*from), entry_order);
	for (i = 0; i < draft->nr; i++)
		if (i + 1 == draft->nr || rule_order(&from[i].rule, &from[i + 1].rule))
			from[to++] = from[i];
	draft->nr = to;
	for (i = 0; i < to; i++)
		from[i].order = i;
}

/* What @from says counts over what @draft said. */
static int draft_override(struct draft *draft, const struct draft *from)
{
	size_t i, room = draft->nr + from->nr;
	struct entry *entry;

	if (from->unknown)
		draft->unknown = from->unknown;
	if (!from->nr)
		return 0;
	entry = realloc(draft->entry, room * sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	draft->entry = entry;
	for (i = 0; i < from->nr; i++) {
		entry[draft->nr] = from->entry[i];
		entry[draft->nr].order = draft->nr;
		draft->nr++;
	}
	draft_settle(draft);
	return 0;
}

/* ---- settings ---- */

/* Refuse what is not in @known, so that a slip of the pen does not pass unseen. */
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
			return COMPLAIN(ret, "\"%s\" is no result that the %s ABI knows", text,
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

static int get_head(struct reader *r, const struct source *source, const config_setting_t *root,
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

/* ---- files ---- */

static int read_source(struct reader *r, struct source *source, struct draft *draft);

static bool find_built_in(struct reader *r, struct source *source)
{
	const struct profile_text *text;

	for (text = r->env->built_in; text->name; text++) {
		if (strcmp(text->name, source->name))
			continue;
		source->text = text->text;
		snprintf(source->path, sizeof(source->path), "%s (" BUILT_IN ")", text->name);
		return true;
	}
	return false;
}

static bool find_file(struct source *source, const char *dir, int len)
{
	snprintf(source->path, sizeof(source->path), "%.*s/%s", len, dir, source->name);
	return !access(source->path, F_OK);
}

/* Beside the includer, then where all names are looked up. */
static bool find_source(struct reader *r, struct source *source)
{
	const struct source *by = source->includer;
	const char *const *dir;

	if (by && by->text && find_built_in(r, source))
		return true;
	if (by && !by->text && find_file(source, by->path, strrchr(by->path, '/') - by->path))
		return true;
	for (dir = r->env->dirs; *dir; dir++)
		if (find_file(source, *dir, strlen(*dir)))
			return true;
	return find_built_in(r, source);
}

static bool is_loop(const struct source *source)
{
	const struct source *by;

	for (by = source->includer; by; by = by->includer)
		if (!strcmp(by->path, source->path))
			return true;
	return false;
}

static int include_one(struct reader *r, const struct source *source,
		       const config_setting_t *setting, struct draft *draft)
{
	const char *name = config_setting_get_string(setting);
	struct source *included;
	struct draft more = { 0 };
	int err;

	if (!name)
		return COMPLAIN(setting, "\"include\" must be a list of names in quotes");
	if (name_problem(name))
		return COMPLAIN(setting, "\"%s\" cannot be a profile's name: %s", name,
				name_problem(name));
	included = calloc(1, sizeof(*included));
	if (!included)
		return -ENOMEM;
	included->name = name;
	included->includer = source;
	if (!find_source(r, included))
		err = COMPLAIN(setting, "there is no profile \"%s\" to include", name);
	else if (is_loop(included))
		err = COMPLAIN(setting, "\"%s\" includes itself: a loop", name);
	else if (++r->files > MAX_FILES)
		err = COMPLAIN(setting, "more than %d files are included", MAX_FILES);
	else
		err = read_source(r, included, &more);
	if (!err)
		err = draft_override(draft, &more);
	draft_free(&more);
	free(included);
	return err;
}

static int include_all(struct reader *r, const struct source *source,
		       const config_setting_t *root, struct draft *draft)
{
	const config_setting_t *list = config_setting_get_member(root, "include");
	int i, err = 0;

	if (!list)
		return 0;
	if (!config_setting_is_array(list) && !config_setting_is_list(list))
		return COMPLAIN(list, "\"include\" must be a list of names: [ \"NAME\" ]");
	for (i = 0; i < config_setting_length(list) && !err; i++)
		err = include_one(r, source, config_setting_get_elem(list, i), draft);
	return err;
}

static int read_root(struct reader *r, const struct source *source, const config_setting_t *root,
		     struct draft *draft)
{
	struct draft own = { 0 };
	int err;

	err = get_head(r, source, root, draft);
	if (!err)
		err = include_all(r, source, root, draft);
	if (!err)
		err = get_unknown(r, source, root, &own);
	if (!err)
		err = add_own(r, source, root, &own);
	if (!err)
		err = draft_override(draft, &own);
	draft_free(&own);
	if (!err && draft->nr > MAX_RULES)
		err = COMPLAIN_AT(0, -E2BIG, "more than %d rules", MAX_RULES);
	return err;
}

static int read_text(struct reader *r, const struct source *source, const char *text,
		     struct draft *draft)
{
	config_t config;
	int err;

	err = config_parse(&config, text, r->error, source->path);
	if (err)
		return err;
	err = read_root(r, source, config_root_setting(&config), draft);
	config_destroy(&config);
	return err;
}

/*
 * libconfig's own @include would bring lines whose numbers mean nothing here,
 * and files that were not asked for.
 */
static unsigned int foreign_include(const char *text)
{
	unsigned int line = 1;

	for (;; line++) {
		text += strspn(text, " \t");
		if (!strncmp(text, "@include", 8))
			return line;
		text = strchr(text, '\n');
		if (!text)
			return 0;
		text++;
	}
}

static int read_file(struct reader *r, const struct source *source, struct draft *draft)
{
	unsigned int line;
	size_t size;
	char *text;
	int err;

	err = file_read(source->path, MAX_FILE, &text, &size);
	if (err)
		return COMPLAIN_AT(0, err, "%s", file_error(err));
	line = foreign_include(text);
	if (strlen(text) != size)
		err = COMPLAIN_AT(0, -EINVAL, "not a text file");
	else if (line)
		err = COMPLAIN_AT(line, -EINVAL,
				  "@include is not for profiles; write include = [ \"NAME\" ]");
	else
		err = read_text(r, source, text, draft);
	free(text);
	return err;
}

static int read_source(struct reader *r, struct source *source, struct draft *draft)
{
	return source->text ? read_text(r, source, source->text, draft) :
			      read_file(r, source, draft);
}

/* ---- from draft to profile ---- */

static bool has_default(const struct draft *draft, uint32_t abi)
{
	size_t i;

	for (i = 0; i < draft->nr; i++)
		if (draft->entry[i].rule.abi == abi && draft->entry[i].rule.nr == HCBPF_RULE_ANY)
			return true;
	return false;
}

static struct hcbpf_rule unknown_call(uint32_t abi, uint32_t unknown)
{
	struct hcbpf_rule rule = {
		.abi = abi, .nr = HCBPF_RULE_ANY, .sub = HCBPF_RULE_ANY, .action = unknown
	};

	rule_complete(&rule, 0, false);
	return rule;
}

/* `unknown` becomes the default of each ABI, and of each port. */
static int finish(struct profile *profile, const struct draft *draft)
{
	uint32_t abi;
	size_t i;

	profile->unknown = draft->unknown ? draft->unknown : HCBPF_RULE_PASS;
	profile->rules = calloc(draft->nr + HCBPF_NR_ABIS, sizeof(*profile->rules));
	if (!profile->rules)
		return -ENOMEM;
	for (i = 0; i < draft->nr; i++) {
		profile->rules[i] = draft->entry[i].rule;
		if (draft->entry[i].open)
			rule_complete(&profile->rules[i], profile->unknown,
				      profile->rules[i].ret);
	}
	profile->nr = draft->nr;
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++)
		if (!has_default(draft, abi))
			profile->rules[profile->nr++] = unknown_call(abi, profile->unknown);
	qsort(profile->rules, profile->nr, sizeof(*profile->rules), rule_order);
	return 0;
}

static int load(struct reader *r, struct source *source, struct profile *profile)
{
	struct draft draft = { 0 };
	int err;

	err = read_source(r, source, &draft);
	if (!err)
		err = finish(profile, &draft);
	if (!err) {
		memcpy(profile->name, draft.name, sizeof(profile->name));
		profile->description = draft.description;
		draft.description = NULL;
		profile->where = strdup(source->text ? BUILT_IN : source->path);
		err = profile->where ? 0 : -ENOMEM;
	}
	draft_free(&draft);
	return err;
}

static int find_first(struct reader *r, struct source *source, const char *word)
{
	snprintf(source->path, sizeof(source->path), "%s", word);
	if (strchr(word, '/'))
		return 0;
	if (name_problem(word)) {
		snprintf(r->error, PROFILE_ERROR, "\"%.200s\" cannot be a profile's name: %s", word,
			 name_problem(word));
		return -EINVAL;
	}
	source->name = word;
	if (find_source(r, source))
		return 0;
	snprintf(r->error, PROFILE_ERROR, "there is no profile \"%s\"", word);
	return -ENOENT;
}

int profile_load(struct profile *profile, const char *word, const struct profile_env *env,
		 char error[PROFILE_ERROR])
{
	struct reader r = { .env = env, .error = error };
	struct source *source;
	int err;

	memset(profile, 0, sizeof(*profile));
	error[0] = '\0';
	source = calloc(1, sizeof(*source));
	err = source ? find_first(&r, source, word) : -ENOMEM;
	if (!err)
		err = load(&r, source, profile);
	free(source);
	if (err)
		profile_free(profile);
	if (err && !error[0])
		snprintf(error, PROFILE_ERROR, "%s", strerror(-err));
	return err;
}

void profile_free(struct profile *profile)
{
	free(profile->description);
	free(profile->where);
	free(profile->rules);
	memset(profile, 0, sizeof(*profile));
}
