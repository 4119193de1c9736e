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
#include "text/nodes.h"
#include "text/profile_draft.h"
#include "text/profile_file.h"
#include "text/profile_settings.h"

#define MAX_FILES 64		/* of one profile: a chain of includes could double at each step */
#define MAX_RULES 65536		/* as the module takes */

#define BUILT_IN "built in"

struct reader {
	const struct profile_env *env;
	char *error;
	unsigned int files;
};

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

/*
 * NAME.yaml. Also NAME alone, as files were called before they were YAML: reading it says how
 * to convert it, where going on would find another profile of that name.
 */
static bool find_file(struct source *source, const char *dir, int len)
{
	int end = snprintf(source->path, sizeof(source->path), "%.*s/%s", len, dir, source->name);

	if (end + sizeof(PROFILE_SUFFIX) > sizeof(source->path))
		return false;
	strcpy(source->path + end, PROFILE_SUFFIX);
	if (!access(source->path, F_OK))
		return true;
	source->path[end] = '\0';
	source->misnamed = !access(source->path, F_OK);
	return source->misnamed;
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

static int include_one(struct reader *r, const struct source *source, const struct node *node,
		       struct draft *draft)
{
	const char *name = node->text;
	struct source *included;
	struct draft more = { 0 };
	int err;

	if (name_problem(name))
		return complain(&source->place, node, "\"%.64s\" cannot be a profile's name: %s",
				name, name_problem(name));
	included = calloc(1, sizeof(*included));
	if (!included)
		return -ENOMEM;
	included->name = name;
	included->includer = source;
	if (!find_source(r, included))
		err = complain(&source->place, node, "there is no profile \"%s\" to include", name);
	else if (is_loop(included))
		err = complain(&source->place, node, "\"%s\" includes itself: a loop", name);
	else if (++r->files > MAX_FILES)
		err = complain(&source->place, node, "more than %d files are included", MAX_FILES);
	else
		err = read_source(r, included, &more);
	if (!err)
		err = draft_override(draft, &more);
	draft_free(&more);
	free(included);
	return err;
}

static int include_all(struct reader *r, const struct source *source, const struct node *root,
		       struct draft *draft)
{
	const struct node *list = node_get(root, "include"), *node;
	int err = 0;

	for (node = list ? list->first : NULL; node && !err; node = node->next)
		err = include_one(r, source, node, draft);
	return err;
}

static int read_root(struct reader *r, const struct source *source, const struct node *root,
		     struct draft *draft)
{
	struct draft own = { 0 };
	int err;

	err = profile_read_head(source, root, draft);
	if (!err)
		err = include_all(r, source, root, draft);
	if (!err)
		err = profile_read_own(source, root, &own);
	if (!err)
		err = draft_override(draft, &own);
	draft_free(&own);
	if (!err && draft->nr > MAX_RULES)
		err = complain_at(r->error, source->path, 0, -E2BIG, "more than %d rules",
				  MAX_RULES);
	return err;
}

static int read_text(struct reader *r, const struct source *source, const char *text, size_t size,
		     struct draft *draft)
{
	struct node *root;
	int err;

	err = nodes_read(&root, text, size, r->error, source->path);
	if (!err)
		err = read_root(r, source, root, draft);
	nodes_free(root);
	return err;
}

static int read_file(struct reader *r, const struct source *source, struct draft *draft)
{
	size_t size;
	char *text;
	int err;

	err = file_read(source->path, NODES_MAX_FILE, &text, &size);
	if (err)
		return complain_at(r->error, source->path, 0, err, "%s", file_error(err));
	err = read_text(r, source, text, size, draft);
	free(text);
	if (!err && source->misnamed)
		err = complain_at(r->error, source->path, 0, -EINVAL,
				  "a profile's file is called NAME" PROFILE_SUFFIX "; rename it");
	return err;
}

static int read_source(struct reader *r, struct source *source, struct draft *draft)
{
	source->place = (struct place){ .path = source->path, .error = r->error };
	return source->text ? read_text(r, source, source->text, strlen(source->text), draft) :
			      read_file(r, source, draft);
}

/* ---- from draft to profile ---- */

static int load(struct reader *r, struct source *source, struct profile *profile)
{
	struct draft draft = { 0 };
	int err;

	err = read_source(r, source, &draft);
	if (!err)
		err = draft_finish(&draft, profile);
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
