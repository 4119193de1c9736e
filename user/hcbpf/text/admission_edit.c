// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where lines have to go is guessed from how such files are usually written. The result is
 * read again, and must have just the rules that it should have: a wrong guess is found.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/admission_edit.h"

#define NEW_FILE "version: 1\nrules:\n"
#define INDENT 2		/* of a list's first item */

/* ---- a rule as text ---- */

/* Words that need no quotes, whoever reads them: those that others take for bools do. */
static bool is_plain(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-/\\@";
	static const char *const bools[] = { "y", "n", "yes", "no", "on", "off", NULL };
	const struct node node = { .type = NODE_SCALAR, .text = (char *)text };
	const char *const *word;

	for (word = bools; *word; word++)
		if (!strcasecmp(*word, text))
			return false;
	return node_kind(&node) == IS_TEXT && !text[strspn(text, allowed)] &&
	       (isalnum((unsigned char)*text) || *text == '/');
}

/* Behind others, with a comma. */
static void put_key(FILE *out, const char *key)
{
	fprintf(out, "%s%s: ", ftell(out) > 1 ? ", " : "", key);
}

static void put_text(FILE *out, const char *key, const char *text)
{
	put_key(out, key);
	if (is_plain(text)) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text; text++)
		fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
	fputc('"', out);
}

/* A number in quotes would be a name. */
static void put_user(FILE *out, const char *user)
{
	const struct node node = { .type = NODE_SCALAR, .text = (char *)user };

	if (node_kind(&node) != IS_NUMBER) {
		put_text(out, "user", user);
		return;
	}
	put_key(out, "user");
	fputs(user, out);
}

static void put_rule(FILE *out, const struct admission_rule *rule)
{
	fputc('{', out);
	if (rule->flags & HCBPF_ADMIT_USER)
		put_user(out, rule->user);
	if (rule->flags & HCBPF_ADMIT_CGROUP)
		put_text(out, "cgroup", rule->place);
	if (rule->flags & HCBPF_ADMIT_UNIT)
		put_text(out, "unit", rule->place);
	if (rule->flags & HCBPF_ADMIT_NAME)
		put_text(out, "name", rule->name);
	put_text(out, "template", rule->template_name);
	if (rule->flags & HCBPF_ADMIT_REQUIRED) {
		put_key(out, "required");
		fputs("true", out);
	}
	fputc('}', out);
}

char *admission_rule_yaml(const struct admission_rule *rule)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	put_rule(out, rule);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

/* ---- is it what it should be? ---- */

static bool same(const struct admission_rule *a, const struct admission_rule *b)
{
	return a->flags == b->flags && !strcmp(a->user, b->user) && !strcmp(a->place, b->place) &&
	       !strcmp(a->name, b->name) && !strcmp(a->template_name, b->template_name);
}

/* All rules of @a but the one with the index @without, then @last, if there is one. */
static bool has_rules(const struct admission_file *edited, const struct admission_file *a,
		      size_t without, const struct admission_rule *last)
{
	size_t i, at = 0;

	for (i = 0; i < a->nr; i++)
		if (i != without && (at == edited->nr || !same(&edited->rules[at++], &a->rules[i])))
			return false;
	if (last && (at == edited->nr || !same(&edited->rules[at++], last)))
		return false;
	return at == edited->nr;
}

/* Frees @edited if it is not. */
static int verify(char **edited, const struct admission_file *file, size_t without,
		  const struct admission_rule *last)
{
	char error[NODES_ERROR];
	struct admission_file now;
	bool right = false;

	if (!*edited)
		return -ENOMEM;
	if (!admission_parse(&now, *edited, strlen(*edited), "", error)) {
		right = has_rules(&now, file, without, last);
		admission_file_free(&now);
	}
	if (right)
		return 0;
	free(*edited);
	*edited = NULL;
	return -EINVAL;
}

/* ---- lines ---- */

static const char *next_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end ? end + 1 : line + strlen(line);
}

static const char *line_number(const char *text, unsigned int n)
{
	while (--n && *text)
		text = next_line(text);
	return text;
}

static bool has_content(const char *line)
{
	line += strspn(line, " \t\r");
	return *line && *line != '\n' && *line != '#';
}

static const char *rules_line(const char *text)
{
	for (; *text; text = next_line(text))
		if (!strncmp(text, "rules:", 6))
			return text;
	return NULL;
}

/* Where the list ends: at another key, at the document's end, or with the text. */
static const char *rules_end(const char *rules)
{
	const char *line;

	for (line = next_line(rules); *line; line = next_line(line))
		if (!strchr(" \t\r\n#-", *line) || !strncmp(line, "---", 3))
			return line;
	return line;
}

/* Behind the last line before @end that is not a comment and not empty. */
static const char *content_end(const char *from, const char *end)
{
	const char *line, *last = from;

	for (line = from; line < end; line = next_line(line))
		if (has_content(line))
			last = next_line(line);
	return last;
}

/* The indentation of the first item. */
static int indent_of(const char *rules, const char *end)
{
	const char *line;
	int indent;

	for (line = next_line(rules); line < end; line = next_line(line)) {
		indent = strspn(line, " ");
		if (line[indent] == '-')
			return indent;
	}
	return INDENT;
}

/* The comment in a line, NULL: none. */
static const char *comment_of(const char *line)
{
	const char *end = line + strcspn(line, "\n"), *c;
	char quote = '\0';

	for (c = line; c < end; c++) {
		if (quote == '"' && *c == '\\' && c + 1 < end)
			c++;
		else if (quote)
			quote = *c == quote ? '\0' : quote;
		else if (*c == '#' && (c == line || isspace((unsigned char)c[-1])))
			return c;
		else if ((*c == '"' || *c == '\'') && c > line && strchr(" \t{[:,", c[-1]))
			quote = *c;
	}
	return NULL;
}

/* ---- append ---- */

/* "rules: []" becomes "rules:", and its comment stays. 0 if it is not that. */
static size_t empty_list(const char *rules)
{
	size_t at = strlen("rules:");

	at += strspn(rules + at, " ");
	return strncmp(rules + at, "[]", 2) ? 0 : at + 2;
}

static void put_appended(FILE *out, const char *text, const char *yaml)
{
	const char *rules = rules_line(text), *end = rules ? rules_end(rules) : text, *at = end;
	size_t empty = rules ? empty_list(rules) : 0;

	if (!rules)
		return;
	/* What comes behind it has comments of its own before it. */
	if (*end)
		at = content_end(next_line(rules), end);
	if (empty) {
		at = next_line(rules);
		fwrite(text, 1, rules - text, out);
		fputs("rules:", out);
		fwrite(rules + empty, 1, at - rules - empty, out);
	} else {
		fwrite(text, 1, at - text, out);
	}
	fprintf(out, "%s%*s- %s\n", at > text && at[-1] != '\n' ? "\n" : "",
		indent_of(rules, end), "", yaml);
	fputs(at, out);
}

static char *appended(const char *text, const struct admission_rule *rule)
{
	char *yaml = admission_rule_yaml(rule), *edited = NULL;
	FILE *out;
	size_t size;

	out = yaml ? open_memstream(&edited, &size) : NULL;
	if (out) {
		put_appended(out, text, yaml);
		if (fclose(out)) {
			free(edited);
			edited = NULL;
		}
	}
	free(yaml);
	return edited;
}

static int parse(struct admission_file *file, const char *text)
{
	char error[NODES_ERROR];

	return admission_parse(file, text, strlen(text), "", error);
}

int admission_append(const char *text, const struct admission_rule *rule, char **edited)
{
	struct admission_file file;
	int err = parse(&file, text);

	*edited = NULL;
	if (err)
		return err;
	*edited = appended(text, rule);
	err = verify(edited, &file, SIZE_MAX, rule);
	admission_file_free(&file);
	return err;
}

int admission_first(const struct admission_rule *rule, char **edited)
{
	const struct admission_file none = { 0 };

	*edited = appended(NEW_FILE, rule);
	return verify(edited, &none, SIZE_MAX, rule);
}

/* ---- delete ---- */

/* Of the lines that go, comments stay. */
static void put_comments(FILE *out, const char *line, const char *end)
{
	const char *comment;

	for (; line < end; line = next_line(line)) {
		comment = comment_of(line);
		if (!comment)
			continue;
		fwrite(line, 1, strspn(line, " "), out);
		fwrite(comment, 1, next_line(line) - comment, out);
	}
}

/* Up to the rules' line, behind whose key "[]" has to go if there will be no rule. */
static const char *put_head(FILE *out, const char *text, const char *rules, bool empty)
{
	const char *behind = rules + strlen("rules:");

	fwrite(text, 1, behind - text, out);
	if (empty)
		fputs(" []", out);
	return behind;
}

static void put_without(FILE *out, const char *text, const struct admission_file *file, size_t i)
{
	const char *rules = rules_line(text), *from = line_number(text, file->rules[i].line), *to;

	if (!rules || from <= rules)
		return;
	to = i + 1 < file->nr ? line_number(text, file->rules[i + 1].line) : rules_end(rules);
	to = content_end(from, to);
	text = put_head(out, text, rules, file->nr == 1);
	fwrite(text, 1, from - text, out);
	put_comments(out, from, to);
	fputs(to, out);
}

int admission_delete(const char *text, unsigned int n, char **edited)
{
	struct admission_file file;
	int err = parse(&file, text);
	FILE *out = NULL;
	size_t size;

	*edited = NULL;
	if (err)
		return err;
	if (!n || n > file.nr)
		err = -ENOENT;
	else
		out = open_memstream(edited, &size);
	if (out) {
		put_without(out, text, &file, n - 1);
		if (fclose(out)) {
			free(*edited);
			*edited = NULL;
		}
	}
	if (!err)
		err = verify(edited, &file, n - 1, NULL);
	admission_file_free(&file);
	return err;
}
