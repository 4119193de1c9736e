// SPDX-License-Identifier: GPL-2.0-only
/*
 * See attr_tree.h.
 */
#include "attr_tree.h"

static u64 newest(const struct attr_node *tree)
{
	return tree ? tree->newest : 0;
}

void hcb_attr_tree_split(struct attr_node *tree, u64 gfn, struct attr_node **below,
			 struct attr_node **above)
{
	while (tree) {
		if (tree->first < gfn) {
			*below = tree;
			below = &tree->right;
			tree = tree->right;
		} else {
			*above = tree;
			above = &tree->left;
			tree = tree->left;
		}
	}
	*below = NULL;
	*above = NULL;
}

struct attr_node *hcb_attr_tree_merge(struct attr_node *below, struct attr_node *above)
{
	struct attr_node *root, **link = &root;

	while (below && above) {
		if (below->priority > above->priority) {
			if (below->newest < above->newest)
				below->newest = above->newest;
			*link = below;
			link = &below->right;
			below = below->right;
		} else {
			if (above->newest < below->newest)
				above->newest = below->newest;
			*link = above;
			link = &above->left;
			above = above->left;
		}
	}
	*link = below ? below : above;
	return root;
}

struct attr_node *hcb_attr_tree_last(struct attr_node *tree)
{
	while (tree && tree->right)
		tree = tree->right;
	return tree;
}

struct attr_node *hcb_attr_tree_first(struct attr_node *tree)
{
	while (tree && tree->left)
		tree = tree->left;
	return tree;
}

struct attr_node *hcb_attr_tree_find_among(struct attr_node *tree, u64 gfn,
					   struct attr_node **below, struct attr_node **above)
{
	*below = *above = NULL;
	while (tree) {
		if (gfn < tree->first) {
			*above = tree;
			tree = tree->left;
		} else if (gfn > tree->last) {
			*below = tree;
			tree = tree->right;
		} else {
			break;
		}
	}
	if (tree && tree->left)
		*below = hcb_attr_tree_last(tree->left);
	if (tree && tree->right)
		*above = hcb_attr_tree_first(tree->right);
	return tree;
}

struct attr_node *hcb_attr_tree_touch(struct attr_node *tree, u64 gfn, u64 generation)
{
	while (tree) {
		tree->newest = generation;
		if (gfn < tree->first)
			tree = tree->left;
		else if (gfn > tree->last)
			tree = tree->right;
		else
			break;
	}
	return tree;
}

/*
 * The lowest subtree whose nodes all end at or after @from and that may hold
 * something new: its topmost node stands for itself and all to its right.
 */
static struct attr_node *first_candidate(struct attr_node *tree, u64 from, u64 since)
{
	struct attr_node *found = NULL;

	while (tree && tree->newest > since) {
		if (tree->last < from) {
			tree = tree->right;
		} else {
			if (tree->generation > since || newest(tree->right) > since)
				found = tree;
			tree = tree->left;
		}
	}
	return found;
}

/*
 * The first new node of @tree. If there is none after all, NULL, and *@from is
 * behind what has been looked at.
 */
static struct attr_node *first_new(struct attr_node *tree, u64 since, u64 *from)
{
	while (tree) {
		*from = tree->last + 1;
		if (newest(tree->left) > since)
			tree = tree->left;
		else if (tree->generation > since)
			return tree;
		else
			tree = newest(tree->right) > since ? tree->right : NULL;
	}
	return NULL;
}

struct attr_node *hcb_attr_tree_changed(struct attr_node *tree, u64 from, u64 since)
{
	struct attr_node *top, *found;

	for (;;) {
		top = first_candidate(tree, from, since);
		if (!top || top->generation > since)
			return top;
		from = top->last + 1;
		found = first_new(top->right, since, &from);
		if (found)
			return found;
	}
}
