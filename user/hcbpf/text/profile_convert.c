// SPDX-License-Identifier: GPL-2.0-only
/*
 * Until version 0.3: files of the format of version 0.1, libconfig's, become YAML. This file, its
 * header, its verb, its tests and libconfig go together, with old_format_line() in nodes.c.
 *
 * Keys and values stay as they are, so what is read here needs no meaning. libconfig drops
 * comments, but knows each setting's line: what stands in the lines before it is put before it.
 */
#include <ctype.h>
#include <errno.h>
#include <libconfig.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/profile_convert.h"

#define WIDTH 96	/* a list or a mapping that fits goes into one line */

/* A comment's line, or an empty one between settings. */
struct remark {
	unsigned int line;
	const char *text;
	int len;
};

struct printer {
	FILE *out;
	struct remark *remarks;
	size_t nr, next;
};

/* ---- comments ---- */

static void add_remark(struct printer *p, unsigned int line, const char *text, const char *end)
{
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	p->remarks[p->nr++] = (struct remark){ .line = line, .text = text, .len = end - text };
}

static const char *skip_string(const char *text, unsigned int *line)
{
	for (text++; *text && *text != '"'; text++) {
		*line += *text == '\n';
		text += *text == '\\' && text[1];
	}
	return *text ? text + 1 : text;
}

static const char *skip_block(struct printer *p, const char *text, unsigned int *line)
{
	const char *end = strstr(text + 2, "*/"), *stop;

	end = end ? end : text + strlen(text);
	for (text += 2;; text = stop + 1, ++*line) {
		stop = memchr(text, '\n', end - text);
		text += strspn(text, " \t*");
		if (text < (stop ? stop : end))
			add_remark(p, *line, text, stop ? stop : end);
		if (!stop)
			return *end ? end + 2 : end;
	}
}

/* There cannot be more remarks than lines and comments, which take two bytes each. */
static int find_remarks(struct printer *p, const char *text)
{
	unsigned int line = 1;
	const char *end;

	p->remarks = calloc(strlen(text) + 1, sizeof(*p->remarks));
	if (!p->remarks)
		return -ENOMEM;
	while (*text) {
		end = text + strcspn(text, "\n");
		if (*text == '"') {
			text = skip_string(text, &line);
		} else if (*text == '#' || !strncmp(text, "//", 2)) {
			text += *text == '#' ? 1 : 2;
			add_remark(p, line, text, end);
			text = end;
		} else if (!strncmp(text, "/*", 2)) {
			text = skip_block(p, text, &line);
		} else if (*text++ == '\n') {
			line++;
			if (*text == '\n')
				add_remark(p, line, text, text);
		}
	}
	return 0;
}

/* Those before @line. An empty one begins a comment, or is between settings. */
static void put_remarks(struct printer *p, unsigned int line, int indent)
{
	const struct remark *r;

	for (; p->next < p->nr && p->remarks[p->next].line <= line; p->next++) {
		r = &p->remarks[p->next];
		if (r->len)
			fprintf(p->out, "%*s#%s%.*s\n", indent, "",
				isspace((unsigned char)*r->text) ? "" : " ", r->len, r->text);
		else
			fputs(r->text[-1] == '\n' ? "\n" : "#\n", p->out);
	}
}

static unsigned int last_line(const config_setting_t *s)
{
	unsigned int line = config_setting_source_line(s), other;
	int i;

	for (i = 0; config_setting_is_aggregate(s) && i < config_setting_length(s); i++) {
		other = last_line(config_setting_get_elem(s, i));
		line = other > line ? other : line;
	}
	return line;
}

/* Would a comment have to stand inside of it? */
static bool has_remark(const struct printer *p, const config_setting_t *s)
{
	unsigned int first = config_setting_source_line(s), last = last_line(s);
	size_t i;

	for (i = p->next; i < p->nr && p->remarks[i].line < last; i++)
		if (p->remarks[i].len && p->remarks[i].line >= first)
			return true;
	return false;
}

/* ---- values ---- */

static bool is_number(const char *text)
{
	uint64_t number;

	return !parse_u64(text + (*text == '-'), &number);
}

/* Words that YAML, one version or another, takes for something else. */
static bool is_reserved(const char *text)
{
	static const char *const words[] = {
		"true", "false", "null", "yes", "no", "on", "off", "y", "n"
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(words[i], text))
			return true;
	return false;
}

static void put_text(FILE *out, const char *text)
{
	const char *start = text + (*text == '-'), *c;
	size_t len = strlen(text);
	bool plain = isalpha((unsigned char)*start) && text[len - 1] != ' ' && !is_reserved(text);

	for (c = start; *c && plain; c++)
		plain = isalnum((unsigned char)*c) || strchr("_./-' ", *c);
	if (plain) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if ((unsigned char)*c < ' ')
			fprintf(out, "\\x%02x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

/* Numbers could be written as text; of these settings, text that looks like one is text. */
static bool is_of_text(const config_setting_t *s)
{
	static const char *const names[] = { "name", "description", "include", "hex" };
	const char *name = config_setting_name(s);
	size_t i;

	if (!name && config_setting_parent(s))
		name = config_setting_name(config_setting_parent(s));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name && !strcmp(names[i], name))
			return true;
	return false;
}

static void put_scalar(FILE *out, const config_setting_t *s)
{
	bool hex = config_setting_get_format(s) == CONFIG_FORMAT_HEX;
	const char *text;

	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		fprintf(out, hex ? "0x%x" : "%d", config_setting_get_int(s));
		break;
	case CONFIG_TYPE_INT64:
		fprintf(out, hex ? "0x%llx" : "%lld", config_setting_get_int64(s));
		break;
	case CONFIG_TYPE_FLOAT:
		fprintf(out, "%g", config_setting_get_float(s));
		break;
	case CONFIG_TYPE_BOOL:
		fputs(config_setting_get_bool(s) ? "true" : "false", out);
		break;
	default:
		text = config_setting_get_string(s);
		if (is_number(text) && !is_of_text(s))
			fputs(text, out);
		else
			put_text(out, text);
	}
}

/* ---- lists and mappings ---- */

/* All in one line. */
static void put_flow(FILE *out, const config_setting_t *s)
{
	bool group = config_setting_is_group(s);
	const config_setting_t *member;
	int i;

	if (!config_setting_is_aggregate(s)) {
		put_scalar(out, s);
		return;
	}
	fputc(group ? '{' : '[', out);
	for (i = 0; i < config_setting_length(s); i++) {
		member = config_setting_get_elem(s, i);
		fprintf(out, "%s%s%s", i ? ", " : "", group ? config_setting_name(member) : "",
			group ? ": " : "");
		put_flow(out, member);
	}
	fputc(group ? '}' : ']', out);
}

static int height(const config_setting_t *s)
{
	int i, other, most = 0;

	if (!config_setting_is_aggregate(s))
		return 0;
	for (i = 0; i < config_setting_length(s); i++) {
		other = height(config_setting_get_elem(s, i));
		most = other > most ? other : most;
	}
	return most + 1;
}

static bool fits(const struct printer *p, const config_setting_t *s, int column)
{
	const config_setting_t *parent = config_setting_parent(s);
	bool is_part = config_setting_is_group(s) && config_setting_name(s) &&
		       !config_setting_is_root(parent);
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (height(s) > (is_part ? 3 : 2) || has_remark(p, s))
		return false;
	out = open_memstream(&text, &size);
	if (!out)
		return false;
	put_flow(out, s);
	fclose(out);
	free(text);
	return column + size <= WIDTH;
}

static void put_block(struct printer *p, const config_setting_t *s, int indent, bool dashed);

/* What comes after "key:" or "-". */
static void put_value(struct printer *p, const config_setting_t *s, int indent, int column)
{
	bool item = !config_setting_name(s);
	bool of_file = item && config_setting_is_root(config_setting_parent(
					config_setting_parent(s)));

	if (config_setting_is_aggregate(s) && config_setting_length(s) &&
	    (!fits(p, s, column) || (of_file && height(s) == 2))) {
		put_block(p, s, indent + 2, item);
		return;
	}
	fputc(' ', p->out);
	put_flow(p->out, s);
	fputc('\n', p->out);
}

/* A member a line; the first one of a mapping in a list behind the dash. */
static void put_block(struct printer *p, const config_setting_t *s, int indent, bool dashed)
{
	const config_setting_t *member;
	const char *name;
	int i;

	if (!dashed && indent)
		fputc('\n', p->out);
	for (i = 0; i < config_setting_length(s); i++) {
		member = config_setting_get_elem(s, i);
		name = config_setting_name(member);
		if (i || !dashed)
			put_remarks(p, config_setting_source_line(member), indent);
		if (i || !dashed)
			fprintf(p->out, "%*s", indent, "");
		else
			fputc(' ', p->out);
		fprintf(p->out, "%s%s", name ? name : "-", name ? ":" : "");
		put_value(p, member, indent, indent + 2 + (name ? strlen(name) : 0));
	}
}

/* ---- */

static int complain_of_include(const char *text, const char *path, char error[NODES_ERROR])
{
	unsigned int line = 1;

	for (;; line++) {
		text += strspn(text, " \t");
		if (!strncmp(text, "@include", 8))
			return complain_at(error, path, line, -EINVAL,
					   "@include cannot be converted");
		text = strchr(text, '\n');
		if (!text)
			return 0;
		text++;
	}
}

static bool is_yaml(const char *text)
{
	char error[NODES_ERROR];
	struct node *root;
	bool is_map;

	if (nodes_read(&root, text, strlen(text), error, ""))
		return false;
	is_map = root->type == NODE_MAP;
	nodes_free(root);
	return is_map;
}

/* Comments may have in them what YAML, and a terminal, had better not get. */
static void clean(char *yaml)
{
	for (; *yaml; yaml++)
		if (iscntrl((unsigned char)*yaml) && *yaml != '\n' && *yaml != '\t')
			*yaml = '?';
}

static int print(const config_setting_t *root, const char *text, char **yaml)
{
	struct printer p = { 0 };
	size_t size;
	int err = find_remarks(&p, text);

	p.out = err ? NULL : open_memstream(yaml, &size);
	if (p.out) {
		put_block(&p, root, 0, false);
		put_remarks(&p, UINT32_MAX, 0);
	}
	if (!p.out || fclose(p.out))
		err = -ENOMEM;
	else
		clean(*yaml);
	free(p.remarks);
	return err;
}

int profile_convert(const char *text, const char *path, char **yaml, char error[NODES_ERROR])
{
	config_t config;
	int err;

	*yaml = NULL;
	err = complain_of_include(text, path, error);
	if (err)
		return err;
	config_init(&config);
	if (config_read_string(&config, text))
		err = print(config_root_setting(&config), text, yaml);
	else if (is_yaml(text))
		err = complain_at(error, path, 0, -EINVAL, "this is YAML already");
	else
		err = complain_at(error, path, config_error_line(&config), -EINVAL, "%s",
				  config_error_text(&config));
	config_destroy(&config);
	if (err == -ENOMEM)
		complain_at(error, path, 0, err, "%s", strerror(-err));
	return err;
}
