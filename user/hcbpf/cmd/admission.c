// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cli/suggest.h"
#include "cmd/admission.h"
#include "text/abi_names.h"

/* ---- a template ---- */

static int read_template(struct full_template *full, const char *name, char error[NODES_ERROR])
{
	size_t size;
	char *text;
	int err = file_read(full->where, NODES_MAX_FILE, &text, &size);

	if (err == -ENOENT && name) {
		snprintf(error, NODES_ERROR, "there is no template \"%s\"", name);
		return err;
	}
	if (err)
		return complain_at(error, full->where, 0, err, "%s", file_error(err));
	err = template_parse(&full->template, text, size, full->where, name, error);
	free(text);
	return err;
}

/* By its name or number. -ENOENT: there is no such user. */
static int find_uid(const char *text, uint32_t *uid)
{
	const struct passwd *user;

	if (!parse_u32(text, uid))
		return 0;
	user = getpwnam(text);
	if (!user)
		return -ENOENT;
	*uid = user->pw_uid;
	return 0;
}

/* What only this host can tell. */
static int fit_host(struct full_template *full, char error[NODES_ERROR])
{
	struct template *t = &full->template;
	int err;

	if (t->claimant[0] && find_uid(t->claimant, &t->claimant_uid))
		return complain_at(error, full->where, t->claimant_line, -EINVAL,
				   "there is no user \"%.64s\" here", t->claimant);
	if (!abi_is_of_this_machine(t->abi))
		return complain_at(error, full->where, t->abi_line, -EINVAL,
				   "ABI \"%s\" is not one of this machine", abi_name(t->abi));
	if (!t->profile_line)
		return 0;
	err = profile_read(&full->profile, t->profile, error);
	if (err == -ENOENT)
		err = complain_at(error, full->where, t->profile_line, -EINVAL,
				  "there is no profile \"%s\"", t->profile);
	return err;
}

int template_load(struct full_template *full, const char *word, char error[NODES_ERROR])
{
	bool is_file = strchr(word, '/');
	int err;

	memset(full, 0, sizeof(*full));
	if (!is_file && name_problem(word)) {
		snprintf(error, NODES_ERROR, "\"%.200s\" cannot be a template's name: %s", word,
			 name_problem(word));
		return -EINVAL;
	}
	if (asprintf(&full->where, is_file ? "%s" : TEMPLATES_DIR "/%s" TEMPLATE_SUFFIX, word) < 0)
		abort();
	err = read_template(full, is_file ? NULL : word, error);
	if (!err)
		err = fit_host(full, error);
	if (err)
		template_free(full);
	return err;
}

bool template_open(struct full_template *full, const char *word)
{
	char error[NODES_ERROR];
	int err;

	if (!strchr(word, '/') && fail_name(word, "a template's name"))
		return false;
	err = template_load(full, word, error);
	if (err == -ENOENT && !strchr(word, '/'))
		fail(err, "%s\nsee `hcbpf template list`; for a file write ./%s", error, word);
	else if (err)
		fail(err, "%s", error);
	return !err;
}

void template_free(struct full_template *full)
{
	profile_free(&full->profile);
	free(full->where);
	memset(full, 0, sizeof(*full));
}

/* ---- all of them ---- */

static bool is_template(const char *file)
{
	const char *suffix = strrchr(file, '.');

	return file[0] != '.' && suffix && !strcmp(suffix, TEMPLATE_SUFFIX);
}

int each_template(int (*fn)(const char *name, void *data), void *data)
{
	struct dirent **entries;
	int i, nr = scandir(TEMPLATES_DIR, &entries, NULL, alphasort), status = 0;

	if (nr < 0)
		return errno == ENOENT ? 0 : -errno;
	for (i = 0; i < nr; i++) {
		if (!status && is_template(entries[i]->d_name)) {
			*strrchr(entries[i]->d_name, '.') = '\0';
			status = fn(entries[i]->d_name, data);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

static int tell_name(const char *name, void *data)
{
	void (*const *fn)(const char *name) = data;

	(*fn)(name);
	return 0;
}

void template_names(void (*fn)(const char *name))
{
	each_template(tell_name, &fn);
}

/* ---- the table ---- */

struct builder {
	struct admission *table;
	char *error;
};

static int add_template(const char *name, void *data)
{
	struct builder *b = data;
	struct full_template full;
	int err = template_load(&full, name, b->error);

	if (err)
		return err;
	err = admission_add_template(b->table, &full.template, full.profile.rules,
				     full.profile.nr);
	if (!err)
		full.profile.rules = NULL;
	else
		complain_at(b->error, full.where, 0, err, err == -E2BIG ?
			    "more than %d templates" : "out of memory", HCBPF_MAX_TEMPLATES);
	template_free(&full);
	return err;
}

static int add_templates(struct builder *b)
{
	int err = each_template(add_template, b);

	if (err && !b->error[0])
		complain_at(b->error, TEMPLATES_DIR, 0, err, "%s", strerror(-err));
	return err;
}

static int no_template(struct builder *b, const struct admission_rule *said)
{
	struct suggestion suggestion;
	char text[SUGGESTION_TEXT];
	size_t i;

	suggest_begin(&suggestion, said->template_name, strlen(said->template_name));
	for (i = 0; i < b->table->nr_templates; i++)
		suggest_offer(&suggestion, "", b->table->templates[i].name,
			      strlen(b->table->templates[i].name));
	suggest_text(&suggestion, text);
	return complain_at(b->error, ADMISSION_FILE, said->template_line, -ENOENT,
			   "there is no template \"%s\"\n%s", said->template_name, text[0] ? text :
			   "see `hcbpf template list`");
}

static int find_user(struct builder *b, const struct admission_rule *said, uint32_t *uid)
{
	if (!(said->flags & HCBPF_ADMIT_USER) || !find_uid(said->user, uid))
		return 0;
	return complain_at(b->error, ADMISSION_FILE, said->user_line, -ENOENT,
			   "there is no user \"%.64s\" here", said->user);
}

static int add_rule(struct builder *b, const struct admission_rule *said)
{
	struct hcbpf_admit_rule rule = { .flags = said->flags };
	int index = admission_find(b->table, said->template_name), err;

	if (index < 0)
		return no_template(b, said);
	err = find_user(b, said, &rule.uid);
	if (err)
		return err;
	rule.template_index = index;
	memcpy(rule.place, said->place, sizeof(rule.place));
	memcpy(rule.name, said->name, sizeof(rule.name));
	return admission_add_rule(b->table, &rule);
}

static int add_rules(struct builder *b, const char *text)
{
	struct admission_file file;
	size_t i;
	int err = admission_parse(&file, text, strlen(text), ADMISSION_FILE, b->error);

	for (i = 0; !err && i < file.nr; i++)
		err = add_rule(b, &file.rules[i]);
	admission_file_free(&file);
	return err;
}

int admission_text(char **text, char error[NODES_ERROR])
{
	size_t size;
	int err = file_read(ADMISSION_FILE, NODES_MAX_FILE, text, &size);

	if (!err && strlen(*text) != size) {
		free(*text);
		err = complain_at(error, ADMISSION_FILE, 0, -EINVAL, "not a text file");
	} else if (err == -ENOENT) {
		snprintf(error, NODES_ERROR, "there is no " ADMISSION_FILE "\n"
			 "`hcbpf admit add` makes one; `hcbpf admit clear` switches admission off");
	} else if (err) {
		complain_at(error, ADMISSION_FILE, 0, err, "%s", file_error(err));
	}
	if (err)
		*text = NULL;
	return err;
}

int admission_of_files(struct admission *table, const char *text, char error[NODES_ERROR])
{
	struct builder b = { .table = table, .error = error };
	char *own = NULL;
	int err = 0;

	memset(table, 0, sizeof(*table));
	error[0] = '\0';
	if (!text)
		err = admission_text(&own, error);
	if (!err)
		err = add_templates(&b);
	if (!err)
		err = add_rules(&b, text ? text : own);
	free(own);
	if (err)
		admission_free(table);
	if (err && !error[0])
		snprintf(error, NODES_ERROR, "%s", strerror(-err));
	return err;
}
