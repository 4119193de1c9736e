/* SPDX-License-Identifier: GPL-2.0-only */
/* What one file of a profile says itself, without its includes. */
#ifndef PROFILE_SETTINGS_H
#define PROFILE_SETTINGS_H

#include <limits.h>

#include "text/profile_draft.h"
#include "text/shape.h"

/* One file being read. */
struct source {
	char path[PATH_MAX + 16];		/* for messages, and to know it again */
	const char *name;			/* it was found by; NULL: by its path */
	const char *text;			/* of a built-in one; NULL: a file */
	bool misnamed;				/* a file without the suffix */
	const struct source *includer;
	struct place place;
};

extern const struct shape profile_shape;

/* Its version, name and description, once all of it has the shape of a profile. */
int profile_read_head(const struct source *source, const struct node *root, struct draft *draft);

/* Its rules and what it says of unknown calls. */
int profile_read_own(const struct source *source, const struct node *root, struct draft *own);

#endif /* PROFILE_SETTINGS_H */
