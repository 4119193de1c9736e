/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What may stand where in a file: which keys, values of which kind, which words. Shapes are
 * tables; the schemas for editors are made from the same ones. Nothing here prints.
 */
#ifndef SHAPE_H
#define SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text/nodes.h"

/* What a value can be; a shape may allow several. A scalar without quotes is what it looks like. */
#define IS_TEXT 1
#define IS_NUMBER 2	/* decimal without a leading zero, or 0x */
#define IS_BOOL 4	/* true, false */
#define IS_LIST 8
#define IS_MAP 16
#define IS_NOTHING 32	/* null, and what others take for a number: 1.5, 017 */

struct key {
	const char *name;
	const struct shape *shape;
	const char *help;
	bool required;
};

#define KEY(name_, shape_, help_) { .name = name_, .shape = shape_, .help = help_ }
#define REQUIRED(name_, shape_, help_) \
	{ .name = name_, .shape = shape_, .help = help_, .required = true }

/* The words there are, one after the other, then NULL. */
typedef const char *choice_fn(unsigned int i);

struct shape {
	unsigned int kinds;
	const char *what;		/* "KEY must be WHAT" */
	const struct key *keys;		/* of a mapping; ends with a NULL name */
	const struct shape *items;	/* of a list */
	size_t min_items, max_items;	/* 0: any number */
	int64_t min;			/* of a number, unless @max is 0 */
	uint64_t max;
	choice_fn *choice;		/* of a text, or a number as text */
	choice_fn *elsewhere;		/* words that are known, but not here */
	const char *noun;		/* "unknown NOUN" */
};

#define SHAPE(kinds_, what_, ...) { .kinds = kinds_, .what = what_, ##__VA_ARGS__ }

/* Where complaints go. */
struct place {
	const char *path;
	char *error;
};

#define complain(place, node, ...) \
	complain_at((place)->error, (place)->path, (node)->line, -EINVAL, __VA_ARGS__)

/* 0, or -EINVAL with the reason. */
int shape_check(const struct place *place, const struct node *node, const struct shape *shape);

unsigned int node_kind(const struct node *node);

/* Of all formats that have one: "version: 1". */
#define FILE_VERSION 1
extern const struct shape version_shape;

/* To be called before shape_check(): a later version may look quite different. */
int version_check(const struct place *place, const struct node *root);

/* ---- values whose shape has been checked ---- */

/* Negative ones as 64 bits. Only of a shape with a range, which 64 bits have. */
uint64_t node_number(const struct node *node);
bool node_bool(const struct node *node);

/* Those of a mapping's member, or @otherwise if it is not there. */
uint64_t number_of(const struct node *map, const char *key, uint64_t otherwise);
bool bool_of(const struct node *map, const char *key, bool otherwise);

#endif /* SHAPE_H */
