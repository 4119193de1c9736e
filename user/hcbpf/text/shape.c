// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/args.h"
#include "text/abi_names.h"
#include "text/shape.h"

/* ---- what a value is ---- */

static bool is_one_of(const char *text, const char *const *words)
{
	while (*words && strcmp(*words, text))
		words++;
	return *words;
}

/* Not what parse_u64() would take besides: 017 is 15 for some readers of YAML, 17 for others. */
static bool is_number(const char *text)
{
	uint64_t number;

	bool minus = *text == '-';

	text += minus;
	return (text[0] != '0' || !text[1] || (text[1] == 'x' && !minus)) &&
	       parse_u64(text, &number) != -EINVAL;
}

static bool looks_like_a_number(const char *text)
{
	size_t sign = *text == '-' || *text == '+';
	char *end;

	if (!isdigit((unsigned char)text[sign + (text[sign] == '.')]))
		return false;
	strtod(text, &end);
	return !*end;
}

unsigned int node_kind(const struct node *node)
{
	static const char *const bools[] = { "true", "false", NULL };
	static const char *const none[] = {
		"", "~", "null", "Null", "NULL", "True", "TRUE", "False", "FALSE", ".inf", "-.inf",
		"+.inf", ".Inf", "-.Inf", "+.Inf", ".INF", "-.INF", "+.INF", ".nan", ".NaN",
		".NAN", NULL
	};

	if (node->type != NODE_SCALAR)
		return node->type == NODE_LIST ? IS_LIST : IS_MAP;
	if (node->quoted)
		return IS_TEXT;
	if (is_number(node->text))
		return IS_NUMBER;
	if (is_one_of(node->text, bools))
		return IS_BOOL;
	if (is_one_of(node->text, none) || looks_like_a_number(node->text))
		return IS_NOTHING;
	return IS_TEXT;
}

/* ---- checking ---- */

/* @of has the key that @node or its list is the value of. */
static int wrong_kind(const struct place *place, const struct node *node, const struct node *of,
		      const struct shape *shape, unsigned int kinds)
{
	const char *key = of->key ? of->key : "the file", *quote = of->key ? "\"" : "";
	const char *why = "";

	if (kinds & IS_NUMBER && node->quoted && is_number(node->text))
		why = "; a number in quotes is text";
	else if (node->type == NODE_SCALAR && !*node->text && !node->quoted)
		why = ", and nothing is there";
	else if (kinds & IS_TEXT && node->type == NODE_SCALAR)
		why = "; in quotes it would be text";
	return complain(place, node, "%s%.64s%s must be %s%s", quote, key, quote, shape->what, why);
}

static bool is_choice(choice_fn *choice, const char *text)
{
	unsigned int i;

	for (i = 0; choice(i); i++)
		if (!strcmp(choice(i), text))
			return true;
	return false;
}

static int check_choice(const struct place *place, const struct node *node,
			const struct shape *shape)
{
	const char *words[32];
	char all[NAMES_TEXT];
	size_t nr;

	if (is_choice(shape->choice, node->text))
		return 0;
	for (nr = 0; shape->choice(nr); nr++)
		words[nr] = shape->choice(nr);
	choice_text(all, words, nr);
	if (!shape->elsewhere || !is_choice(shape->elsewhere, node->text))
		return complain(place, node, "unknown %s \"%.64s\"; use %s", shape->noun,
				node->text, all);
	return complain(place, node, "\"%.64s\" must be %s", node->key, all);
}

static int check_number(const struct place *place, const struct node *node, const struct node *of,
			const struct shape *shape)
{
	const char *text = node->text;
	bool minus = *text == '-';
	uint64_t number;
	bool fits = !parse_u64(text + minus, &number) &&
		    (minus ? number <= -(uint64_t)shape->min : number <= shape->max);

	/* A number from 1 on: no more than that is ever wanted. */
	if (shape->min > 0)
		fits = fits && !minus && number >= (uint64_t)shape->min;
	if (fits)
		return 0;
	if ((uint64_t)shape->min == shape->max)
		return complain(place, node, "\"%.64s\" must be %s", of->key, shape->what);
	return complain(place, node, "\"%.64s\" must be %s from %lld to %llu", of->key,
			shape->what, (long long)shape->min, (unsigned long long)shape->max);
}

static int check(const struct place *place, const struct node *node, const struct node *of,
		 const struct shape *shape);

static int check_list(const struct place *place, const struct node *list,
		      const struct shape *shape)
{
	const struct node *item;
	int err = 0;

	if (list->nr < shape->min_items)
		return complain(place, list, "\"%.64s\" must have at least %zu", list->key,
				shape->min_items);
	if (shape->max_items && list->nr > shape->max_items)
		return complain(place, list, "\"%.64s\" must have at most %zu", list->key,
				shape->max_items);
	for (item = list->first; item && !err; item = item->next)
		err = node_kind(item) & shape->items->kinds ?
		      check(place, item, list, shape->items) :
		      wrong_kind(place, item, list, shape, shape->items->kinds);
	return err;
}

static int check_missing(const struct place *place, const struct node *map,
			 const struct key *keys, uint64_t seen)
{
	const struct key *key;

	for (key = keys; key->name; key++)
		if (key->required && !(seen & 1ULL << (key - keys)))
			return complain(place, map, "\"%s\" is missing: %s", key->name, key->help);
	return 0;
}

static int check_map(const struct place *place, const struct node *map, const struct shape *shape)
{
	const struct node *member;
	const struct key *key;
	uint64_t seen = 0, bit;
	int err;

	for (member = map->first; member; member = member->next) {
		for (key = shape->keys; key->name && strcmp(key->name, member->key); key++)
			;
		if (!key->name)
			return complain(place, member, "unknown setting \"%.64s\"", member->key);
		bit = 1ULL << (key - shape->keys);
		if (seen & bit)
			return complain(place, member, "duplicate: \"%s\" is in line %u already",
					key->name, node_get(map, key->name)->line);
		seen |= bit;
		err = check(place, member, member, key->shape);
		if (err)
			return err;
	}
	return check_missing(place, map, shape->keys, seen);
}

/* No deeper than shapes are. */
static int check(const struct place *place, const struct node *node, const struct node *of,
		 const struct shape *shape)
{
	unsigned int kind = node_kind(node);
	int err = 0;

	if (!(kind & shape->kinds) ||
	    (shape->kinds & IS_NUMBER && node->quoted && is_number(node->text)))
		return wrong_kind(place, node, of, shape, shape->kinds);
	if (kind == IS_MAP)
		return check_map(place, node, shape);
	if (kind == IS_LIST)
		return check_list(place, node, shape);
	if (kind == IS_NUMBER && shape->max)
		err = check_number(place, node, of, shape);
	return err || !shape->choice ? err : check_choice(place, node, shape);
}

int shape_check(const struct place *place, const struct node *node, const struct shape *shape)
{
	return check(place, node, node, shape);
}

/* ---- versions ---- */

const struct shape version_shape =
	SHAPE(IS_NUMBER, "the number 1", .min = FILE_VERSION, .max = FILE_VERSION);

int version_check(const struct place *place, const struct node *root)
{
	const struct node *version = root->type == NODE_MAP ? node_get(root, "version") : NULL;

	if (root->type == NODE_MAP && !version)
		return complain_at(place->error, place->path, 1, -EINVAL,
				   "\"version: %d\" is missing", FILE_VERSION);
	if (version && node_kind(version) == IS_NUMBER && version->text[0] != '-' &&
	    node_number(version) > FILE_VERSION)
		return complain(place, version, "version %.64s is newer than this command, which "
				"reads %d", version->text, FILE_VERSION);
	return 0;
}

/* ---- values ---- */

uint64_t node_number(const struct node *node)
{
	bool minus = *node->text == '-';
	uint64_t number = 0;

	parse_u64(node->text + minus, &number);
	return minus ? -number : number;
}

bool node_bool(const struct node *node)
{
	return !strcmp(node->text, "true");
}

uint64_t number_of(const struct node *map, const char *key, uint64_t otherwise)
{
	const struct node *node = node_get(map, key);

	return node ? node_number(node) : otherwise;
}

bool bool_of(const struct node *map, const char *key, bool otherwise)
{
	const struct node *node = node_get(map, key);

	return node ? node_bool(node) : otherwise;
}
