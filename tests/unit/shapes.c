// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command's reading of profiles and cases, for tests/unit/schema.
 *
 * usage: shapes tables profile|cases	the tables of shapes, as JSON
 *        shapes check profile|cases	for each document on standard input, which end with
 *					a NUL, a line: fine, shape or meaning, then the error
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/abi_names.h"
#include "text/case_step.h"
#include "text/profile_settings.h"
#include "text/rule_shape.h"

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

/* ---- check ---- */

/* As the command reads a file, with all that it means. */
static int load(bool is_profile, const char *path, char error[NODES_ERROR])
{
	static const struct profile_text none[] = { { NULL, NULL } };
	static const char *const dirs[] = { "profiles", NULL };
	static const struct profile_env env = { .dirs = dirs, .built_in = none };
	struct profile profile;
	struct cases cases;
	int err;

	err = is_profile ? profile_load(&profile, path, &env, error) :
			   cases_load(&cases, path, error);
	if (!err && is_profile)
		profile_free(&profile);
	else if (!err)
		cases_free(&cases);
	return err;
}

static void check(bool is_profile, const struct shape *shape, const char *path, const char *text,
		  size_t size)
{
	char error[NODES_ERROR] = "";
	const struct place place = { .path = path, .error = error };
	const char *verdict = "shape";
	FILE *file = fopen(path, "w");
	struct node *root;

	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		abort();
	if (!nodes_read(&root, text, size, error, path)) {
		if (!shape_check(&place, root, shape))
			verdict = load(is_profile, path, error) ? "meaning" : "fine";
		nodes_free(root);
	}
	printf("%s %s\n", verdict, error);
}

static int check_all(bool is_profile, const struct shape *shape)
{
	char path[] = "/tmp/shapes.XXXXXX", *text = NULL;
	size_t room = 0;
	ssize_t len;
	int fd = mkstemp(path);

	if (fd < 0)
		return EXIT_FAILURE;
	close(fd);
	while ((len = getdelim(&text, &room, '\0', stdin)) > 0)
		check(is_profile, shape, path, text, len - 1);
	free(text);
	return unlink(path) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	bool is_profile = argc == 3 && !strcmp(argv[2], "profile");
	const struct shape *shape = is_profile ? &profile_shape : &cases_shape;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "check"))
		return check_all(is_profile, shape);
	print_tables(shape);
	return EXIT_SUCCESS;
}
