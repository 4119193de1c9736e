/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changing the rules of admission in their file, of which everything else stays as it was
 * written, comments included. Nothing here prints.
 */
#ifndef ADMISSION_EDIT_H
#define ADMISSION_EDIT_H

#include "text/admission_file.h"

/* A rule in one line of YAML, "{user: ..., template: ...}". To be freed; NULL: no memory. */
char *admission_rule_yaml(const struct admission_rule *rule);

/*
 * The text of a file that can be read with one more rule, the last, or without its rule @n, from
 * 1 on. *@edited is to be freed. -EINVAL: not without writing more of it anew, as when the
 * rules are in [ ]; -ENOENT: it has no such rule; -ENOMEM.
 */
int admission_append(const char *text, const struct admission_rule *rule, char **edited);
int admission_delete(const char *text, unsigned int n, char **edited);

/* A file with nothing but this rule. The same. */
int admission_first(const struct admission_rule *rule, char **edited);

#endif /* ADMISSION_EDIT_H */
