/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading profiles; docs/profiles.md has the format. Nothing here prints. */
#ifndef PROFILE_FILE_H
#define PROFILE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/call.h>
#include <hcbpf/rule.h>

#include "text/nodes.h"

#define PROFILE_SUFFIX ".yaml"		/* of the file that a name stands for */
#define PROFILE_ERROR NODES_ERROR	/* room for an error's text */

struct profile {
	char name[HCBPF_NAME_LEN];
	char *description;		/* "" if it has none */
	char *where;			/* its file, or "built in" */
	uint32_t unknown;		/* enum hcbpf_action: PASS, DENY or EXIT */
	struct hcbpf_rule *rules;	/* sorted, complete, each call once */
	size_t nr;
};

struct profile_text {
	const char *name, *text;
};

/* Where names are looked up, in this order. */
struct profile_env {
	const char *const *dirs;		/* ends with NULL */
	const struct profile_text *built_in;	/* ends with a NULL name */
};

/*
 * Read the profile called @word or, if it has a '/', the file @word, with all
 * that it includes. 0 or a negative errno with the reason in @error, as
 * "FILE:LINE: REASON".
 */
int profile_load(struct profile *profile, const char *word, const struct profile_env *env,
		 char error[PROFILE_ERROR]);
void profile_free(struct profile *profile);

#endif /* PROFILE_FILE_H */
