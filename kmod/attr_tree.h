/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree of an attribute map's runs: a treap, that is a search tree by first
 * gfn and at the same time a heap by priority. Random priorities make its
 * depth logarithmic (Seidel and Aragon, "Randomized search trees", 1996), and a
 * range comes out of it or goes in with two or three walks down, without a
 * rotation or a way back up.
 *
 * attr_node.newest lets a reader skip what is old. Walking down, it is known only
 * as an upper bound: a subtree may say that it is newer than it is, never older.
 */
#ifndef HCBPF_KMOD_ATTR_TREE_H
#define HCBPF_KMOD_ATTR_TREE_H

#include "attr_map.h"

/* The node that @gfn is in. Runs have no gaps, so NULL only where a caller made one. */
static inline struct attr_node *hcb_attr_tree_find(struct attr_node *tree, u64 gfn)
{
	while (tree) {
		if (gfn < tree->first)
			tree = tree->left;
		else if (gfn > tree->last)
			tree = tree->right;
		else
			break;
	}
	return tree;
}

/* The same, and the nodes next to it, or NULL. */
struct attr_node *hcb_attr_tree_find_among(struct attr_node *tree, u64 gfn,
					   struct attr_node **below, struct attr_node **above);

/* Cut @tree: what begins below @gfn into *@below, the rest into *@above. */
void hcb_attr_tree_split(struct attr_node *tree, u64 gfn, struct attr_node **below,
			 struct attr_node **above);

/* One tree of two, all of @below before all of @above. */
struct attr_node *hcb_attr_tree_merge(struct attr_node *below, struct attr_node *above);

/* The node in @tree with the highest gfns, or with the lowest; or NULL. */
struct attr_node *hcb_attr_tree_last(struct attr_node *tree);
struct attr_node *hcb_attr_tree_first(struct attr_node *tree);

/* A node on the way to @gfn, or at it, has changed in @generation. Returns the one at it. */
struct attr_node *hcb_attr_tree_touch(struct attr_node *tree, u64 gfn, u64 generation);

/* The first node that ends at or after @from and changed after @since, or NULL. */
struct attr_node *hcb_attr_tree_changed(struct attr_node *tree, u64 from, u64 since);

#endif /* HCBPF_KMOD_ATTR_TREE_H */
