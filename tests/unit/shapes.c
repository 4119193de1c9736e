// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command's reading of its kinds of files, for tests/unit/schema. KIND is profile, cases,
 * template or admission.
 *
 * usage: shapes tables KIND	the tables of shapes, as JSON
 *        shapes check KIND	for each document on standard input, which end with
 *					a NUL, a line: fine, shape or meaning, then the error
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/file.h"
#include "text/abi_names.h"
#include "text/admission_file.h"
#include "text/case_step.h"
#include "text/profile_settings.h"
#include "text/rule_shape.h"
#include "text/template_file.h"

typedef struct json_object json;

static void set(json *object, const char *key, json *value)
{
	json_object_object_add(object, key, value);
}

/* ---- tables ---- */

static json *table(const struct shape *shape);

static json *choices(const struct shape *shape)
{
	json *words = json_object_new_array();
	unsigned int i;

	for (i = 0; shape->choice(i); i++)
		json_object_array_add(words, json_object_new_string(shape->choice(i)));
	return words;
}

static json *keys(const struct key *key)
{
	json *all = json_object_new_array(), *one;

	for (; key->name; key++) {
		one = json_object_new_object();
		set(one, "name", json_object_new_string(key->name));
		set(one, "help", json_object_new_string(key->help));
		set(one, "required", json_object_new_boolean(key->required));
		set(one, "shape", table(key->shape));
		json_object_array_add(all, one);
	}
	return all;
}

static json *table(const struct shape *shape)
{
	json *new = json_object_new_object();

	set(new, "text", json_object_new_boolean(shape->kinds & IS_TEXT));
	set(new, "number", json_object_new_boolean(shape->kinds & IS_NUMBER));
	set(new, "bool", json_object_new_boolean(shape->kinds & IS_BOOL));
	set(new, "call", json_object_new_boolean(shape == &call_shape));
	if (shape->choice)
		set(new, "choices", choices(shape));
	if (shape->max)
		set(new, "min", json_object_new_int64(shape->min));
	if (shape->max)
		set(new, "max", json_object_new_uint64(shape->max));
	if (shape->items) {
		set(new, "items", table(shape->items));
		set(new, "min_items", json_object_new_int64(shape->min_items));
		set(new, "max_items", json_object_new_int64(shape->max_items));
	}
	if (shape->keys)
		set(new, "keys", keys(shape->keys));
	return new;
}

static json *names;

static void add_name(const char *name)
{
	if (!strchr(name, ':'))
		json_object_array_add(names, json_object_new_string(name));
}

static void print_tables(const struct shape *shape)
{
	json *all = json_object_new_object(), *calls = json_object_new_object();
	uint32_t abi;

	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++) {
		names = json_object_new_array();
		call_names(abi, add_name);
		set(calls, abi_name(abi), names);
	}
	set(all, "calls", calls);
	set(all, "shape", table(shape));
	puts(json_object_to_json_string(all));
	json_object_put(all);
}

/* ---- kinds: as the command reads a file, with all that it means ---- */

static int load_profile(const char *path, char error[NODES_ERROR])
{
	static const struct profile_text none[] = { { NULL, NULL } };
	static const char *const dirs[] = { "profiles", NULL };
	static const struct profile_env env = { .dirs = dirs, .built_in = none };
	struct profile profile;
	int err = profile_load(&profile, path, &env, error);

	if (!err)
		profile_free(&profile);
	return err;
}

static int load_cases(const char *path, char error[NODES_ERROR])
{
	struct cases cases;
	int err = cases_load(&cases, path, error);

	if (!err)
		cases_free(&cases);
	return err;
}

static char *text_of(const char *path, size_t *size)
{
	char *text;

	if (file_read(path, NODES_MAX_FILE, &text, size))
		abort();
	return text;
}

static int load_template(const char *path, char error[NODES_ERROR])
{
	struct template template;
	size_t size;
	char *text = text_of(path, &size);
	int err = template_parse(&template, text, size, path, NULL, error);

	free(text);
	return err;
}

static int load_admission(const char *path, char error[NODES_ERROR])
{
	struct admission_file file;
	size_t size;
	char *text = text_of(path, &size);
	int err = admission_parse(&file, text, size, path, error);

	if (!err)
		admission_file_free(&file);
	free(text);
	return err;
}

static const struct file_kind {
	const char *name;
	const struct shape *shape;
	int (*load)(const char *path, char error[NODES_ERROR]);
} file_kinds[] = {
	{ "profile", &profile_shape, load_profile },
	{ "cases", &cases_shape, load_cases },
	{ "template", &template_shape, load_template },
	{ "admission", &admission_shape, load_admission },
	{ 0 }
};

/* ---- check ---- */

static void check(const struct file_kind *kind, const char *path, const char *text, size_t size)
{
	char error[NODES_ERROR] = "";
	const struct place place = { .path = path, .error = error };
	const char *verdict = "shape";
	FILE *file = fopen(path, "w");
	struct node *root;

	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		abort();
	if (!nodes_read(&root, text, size, error, path)) {
		if (!shape_check(&place, root, kind->shape))
			verdict = kind->load(path, error) ? "meaning" : "fine";
		nodes_free(root);
	}
	printf("%s %s\n", verdict, error);
}

static int check_all(const struct file_kind *kind)
{
	char path[] = "/tmp/shapes.XXXXXX", *text = NULL;
	size_t room = 0;
	ssize_t len;
	int fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	while ((len = getdelim(&text, &room, '\0', stdin)) > 0)
		check(kind, path, text, len - 1);
	free(text);
	return unlink(path) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const struct file_kind *kind = file_kinds;

	while (argc == 3 && kind->name && strcmp(kind->name, argv[2]))
		kind++;
	if (argc != 3 || !kind->name)
		return 2;
	if (!strcmp(argv[1], "check"))
		return check_all(kind);
	print_tables(kind->shape);
	return EXIT_SUCCESS;
}
