// SPDX-License-Identifier: GPL-2.0-only
/*
 * admit add, remove: the file first, then the module. If the module does not take it, the file
 * becomes what it was.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/admission.h"
#include "cmd/admit.h"
#include "host/admission.h"
#include "host/journal.h"
#include "text/admission_edit.h"

const struct option admit_add_options[] = {
	{ "user USER", "VMMs that run as this user" },
	{ "cgroup CGROUP", "VMMs in this cgroup or below" },
	{ "unit UNIT", "VMMs in this unit or slice of systemd" },
	{ "name NAME", "of these, the VM that has this name" },
	{ "template TEMPLATE", "what they are bound by" },
	{ "required", "a VM that cannot be bound does not run" },
	{ 0 }
};

/* ---- what was typed ---- */

static int get_word(const struct args *args, const char *option, uint32_t flag, char *to,
		    size_t room, struct admission_rule *rule)
{
	const char *word = option_value(args, option);

	if (!word)
		return 0;
	if (strlen(word) >= room)
		return fail_usage("--%s is longer than %zu characters", option, room - 1);
	strcpy(to, word);
	rule->flags |= flag;
	return 0;
}

static int get_conditions(const struct args *args, struct admission_rule *rule)
{
	int status = get_word(args, "user", HCBPF_ADMIT_USER, rule->user, USER_LEN, rule);

	if (!status)
		status = get_word(args, "cgroup", HCBPF_ADMIT_CGROUP, rule->place,
				  HCBPF_PLACE_LEN, rule);
	if (!status)
		status = get_word(args, "unit", HCBPF_ADMIT_UNIT, rule->place, HCBPF_PLACE_LEN,
				  rule);
	if (!status)
		status = get_word(args, "name", HCBPF_ADMIT_NAME, rule->name, HCBPF_VM_NAME_LEN,
				  rule);
	if (!status && admission_problem(rule))
		status = fail_usage("%s\nusage: hcbpf admit add %s", admission_problem(rule),
				    args->command->usage);
	return status;
}

/* As a file has numbers. */
static int get_user(struct admission_rule *rule)
{
	uint32_t uid;
	int err = parse_u32(rule->user, &uid);

	if (err == -EINVAL)
		return 0;
	if (err || uid == UINT32_MAX)
		return fail_usage("\"%s\" is not the number of a user", rule->user);
	snprintf(rule->user, sizeof(rule->user), "%u", uid);
	return 0;
}

/* Not what no file may have in a text, such as a line break. */
static int check_writable(const struct admission_rule *rule)
{
	char *edited;
	int err = admission_first(rule, &edited);

	free(edited);
	if (err == -EINVAL)
		return fail_usage("a file cannot have that: there are control characters in it, or "
				  "it is not UTF-8");
	return err ? fail(err, "%s", strerror(-err)) : 0;
}

static int get_rule(const struct args *args, struct admission_rule *rule)
{
	const char *template = option_value(args, "template");
	int status = get_conditions(args, rule);

	if (!status && rule->flags & HCBPF_ADMIT_USER)
		status = get_user(rule);
	if (!status && !template)
		status = fail_usage("say by which --template\nusage: hcbpf admit add %s",
				    args->command->usage);
	if (!status && fail_name(template, "a template's name"))
		status = EXIT_USAGE;
	if (status)
		return status;
	strcpy(rule->template_name, template);
	if (option_value(args, "required"))
		rule->flags |= HCBPF_ADMIT_REQUIRED;
	return check_writable(rule);
}

/* ---- both at once ---- */

struct change {
	int dev;
	char *before, *after;	/* texts of the file; before: NULL if there is none */
	struct admission table;	/* what the files make with the latter */
};

static void change_free(struct change *change)
{
	if (change->dev >= 0)
		close(change->dev);
	free(change->before);
	free(change->after);
	admission_free(&change->table);
}

/* The module is asked first: without it, or the right to it, nothing is changed. */
static int begin(struct change *change)
{
	struct admission_file file;
	char error[NODES_ERROR];
	int err;

	*change = (struct change){ .dev = -1 };
	change->dev = admit_lock();
	if (change->dev < 0)
		return EXIT_FAILURE;
	/* As packages make it. */
	if (mkdir(ADMISSION_DIR, 0755) && errno != EEXIST)
		return fail(-errno, "cannot make " ADMISSION_DIR ": %m");
	err = admission_text(&change->before, error);
	if (!err)
		err = admission_parse(&file, change->before, strlen(change->before),
				      ADMISSION_FILE, error);
	else if (err == -ENOENT)
		return 0;
	if (err)
		return fail_files(err, error);
	admission_file_free(&file);
	return 0;
}

static int put_back(const struct change *change)
{
	if (change->before)
		return file_write(ADMISSION_FILE, FILE_SHARED, change->before,
				  strlen(change->before));
	return unlink(ADMISSION_FILE) ? -errno : 0;
}

static int carry_out(struct change *change)
{
	static const struct journal_about nothing;
	char error[NODES_ERROR];
	int err = admission_of_files(&change->table, change->after, error), status;

	if (err)
		return fail_files(err, error);
	status = file_write(ADMISSION_FILE, FILE_SHARED, change->after, strlen(change->after));
	if (status)
		return status;
	err = admission_set(change->dev, &change->table);
	if (!err) {
		journal_write(JOURNAL_ADMISSION, &nothing, "admission: %zu rules are in force",
			      change->table.nr_rules);
		return 0;
	}
	return fail_admission(err, put_back(change) ? "; " ADMISSION_FILE " has the change all the "
			      "same" : "; " ADMISSION_FILE " is as it was");
}

/* ---- add ---- */

/* It can be read, or begin() would have said so. */
static int fail_append(int err, const struct admission_rule *rule)
{
	char *yaml = admission_rule_yaml(rule);

	if (!yaml || err == -ENOMEM)
		err = fail(-ENOMEM, "%s", strerror(ENOMEM));
	else
		err = fail(err, ADMISSION_FILE " is written so that a rule cannot be added without "
			   "writing it anew\nadd it by hand, and run `hcbpf admit load`: %s", yaml);
	free(yaml);
	return err;
}

static int add(struct change *change, const struct admission_rule *rule)
{
	struct json_object *object;
	int err, status;

	err = change->before ? admission_append(change->before, rule, &change->after) :
			       admission_first(rule, &change->after);
	if (err)
		return fail_append(err, rule);
	status = carry_out(change);
	if (status)
		return status;
	object = loaded_json(&change->table, change->dev);
	add_number(object, "rule", change->table.nr_rules);
	out_done(object, "rule %zu is in force, and in " ADMISSION_FILE, change->table.nr_rules);
	return EXIT_SUCCESS;
}

int admit_add_run(const struct args *args)
{
	struct admission_rule rule = { 0 };
	struct change change;
	int status = get_rule(args, &rule);

	if (status)
		return status;
	status = begin(&change);
	if (!status)
		status = add(&change, &rule);
	change_free(&change);
	return status;
}

/* ---- remove ---- */

static int remove_rule(struct change *change, uint32_t n)
{
	struct json_object *object;
	int err, status;

	err = change->before ? admission_delete(change->before, n, &change->after) : -ENOENT;
	if (err == -ENOENT)
		return fail(err, ADMISSION_FILE " has no rule %u\nsee `hcbpf admit list`", n);
	if (err)
		return fail(err, ADMISSION_FILE " is written so that rule %u cannot be removed "
			    "without writing it anew\nremove it by hand and run `hcbpf admit "
			    "load`", n);
	status = carry_out(change);
	if (status)
		return status;
	object = loaded_json(&change->table, change->dev);
	add_number(object, "rule", n);
	out_done(object, "rule %u is neither in force nor in " ADMISSION_FILE " any more", n);
	return EXIT_SUCCESS;
}

int admit_remove_run(const struct args *args)
{
	struct change change;
	uint32_t n;
	int status;

	if (parse_u32(args->words[0], &n) || !n)
		return fail_usage("\"%s\" is not the number of a rule", args->words[0]);
	status = begin(&change);
	if (!status)
		status = remove_rule(&change, n);
	change_free(&change);
	return status;
}
