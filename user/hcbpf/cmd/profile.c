// SPDX-License-Identifier: GPL-2.0-only
/* profile list, show, check, diff, apply, convert; profile_learn.c has learn. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/profile.h"
#include "cmd/profile_learn.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/journal.h"
#include "text/abi_names.h"
#include "text/profile_convert.h"
#include "text/rules.h"

#define ETC_DIR "/etc/hcbpf/profiles"
#define SHARE_DIR "share/hcbpf/profiles"	/* beside the directory that the command is in */

extern const struct profile_text built_in_profiles[];

static const struct column list_columns[] = {
	{ "name", "NAME" }, { "where", "WHERE" }, { "description", "DESCRIPTION" }, { 0 }
};

static const struct column show_columns[] = {
	{ "name", "name" }, { "where", "where" }, { "description", "description" },
	{ "unknown", "unknown" }, { "nr_rules", "rules" }, { 0 }
};

/* ---- finding and reading ---- */

/* /usr/local/bin/hcbpf: /usr/local/share/hcbpf/profiles. */
static const char *share_dir(void)
{
	static char path[PATH_MAX + sizeof(SHARE_DIR)];
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;
	int up;

	path[len > 0 ? len : 0] = '\0';
	for (up = 0; up < 2; up++) {
		slash = strrchr(path, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
	}
	strcat(path, "/" SHARE_DIR);
	return path;
}

static const struct profile_env *environment(void)
{
	static const char *dirs[3] = { ETC_DIR };
	static const struct profile_env env = { .dirs = dirs, .built_in = built_in_profiles };

	if (!dirs[1])
		dirs[1] = share_dir();
	return &env;
}

int profile_read(struct profile *profile, const char *word, char error[PROFILE_ERROR])
{
	return profile_load(profile, word, environment(), error);
}

bool profile_open(struct profile *profile, const char *word)
{
	char error[PROFILE_ERROR];
	int err;

	if (!strchr(word, '/') && fail_name(word, "a profile's name"))
		return false;
	err = profile_read(profile, word, error);
	if (!err)
		return true;
	if (err == -ENOENT && !strchr(word, '/') && !access(word, F_OK))
		fail(err, "%s\nfor the file of that name write ./%s", error, word);
	else if (err == -ENOENT && !strchr(word, '/'))
		fail(err, "%s\nsee `hcbpf profile list`", error);
	else
		fail(err, "%s", error);
	return false;
}

/* ---- differences ---- */

int profile_drift(const struct vm_rules *rules)
{
	char error[PROFILE_ERROR];
	struct profile profile;
	int nr;

	if (name_problem(rules->profile) ||
	    profile_read(&profile, rules->profile, error))
		return -1;
	nr = rules_differ(rules->rules, rules->nr, profile.rules, profile.nr, NULL, NULL);
	profile_free(&profile);
	return nr;
}

static void add_outcome(struct json_object *row, const char *key, const struct hcbpf_rule *rule)
{
	char text[NAMES_TEXT];

	if (!rule) {
		json_object_object_add(row, key, NULL);
		return;
	}
	rule_text(text, rule);
	add_text(row, key, text);
}

static void add_difference(void *rows, const struct hcbpf_rule *a, const struct hcbpf_rule *b)
{
	struct json_object *row = json_object_new_object();
	const struct hcbpf_rule *rule = a ? a : b;
	char text[NAMES_TEXT];

	call_text(text, rule->abi, rule->nr, rule->sub);
	add_text(row, "abi", abi_name(rule->abi));
	add_text(row, "call", text);
	add_outcome(row, "a", a);
	add_outcome(row, "b", b);
	json_object_array_add(rows, row);
}

static bool read_vm(struct hcbpf_vm *vm, struct vm_rules *rules)
{
	uint32_t id;
	int err;

	if (!vm)
		return false;
	id = hcbpf_vm_id(vm);
	err = vm_rules_read(vm, rules);
	hcbpf_vm_close(vm);
	if (err)
		fail(err, "cannot read the rules of VM %u: %s", id, strerror(-err));
	return !err;
}

/* Rules by the name of a profile, its file, or the id of a VM; NULL: options name the VM. */
static bool read_side(const struct args *args, const char *word, struct vm_rules *rules)
{
	struct profile profile;
	uint32_t id;

	memset(rules, 0, sizeof(*rules));
	if (!word)
		return read_vm(which_vm(args), rules);
	if (!parse_u32(word, &id))
		return read_vm(vm_by_id(word), rules);
	if (!profile_open(&profile, word))
		return false;
	rules->rules = profile.rules;
	rules->nr = profile.nr;
	profile.rules = NULL;
	profile_free(&profile);
	return true;
}

static int diff_run(const struct args *args)
{
	const struct column columns[] = {
		{ "abi", "ABI" }, { "call", "CALL" }, { "a", args->words[0] ?: "VM" },
		{ "b", args->words[1] }, { 0 }
	};
	struct json_object *rows;
	struct vm_rules a, b;

	if (!read_side(args, args->words[0], &a))
		return EXIT_FAILURE;
	if (!read_side(args, args->words[1], &b)) {
		free(a.rules);
		return EXIT_FAILURE;
	}
	rows = json_object_new_array();
	rules_differ(a.rules, a.nr, b.rules, b.nr, add_difference, rows);
	out_table(rows, columns, "they agree");
	free(a.rules);
	free(b.rules);
	return EXIT_SUCCESS;
}

/* ---- list ---- */

static bool has_name(struct json_object *rows, const char *name)
{
	struct json_object *value;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		value = json_object_object_get(json_object_array_get_idx(rows, i), "name");
		if (!strcmp(json_object_get_string(value), name))
			return true;
	}
	return false;
}

/* What the name stands for: the first place counts. */
static void add_profile(struct json_object *rows, const char *name)
{
	char error[PROFILE_ERROR];
	struct json_object *row;
	struct profile profile;
	int err;

	if (name_problem(name) || name[0] == '.' || has_name(rows, name))
		return;
	row = json_object_new_object();
	err = profile_read(&profile, name, error);
	add_text(row, "name", name);
	add_text(row, "where", err ? "cannot be used" : profile.where);
	add_text(row, "description", err ? error : profile.description);
	json_object_object_add(row, "usable", json_object_new_boolean(!err));
	json_object_array_add(rows, row);
	if (!err)
		profile_free(&profile);
}

static void add_directory(struct json_object *rows, const char *path)
{
	struct dirent **entries;
	int i, nr = scandir(path, &entries, NULL, alphasort);
	char *suffix;

	for (i = 0; i < nr; i++) {
		suffix = strrchr(entries[i]->d_name, '.');
		if (suffix && !strcmp(suffix, PROFILE_SUFFIX))
			*suffix = '\0';
		add_profile(rows, entries[i]->d_name);
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
}

static struct json_object *profiles_json(void)
{
	struct json_object *rows = json_object_new_array();
	const struct profile_text *text;
	const char *const *dir;

	for (dir = environment()->dirs; *dir; dir++)
		add_directory(rows, *dir);
	for (text = built_in_profiles; text->name; text++)
		add_profile(rows, text->name);
	return rows;
}

void profile_names(void (*fn)(const char *name))
{
	struct json_object *rows = profiles_json(), *row;
	size_t i;

	for (i = 0; i < json_object_array_length(rows); i++) {
		row = json_object_array_get_idx(rows, i);
		fn(json_object_get_string(json_object_object_get(row, "name")));
	}
	json_object_put(rows);
}

static int list_run(const struct args *args)
{
	(void)args;
	out_table(profiles_json(), list_columns, NULL);
	return EXIT_SUCCESS;
}

/* ---- show, check, apply ---- */

static struct json_object *profile_json(const struct profile *profile)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "name", profile->name);
	add_text(object, "where", profile->where);
	add_text(object, "description", profile->description);
	add_text(object, "unknown", action_name(profile->unknown));
	add_number(object, "nr_rules", profile->nr);
	return object;
}

static int show_run(const struct args *args)
{
	struct json_object *object, *rows;
	struct profile profile;

	if (!profile_open(&profile, args->words[0]))
		return EXIT_FAILURE;
	object = profile_json(&profile);
	rows = rules_json(profile.rules, profile.nr);
	profile_free(&profile);
	if (out_is_json()) {
		json_object_object_add(object, "rules", rows);
		out_record(object, show_columns);
		return EXIT_SUCCESS;
	}
	out_record(object, show_columns);
	puts("");
	out_table(rows, rule_columns, NULL);
	return EXIT_SUCCESS;
}

/* A FILE, whatever it looks like. */
static int check_run(const struct args *args)
{
	char path[PATH_MAX];
	struct profile profile;

	snprintf(path, sizeof(path), "%s%s", strchr(args->words[0], '/') ? "" : "./",
		 args->words[0]);
	if (!profile_open(&profile, path))
		return EXIT_FAILURE;
	out_done(profile_json(&profile), "%s is profile \"%s\", and makes %zu rules",
		 args->words[0], profile.name, profile.nr);
	profile_free(&profile);
	return EXIT_SUCCESS;
}

static int apply(struct hcbpf_vm *vm, const struct profile *profile, uint32_t flags)
{
	LIBHCBPF_OPTS(hcbpf_rules_opts, opts, .profile = profile->name, .flags = flags);
	uint32_t forced = journal_forced(vm);
	struct json_object *object;
	int err;

	err = hcbpf_rules_set(vm, profile->rules, profile->nr, &opts);
	if (err)
		return fail_rules(err, vm);
	journal_rules(vm, forced, "VM %u has profile %s now, %zu rules", hcbpf_vm_id(vm),
		      profile->name, profile->nr);
	object = profile_json(profile);
	add_number(object, "id", hcbpf_vm_id(vm));
	out_done(object, "VM %u has profile \"%s\" now, %zu rules", hcbpf_vm_id(vm), profile->name,
		 profile->nr);
	return EXIT_SUCCESS;
}

static int apply_run(const struct args *args)
{
	struct profile profile;
	struct hcbpf_vm *vm;
	uint32_t flags = 0;
	int status = EXIT_FAILURE;

	if (args->nr_words == 3 && parse_force(args->words[2], &flags))
		return fail_usage("cannot understand \"%s\"\nusage: hcbpf profile apply %s",
				  args->words[2], args->command->usage);
	if (!profile_open(&profile, args->words[1]))
		return EXIT_FAILURE;
	vm = which_vm(args);
	if (vm)
		status = apply(vm, &profile, flags);
	hcbpf_vm_close(vm);
	profile_free(&profile);
	return status;
}

/* ---- convert ---- */

static int convert_run(const struct args *args)
{
	const char *file = args->words[0];
	char error[NODES_ERROR], *text, *yaml;
	struct json_object *object;
	size_t size;
	int err;

	err = file_read_or_stdin(file, NODES_MAX_FILE, &text, &size);
	if (err)
		return fail(err, "%s: %s", file, file_error(err));
	if (strlen(text) == size)
		err = profile_convert(text, file, &yaml, error);
	else
		err = complain_at(error, file, 0, -EINVAL, "not a text file");
	free(text);
	if (err)
		return fail(err, "%s", error);
	if (out_is_json()) {
		object = json_object_new_object();
		add_text(object, "yaml", yaml);
		out_done(object, "%s", "");
	} else {
		fputs(yaml, stdout);
	}
	free(yaml);
	return EXIT_SUCCESS;
}

const struct command profile_verbs[] = {
	{ "list", "", "all profiles, and where each comes from", .run = list_run },
	{ "show", "PROFILE|FILE", "a profile and the rules it makes", .run = show_run,
	  .min_words = 1, .max_words = 1 },
	{ "check", "FILE", "find mistakes in a profile's file", .run = check_run,
	  .min_words = 1, .max_words = 1 },
	{ "diff", "PROFILE|FILE|VM PROFILE|FILE|VM", "calls that two profiles or VMs treat differently",
	  .run = diff_run, .min_words = 2, .max_words = 2, .takes_vm = true,
	  .takes_profile = true },
	{ "apply", "VM PROFILE|FILE [force]", "give a VM the rules of a profile, all at once",
	  .run = apply_run, .min_words = 2, .max_words = 3, .takes_vm = true },
	{ "learn", "VM [--for SECONDS] [--output FILE]",
	  "observe a VM, and write the profile of what it calls, which denies all else",
	  .run = learn_run, .min_words = 1, .max_words = 1, .options = learn_options,
	  .takes_vm = true },
	{ "convert", "FILE", "print a profile or cases of the format of version 0.1 as YAML",
	  .run = convert_run, .min_words = 1, .max_words = 1 },
	{ 0 }
};
