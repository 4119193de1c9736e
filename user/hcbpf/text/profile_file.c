// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "text/config.h"
#include "text/profile_draft.h"
#include "text/profile_file.h"
#include "text/profile_settings.h"

#define MAX_FILES 64		/* of one profile: a chain of includes could double at each step */
#define MAX_RULES 65536		/* as the module takes */

#define BUILT_IN "built in"

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

	err = profile_read_head(r, source, root, draft);
	if (!err)
		err = include_all(r, source, root, draft);
	if (!err)
		err = profile_read_own(r, source, root, &own);
	if (!err)
		err = draft_override(draft, &own);
	draft_free(&own);
	if (!err && draft->nr > MAX_RULES)
		err = COMPLAIN_AT(0, -E2BIG, "more than %d rules", MAX_RULES);
	return err;
}

static int read_source(struct reader *r, struct source *source, struct draft *draft)
{
	config_t config;
	int err;

	if (source->text)
		err = config_parse(&config, source->text, r->error, source->path);
	else
		err = config_load_file(&config, source->path, "@include is not for profiles; "
				       "write include = [ \"NAME\" ]", r->error);
	if (err)
		return err;
	err = read_root(r, source, config_root_setting(&config), draft);
	config_destroy(&config);
	return err;
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
