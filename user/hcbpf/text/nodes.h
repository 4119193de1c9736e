/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A YAML file as a tree of nodes that know their lines. What profiles and cases have no use
 * for is refused: see nodes_read(). Nothing here prints.
 */
#ifndef NODES_H
#define NODES_H

#include <stdbool.h>
#include <stddef.h>

#define NODES_ERROR 512			/* room for an error's text */
#define NODES_MAX_FILE (1 << 20)	/* bytes of a file */

struct node {
	enum { NODE_SCALAR, NODE_LIST, NODE_MAP } type;
	bool quoted;			/* a scalar that is text, whatever it looks like */
	unsigned int line;		/* that of its key, if it has one */
	char *key;			/* in a mapping; keys may be there twice */
	char *text;			/* of a scalar */
	size_t nr;			/* of its children */
	struct node *first, *next;
};

/* Say what is wrong: "PATH:LINE: REASON", without the line if it is 0. Returns @err. */
int complain_at(char error[NODES_ERROR], const char *path, unsigned int line, int err,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/*
 * Read a whole document; without one, the root is an empty mapping. Refused are anchors,
 * aliases, tags, directives, a second document, keys that are no scalars, control characters
 * in texts, all that is not UTF-8, and more depth or more nodes than any file needs.
 * 0 and @root for nodes_free(), or a negative errno with the reason in @error.
 */
int nodes_read(struct node **root, const char *text, size_t size, char error[NODES_ERROR],
	       const char *path);
void nodes_free(struct node *root);

/* The member of a mapping, or NULL. */
const struct node *node_get(const struct node *map, const char *key);

#endif /* NODES_H */
