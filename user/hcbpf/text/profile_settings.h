/* SPDX-License-Identifier: GPL-2.0-only */
/* What one file of a profile says itself, without its includes. */
#ifndef PROFILE_SETTINGS_H
#define PROFILE_SETTINGS_H

#include <limits.h>

#include "text/config.h"
#include "text/profile_draft.h"

/* One file being read. */
struct source {
	char path[PATH_MAX + 16];		/* for messages, and to know it again */
	const char *name;			/* it was found by; NULL: by its path */
	const char *text;			/* of a built-in one; NULL: a file */
	const struct source *includer;
};

struct reader {
	const struct profile_env *env;
	char *error;
	unsigned int files;
};

#define COMPLAIN_AT(line, err, ...) \
	config_complain(r->error, source->path, line, err, __VA_ARGS__)
#define COMPLAIN(setting, ...) \
	COMPLAIN_AT(config_setting_source_line(setting), -EINVAL, __VA_ARGS__)

/* Its version, name and description; nothing else may be there but rules and includes. */
int profile_read_head(struct reader *r, const struct source *source, const config_setting_t *root,
		      struct draft *draft);

/* Its rules and what it says of unknown calls. */
int profile_read_own(struct reader *r, const struct source *source, const config_setting_t *root,
		     struct draft *own);

#endif /* PROFILE_SETTINGS_H */
