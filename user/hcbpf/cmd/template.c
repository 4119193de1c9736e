// SPDX-License-Identifier: GPL-2.0-only
/* template list, show, check. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/output.h"
#include "cmd/admission.h"
#include "cmd/rule.h"
#include "text/abi_names.h"

static const struct column list_columns[] = {
	{ "name", "NAME" }, { "policy", "POLICY" }, { "profile", "PROFILE" },
	{ "tag", "TAG" }, { "where", "WHERE" }, { "problem", "PROBLEM" }, { 0 }
};

static const struct column show_columns[] = {
	{ "name", "name" }, { "where", "where" }, { "policy", "policy" },
	{ "profile", "profile" }, { "abi", "abi" }, { "ports_size", "port table size" },
	{ "tag", "tag" }, { "param", "parameter" }, { "encrypted", "encrypted" },
	{ "claimant", "claimant" }, { "nr_rules", "rules" }, { 0 }
};

static struct json_object *template_json(const struct full_template *full)
{
	struct json_object *object = json_object_new_object();
	const struct template *t = &full->template;

	add_text(object, "name", t->name);
	add_text(object, "where", full->where);
	add_text(object, "policy", t->policy);
	add_text(object, "profile", t->profile);
	add_text(object, "abi", abi_name(t->abi));
	add_number(object, "ports_size", t->nr_ports ? t->nr_ports : HCBPF_DEFAULT_PORTS);
	add_text(object, "tag", t->tag);
	add_number(object, "param", t->param);
	json_object_object_add(object, "encrypted", json_object_new_boolean(t->encrypted));
	add_text(object, "claimant", t->claimant);
	add_number(object, "nr_rules", full->profile.nr);
	return object;
}

/* ---- list ---- */

static int add_row(const char *name, void *rows)
{
	struct json_object *row = json_object_new_object();
	char error[NODES_ERROR] = "";
	struct full_template full;
	int err = template_load(&full, name, error);

	add_text(row, "name", name);
	add_text(row, "policy", err ? "" : full.template.policy);
	add_text(row, "profile", err ? "" : full.template.profile);
	add_text(row, "tag", err ? "" : full.template.tag);
	add_text(row, "where", err ? "cannot be used" : full.where);
	add_text(row, "problem", error);
	json_object_array_add(rows, row);
	if (!err)
		template_free(&full);
	return 0;
}

static int fail_templates(int err)
{
	return fail(err, "cannot read " TEMPLATES_DIR ": %s", strerror(-err));
}

static int list_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	int err = each_template(add_row, rows);

	(void)args;
	if (err) {
		json_object_put(rows);
		return fail_templates(err);
	}
	out_table(rows, list_columns, "there are no templates in " TEMPLATES_DIR);
	return EXIT_SUCCESS;
}

/* ---- show ---- */

static int show_run(const struct args *args)
{
	struct json_object *object, *rows;
	struct full_template full;

	if (!template_open(&full, args->words[0]))
		return EXIT_FAILURE;
	object = template_json(&full);
	rows = rules_json(full.profile.rules, full.profile.nr);
	template_free(&full);
	if (out_is_json()) {
		json_object_object_add(object, "rules", rows);
		out_record(object, show_columns);
		return EXIT_SUCCESS;
	}
	out_record(object, show_columns);
	puts("");
	out_table(rows, rule_columns, "they get no rules: the policy decides by itself");
	return EXIT_SUCCESS;
}

/* ---- check ---- */

static int check_one(const char *word, void *rows)
{
	struct full_template full;

	if (!template_open(&full, word))
		return EXIT_FAILURE;
	json_object_array_add(rows, template_json(&full));
	template_free(&full);
	return 0;
}

static const char *text_of(struct json_object *row, const char *key)
{
	return json_object_get_string(json_object_object_get(row, key));
}

static void print_checked(struct json_object *rows)
{
	struct json_object *row;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		printf("%s is template \"%s\", for policy \"%s\" with %s rules\n",
		       text_of(row, "where"), text_of(row, "name"), text_of(row, "policy"),
		       text_of(row, "nr_rules"));
	}
}

/* One of them, or all, of which the first with a mistake is told. */
static int check_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	int status;

	if (args->nr_words)
		status = check_one(args->words[0], rows);
	else
		status = each_template(check_one, rows);
	if (status < 0)
		status = fail_templates(status);
	if (status) {
		json_object_put(rows);
		return status;
	}
	if (!out_is_json())
		print_checked(rows);
	out_list(rows);
	return EXIT_SUCCESS;
}

const struct command template_verbs[] = {
	{ "list", "", "all templates of this host", .run = list_run },
	{ "show", "TEMPLATE|FILE", "a template and the rules that its profile makes",
	  .run = show_run, .min_words = 1, .max_words = 1 },
	{ "check", "[TEMPLATE|FILE]", "find mistakes in a template's file, or in all of them",
	  .run = check_run, .max_words = 1 },
	{ 0 }
};
