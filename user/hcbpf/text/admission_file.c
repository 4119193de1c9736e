// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/admission_file.h"
#include "text/rule_shape.h"

static const struct shape user =
	SHAPE(IS_TEXT | IS_NUMBER, "a user's name or number", .max = UINT32_MAX - 1);

static const struct key rule_keys[] = {
	KEY("user", &user, "the VMM runs as this user"),
	KEY("cgroup", &text_shape, "it is in this cgroup or below: a path from the root of cgroup2"),
	KEY("unit", &text_shape, "it is in this unit or slice of systemd: a full name"),
	KEY("name", &text_shape, "the VM's name on the VMM's command line; not alone"),
	REQUIRED("template", &text_shape, "what such a VM is bound by"),
	KEY("required", &bool_shape, "a VM that cannot be bound does not run"),
	{ 0 }
};

static const struct shape rule = SHAPE(IS_MAP, "a rule", .keys = rule_keys);

static const struct shape rules =
	SHAPE(IS_LIST, "a list of rules, each {user: ..., template: ...}", .items = &rule,
	      .max_items = HCBPF_MAX_ADMIT_RULES);

static const struct key keys[] = {
	REQUIRED("version", &version_shape, "that of this format"),
	REQUIRED("rules", &rules, "whose VMs get which template; the first that fits counts"),
	{ 0 }
};

const struct shape admission_shape =
	SHAPE(IS_MAP, "a mapping with version and rules", .keys = keys);

/* ---- what is wrong ---- */

static const char *cgroup_problem(const char *path)
{
	if (path[0] != '/')
		return "a cgroup is a path from the root of cgroup2 on, such as /machine.slice";
	if (path[1] && (strstr(path, "//") || path[strlen(path) - 1] == '/'))
		return "a cgroup's path has no empty part";
	return NULL;
}

/* Of any other kind there is no cgroup, and the rule would never fit. */
static const char *unit_problem(const char *unit)
{
	static const char *const kinds[] = {
		".service", ".scope", ".slice", ".socket", ".mount", ".swap"
	};
	const char *dot = strrchr(unit, '.');
	size_t i;

	if (strchr(unit, '/'))
		return "a unit is a name without '/'; use \"cgroup\" for a path";
	for (i = 0; dot && dot != unit && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(dot, kinds[i]))
			return NULL;
	return "a unit has its full name, such as machine.slice or qemu-server.service";
}

const char *admission_problem(const struct admission_rule *rule)
{
	const uint32_t both = HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_UNIT;

	if (!(rule->flags & (both | HCBPF_ADMIT_USER)))
		return "a rule needs a user, a cgroup or a unit: a name alone is what any VMM "
		       "can call itself";
	if ((rule->flags & both) == both)
		return "a rule has a cgroup or a unit, not both";
	if (rule->flags & HCBPF_ADMIT_USER && !rule->user[0])
		return "the user is empty";
	if (rule->flags & HCBPF_ADMIT_NAME && !rule->name[0])
		return "the name is empty";
	if (rule->flags & HCBPF_ADMIT_CGROUP)
		return cgroup_problem(rule->place);
	return rule->flags & HCBPF_ADMIT_UNIT ? unit_problem(rule->place) : NULL;
}

/* ---- reading ---- */

/* A member that sets @flag, if it is there. */
static int get_text(const struct place *place, const struct node *map, const char *key,
		    uint32_t flag, struct admission_rule *rule, char *text, size_t room)
{
	const struct node *node = node_get(map, key);

	if (!node)
		return 0;
	if (strlen(node->text) >= room)
		return complain(place, node, "\"%s\" is longer than %zu characters", key, room - 1);
	strcpy(text, node->text);
	rule->flags |= flag;
	return 0;
}

static int get_template(const struct place *place, const struct node *map,
			struct admission_rule *rule)
{
	const struct node *node = node_get(map, "template");

	if (name_problem(node->text))
		return complain(place, node, "\"%.64s\" cannot be a template's name: %s",
				node->text, name_problem(node->text));
	strcpy(rule->template_name, node->text);
	rule->template_line = node->line;
	return 0;
}

static int get_conditions(const struct place *place, const struct node *map,
			  struct admission_rule *rule)
{
	const struct node *cgroup = node_get(map, "cgroup"), *unit = node_get(map, "unit");
	int err = get_text(place, map, "user", HCBPF_ADMIT_USER, rule, rule->user, USER_LEN);

	/* They have one place. */
	if (!err && cgroup && unit)
		rule->flags |= HCBPF_ADMIT_CGROUP | HCBPF_ADMIT_UNIT;
	else if (!err && cgroup)
		err = get_text(place, map, "cgroup", HCBPF_ADMIT_CGROUP, rule, rule->place,
			       HCBPF_PLACE_LEN);
	else if (!err)
		err = get_text(place, map, "unit", HCBPF_ADMIT_UNIT, rule, rule->place,
			       HCBPF_PLACE_LEN);
	if (!err)
		err = get_text(place, map, "name", HCBPF_ADMIT_NAME, rule, rule->name,
			       HCBPF_VM_NAME_LEN);
	return err;
}

static int get_rule(const struct place *place, const struct node *map,
		    struct admission_rule *rule)
{
	const struct node *who = node_get(map, "user");
	int err = get_conditions(place, map, rule);

	rule->line = map->line;
	rule->user_line = who ? who->line : 0;
	if (!err)
		err = get_template(place, map, rule);
	if (!err && admission_problem(rule))
		err = complain(place, map, "%s", admission_problem(rule));
	if (bool_of(map, "required", false))
		rule->flags |= HCBPF_ADMIT_REQUIRED;
	return err;
}

static int read_root(const struct place *place, const struct node *root,
		     struct admission_file *file)
{
	const struct node *list, *map;
	int err = version_check(place, root);

	if (!err)
		err = shape_check(place, root, &admission_shape);
	if (err)
		return err;
	list = node_get(root, "rules");
	file->rules = calloc(list->nr + 1, sizeof(*file->rules));
	if (!file->rules)
		return -ENOMEM;
	for (map = list->first; map && !err; map = map->next)
		err = get_rule(place, map, &file->rules[file->nr++]);
	return err;
}

int admission_parse(struct admission_file *file, const char *text, size_t size, const char *path,
		    char error[NODES_ERROR])
{
	const struct place place = { .path = path, .error = error };
	struct node *root;
	int err;

	memset(file, 0, sizeof(*file));
	error[0] = '\0';
	err = nodes_read(&root, text, size, error, path);
	if (!err)
		err = read_root(&place, root, file);
	nodes_free(root);
	if (err)
		admission_file_free(file);
	if (err && !error[0])
		complain_at(error, path, 0, err, "%s", strerror(-err));
	return err;
}

void admission_file_free(struct admission_file *file)
{
	free(file->rules);
	memset(file, 0, sizeof(*file));
}
