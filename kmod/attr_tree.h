/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of an attribute map's runs: a treap, that is a search tree by first
 * frame and at the same time a heap by priority. Random priorities make its
 * depth logarithmic (Seidel and Aragon, "Randomized search trees", 1996), and a
 * range comes out of it or goes in with two or three walks down, without a
 * rotation or a way back up.
 *
 * gpa_node.newest lets a reader skip what is old. Walking down, it is known only
 * as an upper bound: a subtree may say that it is newer than it is, never older.
 */
#ifndef HCBPF_KMOD_GPA_TREE_H
#define HCBPF_KMOD_GPA_TREE_H

#include "attr_map.h"

/* The node that @frame is in. Runs have no gaps, so NULL only where a caller made one. */
static inline struct gpa_node *gpa_tree_find(struct gpa_node *tree, u64 frame)
{
	while (tree) {
		if (frame < tree->first)
			tree = tree->left;
		else if (frame > tree->last)
			tree = tree->right;
		else
			break;
	}
	return tree;
}

/* The same, and the nodes next to it, or NULL. */
struct gpa_node *gpa_tree_find_among(struct gpa_node *tree, u64 frame, struct gpa_node **below,
				     struct gpa_node **above);

/* Cut @tree: what begins below @frame into *@below, the rest into *@above. */
void gpa_tree_split(struct gpa_node *tree, u64 frame, struct gpa_node **below,
		    struct gpa_node **above);

/* One tree of two, all of @below before all of @above. */
struct gpa_node *gpa_tree_merge(struct gpa_node *below, struct gpa_node *above);

/* The node in @tree with the highest frames, or with the lowest; or NULL. */
struct gpa_node *gpa_tree_last(struct gpa_node *tree);
struct gpa_node *gpa_tree_first(struct gpa_node *tree);

/* A node on the way to @frame, or at it, has changed in @generation. Returns the one at it. */
struct gpa_node *gpa_tree_touch(struct gpa_node *tree, u64 frame, u64 generation);

/* The first node that ends at or after @from and changed after @since, or NULL. */
struct gpa_node *gpa_tree_changed(struct gpa_node *tree, u64 from, u64 since);

#endif /* HCBPF_KMOD_GPA_TREE_H */
