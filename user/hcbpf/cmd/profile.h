/* SPDX-License-Identifier: GPL-2.0-only */
/* Profiles as this command finds them. */
#ifndef PROFILE_H
#define PROFILE_H

#include <stdbool.h>
#include <json-c/json.h>

#include "cmd/rule.h"
#include "text/profile_file.h"

/* Load a profile; on failure say why and return false. */
bool profile_open(struct profile *profile, const char *word);

/* The same, printing nothing: profile_load() with the places of this host. */
int profile_read(struct profile *profile, const char *word, char error[PROFILE_ERROR]);

/*
 * How many calls a VM's rules decide differently from those of its profile, as it
 * is here; -1: there is no such profile here.
 */
int profile_drift(const struct vm_rules *rules);

/* Call @fn with the name of each profile that there is here. */
void profile_names(void (*fn)(const char *name));

#endif /* PROFILE_H */
