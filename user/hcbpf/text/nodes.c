// SPDX-License-Identifier: GPL-2.0-only
/*
 * From libyaml's events, not its documents: these take anchors, and need time that grows
 * with the square of their number before anybody can look at the result.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "text/nodes.h"

#define MAX_DEPTH 16		/* libyaml's time grows with the square of it */
#define MAX_NODES (1 << 18)

struct builder {
	yaml_parser_t parser;
	const char *path;
	char *error;
	struct node *root;
	struct node *open[MAX_DEPTH];	/* lists and mappings that have not ended */
	struct node **end[MAX_DEPTH];	/* where the next child of each goes */
	unsigned int depth;
	char *key;			/* its value comes next */
	unsigned int key_line;
	size_t nr;
};

#define REFUSE(b, line, ...) complain_at((b)->error, (b)->path, line, -EINVAL, __VA_ARGS__)

int complain_at(char error[NODES_ERROR], const char *path, unsigned int line, int err,
		const char *fmt, ...)
{
	char place[16] = "";
	va_list ap;
	int len;

	if (line)
		snprintf(place, sizeof(place), ":%u", line);
	len = snprintf(error, NODES_ERROR, "%.200s%s: ", path, place);
	va_start(ap, fmt);
	vsnprintf(error + len, NODES_ERROR - len, fmt, ap);
	va_end(ap);
	return err;
}

/* ---- before libyaml sees it ---- */

/* libyaml reads all directives, in quadratic time, before it tells of the first. */
static unsigned int directive_line(const char *text)
{
	unsigned int line = 1;

	for (; text; line++) {
		if (*text == '%')
			return line;
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return 0;
}

/* Does the file begin with `word =`, as the format of version 0.1 did? The line. */
static unsigned int old_format_line(const char *text)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	unsigned int line = 1;
	size_t len;

	for (;; line++) {
		text += strspn(text, " \t\r");
		if (*text && *text != '\n' && *text != '#' && strncmp(text, "//", 2))
			break;
		text = strchr(text, '\n');
		if (!text)
			return 0;
		text++;
	}
	len = strspn(text, word);
	text += len;
	return len && text[strspn(text, " \t")] == '=' ? line : 0;
}

static int check_text(struct builder *b, const char *text, size_t size)
{
	unsigned int line;

	if (strlen(text) != size)
		return REFUSE(b, 0, "not a text file");
	line = old_format_line(text);
	if (line)
		return REFUSE(b, line, "this is the format of version 0.1; "
			      "`hcbpf profile convert` makes YAML of it");
	line = directive_line(text);
	return line ? REFUSE(b, line, "a line with %% first: directives are not for these files") :
		      0;
}

/* ---- building ---- */

static bool wants_key(const struct builder *b)
{
	return b->depth && b->open[b->depth - 1]->type == NODE_MAP && !b->key;
}

static int add_node(struct builder *b, int type, unsigned int line, struct node **added)
{
	struct node *node;

	if (wants_key(b))
		return REFUSE(b, line, "a key must be a word");
	if (++b->nr > MAX_NODES)
		return REFUSE(b, line, "more than %d values", MAX_NODES);
	node = calloc(1, sizeof(*node));
	if (!node)
		return -ENOMEM;
	node->type = type;
	node->line = b->key ? b->key_line : line;
	node->key = b->key;
	b->key = NULL;
	if (b->depth) {
		*b->end[b->depth - 1] = node;
		b->end[b->depth - 1] = &node->next;
		b->open[b->depth - 1]->nr++;
	} else {
		b->root = node;
	}
	*added = node;
	return 0;
}

static int open_node(struct builder *b, int type, unsigned int line)
{
	struct node *node;
	int err;

	if (b->depth == MAX_DEPTH)
		return REFUSE(b, line, "more than %d lists and mappings in one another",
			      MAX_DEPTH);
	err = add_node(b, type, line, &node);
	if (err)
		return err;
	b->open[b->depth] = node;
	b->end[b->depth++] = &node->first;
	return 0;
}

static int check_scalar(struct builder *b, const char *text, size_t len, unsigned int line)
{
	const unsigned char *c = (const unsigned char *)text;

	/* 0xc2 begins those of C1. */
	for (; len--; c++)
		if (*c < ' ' || *c == 0x7f || (*c == 0xc2 && c[1] < 0xa0))
			return REFUSE(b, line, "a text has no line breaks and other control "
				      "characters; a long one may begin with >-");
	return 0;
}

static int add_scalar(struct builder *b, const yaml_event_t *event, unsigned int line)
{
	const char *text = (const char *)event->data.scalar.value;
	struct node *node;
	char *copy;
	int err;

	err = check_scalar(b, text, event->data.scalar.length, line);
	if (err)
		return err;
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	if (wants_key(b)) {
		b->key = copy;
		b->key_line = line;
		return 0;
	}
	err = add_node(b, NODE_SCALAR, line, &node);
	if (err) {
		free(copy);
		return err;
	}
	node->text = copy;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return 0;
}

/* ---- events ---- */

static int check_properties(struct builder *b, const yaml_char_t *anchor, const yaml_char_t *tag,
			    unsigned int line)
{
	if (anchor)
		return REFUSE(b, line, "anchors (&) and aliases (*) are not for these files");
	if (tag)
		return REFUSE(b, line, "tags (!) are not for these files");
	return 0;
}

static int take_event(struct builder *b, const yaml_event_t *event)
{
	unsigned int line = event->start_mark.line + 1;
	int err;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		err = check_properties(b, event->data.scalar.anchor, event->data.scalar.tag, line);
		return err ? err : add_scalar(b, event, line);
	case YAML_SEQUENCE_START_EVENT:
		err = check_properties(b, event->data.sequence_start.anchor,
				       event->data.sequence_start.tag, line);
		return err ? err : open_node(b, NODE_LIST, line);
	case YAML_MAPPING_START_EVENT:
		err = check_properties(b, event->data.mapping_start.anchor,
				       event->data.mapping_start.tag, line);
		return err ? err : open_node(b, NODE_MAP, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return check_properties(b, event->data.alias.anchor, NULL, line);
	case YAML_DOCUMENT_START_EVENT:
		return b->root ? REFUSE(b, line, "a second document") : 0;
	default:
		return 0;
	}
}

/* libyaml tells where bytes that are no characters are by their number alone. */
static unsigned int line_of(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (; offset && *text; offset--)
		line += *text++ == '\n';
	return line;
}

static int syntax_error(struct builder *b, const char *text)
{
	const yaml_parser_t *p = &b->parser;

	switch (p->error) {
	case YAML_MEMORY_ERROR:
		return -ENOMEM;
	case YAML_READER_ERROR:
		return REFUSE(b, line_of(text, p->problem_offset), "not UTF-8 text: %s",
			      p->problem);
	default:
		if (!p->context)
			return REFUSE(b, p->problem_mark.line + 1, "syntax error: %s", p->problem);
		return REFUSE(b, p->problem_mark.line + 1, "syntax error: %s, %s from line %zu",
			      p->problem, p->context, p->context_mark.line + 1);
	}
}

static int take_events(struct builder *b, const char *text)
{
	yaml_event_type_t type;
	yaml_event_t event;
	int err;

	do {
		if (!yaml_parser_parse(&b->parser, &event))
			return syntax_error(b, text);
		type = event.type;
		err = take_event(b, &event);
		yaml_event_delete(&event);
	} while (!err && type != YAML_STREAM_END_EVENT);
	return err ? err : b->root ? 0 : add_node(b, NODE_MAP, 1, &b->root);
}

int nodes_read(struct node **root, const char *text, size_t size, char error[NODES_ERROR],
	       const char *path)
{
	struct builder b = { .path = path, .error = error };
	int err;

	*root = NULL;
	/* Told the encoding, libyaml takes the mark of it for a column. */
	if (!strncmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		size -= 3;
	}
	err = check_text(&b, text, size);
	if (err)
		return err;
	if (!yaml_parser_initialize(&b.parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, size);
	err = take_events(&b, text);
	yaml_parser_delete(&b.parser);
	free(b.key);
	if (err)
		nodes_free(b.root);
	else
		*root = b.root;
	return err;
}

/* ---- nodes ---- */

void nodes_free(struct node *root)
{
	struct node *child, *next;

	if (!root)
		return;
	for (child = root->first; child; child = next) {
		next = child->next;
		nodes_free(child);
	}
	free(root->key);
	free(root->text);
	free(root);
}

const struct node *node_get(const struct node *map, const char *key)
{
	const struct node *node;

	for (node = map->first; node && strcmp(node->key, key); node = node->next)
		;
	return node;
}
