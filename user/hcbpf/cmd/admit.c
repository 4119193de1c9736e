// SPDX-License-Identifier: GPL-2.0-only
/* admit list, check, load, clear; add and remove are in admit_change.c. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/pins.h"
#include "cli/output.h"
#include "cmd/admission.h"
#include "cmd/admit.h"
#include "host/admission.h"
#include "host/check.h"
#include "host/device.h"
#include "host/journal.h"
#include "host/module.h"

#define POLICIES_DIR ADMISSION_DIR "/policies"

static const struct column list_columns[] = {
	{ "rule", "RULE" }, { "user", "USER" }, { "cgroup", "CGROUP" }, { "systemd_unit", "UNIT" },
	{ "name", "NAME" }, { "template", "TEMPLATE" }, { "policy", "POLICY" },
	{ "profile", "PROFILE" }, { "required", "REQUIRED" }, { 0 }
};

/* ---- what goes wrong ---- */

int fail_files(int err, const char *error)
{
	return fail(err, "%s", error);
}

int fail_admission(int err, const char *aftermath)
{
	switch (err) {
	case -EPERM:
		return fail(err, "admission needs root (CAP_SYS_ADMIN)%s\n%s", aftermath,
			    hint_root());
	case -ENOTTY:
		return fail(err, "the module that is loaded has no admission%s\nload the one that "
			    "belongs to this command", aftermath);
	case -EOPNOTSUPP:
		return fail(err, "there is no admission on a PREEMPT_RT kernel%s\nbind VMs by "
			    "their VMM or with `hcbpf vm attach`", aftermath);
	case -EBUSY:
		return fail(err, "KVM cannot be watched: ftrace is off%s\nrun `sysctl "
			    "kernel.ftrace_enabled=1`", aftermath);
	case -E2BIG:
		return fail(err, "the module takes no table of that size%s\nit has at most 65536 "
			    "rules in one profile, %u in all, and 1048576 ports", aftermath,
			    HCBPF_MAX_TEMPLATE_RULES);
	case -EAGAIN:
		return fail(err, "somebody replaces the table all the time%s\ntry again",
			    aftermath);
	default:
		return fail(err, "the module did not answer as it should: %s%s", strerror(-err),
			    aftermath);
	}
}

int admit_device(void)
{
	struct hcbpf_admission numbers;
	int dev = device_open(), err;

	if (dev < 0)
		return -1;
	err = admission_numbers(dev, &numbers);
	if (!err)
		return dev;
	close(dev);
	fail_admission(err, "");
	return -1;
}

/* Others can open the files' directory, and keep a lock on it for good. */
int admit_lock(void)
{
	static struct pins lock;
	int dev = admit_device();

	if (dev < 0 || pins_lock_root(&lock))
		return dev;
	close(dev);
	return -1;
}

/* ---- list ---- */

static void add_user(struct json_object *row, const struct hcbpf_admit_rule *rule)
{
	const struct passwd *user;
	char number[16];

	if (!(rule->flags & HCBPF_ADMIT_USER)) {
		add_null(row, "user");
		add_null(row, "uid");
		return;
	}
	user = getpwuid(rule->uid);
	snprintf(number, sizeof(number), "%u", rule->uid);
	add_text(row, "user", user ? user->pw_name : number);
	add_number(row, "uid", rule->uid);
}

static struct json_object *rule_row(const struct admission *table, size_t i)
{
	const struct hcbpf_admit_rule *rule = &table->rules[i];
	const struct hcbpf_template *template = &table->templates[rule->template_index];
	struct json_object *row = json_object_new_object();

	add_number(row, "rule", i + 1);
	add_user(row, rule);
	add_text(row, "cgroup", rule->flags & HCBPF_ADMIT_CGROUP ? rule->place : "");
	add_text(row, "systemd_unit", rule->flags & HCBPF_ADMIT_UNIT ? rule->place : "");
	add_text(row, "name", rule->name);
	add_text(row, "template", template->name);
	add_text(row, "policy", template->policy);
	add_text(row, "profile", template->profile);
	json_object_object_add(row, "required",
			       json_object_new_boolean(rule->flags & HCBPF_ADMIT_REQUIRED));
	return row;
}

static struct json_object *rule_rows(const struct admission *table)
{
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < table->nr_rules; i++)
		json_object_array_add(rows, rule_row(table, i));
	return rows;
}

/* How the files differ from what is in force, "": they do not. */
static void files_difference(const struct admission *module, char text[NODES_ERROR])
{
	char error[NODES_ERROR], difference[DIFFERENCE_TEXT];
	struct admission files;
	int err = admission_of_files(&files, NULL, error);

	text[0] = '\0';
	error[strcspn(error, "\n")] = '\0';
	if (err == -ENOENT && !module->nr_templates && !module->nr_rules &&
	    access(ADMISSION_FILE, F_OK))
		return;
	if (err) {
		snprintf(text, NODES_ERROR, "%s", error);
		return;
	}
	admission_difference(&files, module, difference);
	snprintf(text, NODES_ERROR, "%s", difference);
	admission_free(&files);
}

static int show(const struct admission *table)
{
	bool off = !table->nr_templates && !table->nr_rules;
	char difference[NODES_ERROR];
	struct json_object *object;

	files_difference(table, difference);
	if (!out_is_json()) {
		out_table(rule_rows(table), list_columns, off ? "admission is off" :
			  "there is no rule, and templates for a policy to choose from");
		fflush(stdout);
		if (difference[0])
			out_progress("the files are not what is in force: %s; `hcbpf admit load` "
				     "loads them", difference);
		return EXIT_SUCCESS;
	}
	object = json_object_new_object();
	json_object_object_add(object, "in_force", json_object_new_boolean(!off));
	json_object_object_add(object, "admission", rule_rows(table));
	add_number(object, "nr_templates", table->nr_templates);
	add_number(object, "nr_admitted", table->nr_admitted);
	add_number(object, "nr_refused", table->nr_refused);
	add_text(object, "difference", difference);
	out_record(object, NULL);
	return EXIT_SUCCESS;
}

static int list_run(const struct args *args)
{
	struct admission table;
	int dev, err, status;

	(void)args;
	dev = admit_device();
	if (dev < 0)
		return EXIT_FAILURE;
	err = admission_get(dev, &table);
	close(dev);
	if (err)
		return fail_admission(err, "");
	status = show(&table);
	admission_free(&table);
	return status;
}

/* ---- check, load ---- */

static bool is_offered(int dev, const char *policy)
{
	struct hcbpf_next_policy found;
	char path[sizeof(POLICIES_DIR) + HCBPF_NAME_LEN + 16];

	snprintf(path, sizeof(path), POLICIES_DIR "/%s.bpf.o", policy);
	return !strcmp(policy, "standard") || !access(path, F_OK) || pins_exist(policy) ||
	       (dev >= 0 && !policy_find(dev, policy, &found));
}

static void warn_of_policies(struct json_object *warnings, const struct admission *table, int dev)
{
	const struct hcbpf_template *t;
	char text[160];

	for (t = table->templates; t < table->templates + table->nr_templates; t++) {
		if (is_offered(dev, t->policy))
			continue;
		snprintf(text, sizeof(text), "template \"%s\": no policy \"%s\" is loaded, and "
			 POLICIES_DIR " has none", t->name, t->policy);
		out_progress("%s", text);
		list_text(warnings, text);
	}
}

struct json_object *loaded_json(const struct admission *table, int dev)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	add_number(object, "nr_templates", table->nr_templates);
	add_number(object, "nr_rules", table->nr_rules);
	warn_of_policies(list, table, dev);
	json_object_object_add(object, "warnings", list);
	return object;
}

static int check_run(const struct args *args)
{
	char error[NODES_ERROR], counts[COUNTS_TEXT];
	struct admission table;
	int err = admission_of_files(&table, NULL, error);

	(void)args;
	if (err)
		return fail_files(err, error);
	admission_counts(counts, table.nr_templates, table.nr_rules);
	out_done(loaded_json(&table, -1), "the files have %s, and no mistake", counts);
	admission_free(&table);
	return EXIT_SUCCESS;
}

static int load_files(int dev)
{
	static const struct journal_about nothing;
	char error[NODES_ERROR], counts[COUNTS_TEXT];
	struct admission table;
	int err = admission_of_files(&table, NULL, error);

	if (err)
		return fail_files(err, error);
	admission_counts(counts, table.nr_templates, table.nr_rules);
	err = admission_set(dev, &table);
	if (!err)
		journal_write(JOURNAL_ADMISSION, &nothing, "admission: %s are in force", counts);
	if (!err && !table.nr_templates)
		out_done(loaded_json(&table, dev), "admission is off: the files have no template");
	else if (!err)
		out_done(loaded_json(&table, dev), "%s are in force", counts);
	admission_free(&table);
	return err ? fail_admission(err, "") : EXIT_SUCCESS;
}

static int load_files_run(const struct args *args)
{
	int dev = admit_lock(), status;

	(void)args;
	if (dev < 0)
		return EXIT_FAILURE;
	status = load_files(dev);
	close(dev);
	return status;
}

/* ---- clear ---- */

static int clear_run(const struct args *args)
{
	static const struct journal_about nothing;
	const struct admission none = { 0 };
	int dev = admit_lock(), err;
	struct json_object *object;

	(void)args;
	if (dev < 0)
		return EXIT_FAILURE;
	err = admission_set(dev, &none);
	close(dev);
	if (err)
		return fail_admission(err, "");
	journal_write(JOURNAL_ADMISSION, &nothing, "admission is off");
	object = json_object_new_object();
	json_object_object_add(object, "in_force", json_object_new_boolean(false));
	out_done(object, "admission is off; VMs that are bound stay so, and the "
		 "files are as they were");
	return EXIT_SUCCESS;
}

const struct command admit_verbs[] = {
	{ "list", "", "the rules in force, and whether the files say the same", .run = list_run },
	{ "check", "", "find mistakes in the files, without the module", .run = check_run },
	{ "load", "", "put templates and rules of the files in force, all or none of them",
	  .run = load_files_run },
	{ "clear", "", "switch admission off; VMs that are bound stay so", .run = clear_run },
	{ "add", "[--user USER] [--cgroup CGROUP] [--unit UNIT] [--name NAME] "
	  "--template TEMPLATE [--required]",
	  "add a rule behind the others, to the file and to what is in force",
	  .run = admit_add_run, .options = admit_add_options },
	{ "remove", "N", "remove rule N from both", .run = admit_remove_run,
	  .min_words = 1, .max_words = 1 },
	{ 0 }
};
