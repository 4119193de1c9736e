/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs of `hcbpf admit` share. */
#ifndef ADMIT_H
#define ADMIT_H

#include <json-c/json.h>

#include "cli/command.h"
#include "text/admission.h"

/* The device of a module that has admission; on failure say why and return -1. */
int admit_device(void);

/*
 * The same, and keep other commands from changing files and module until this one ends; they
 * are kept from loading and unloading policies, too.
 */
int admit_lock(void);

/* Say why the module did not take a table, or give it. Returns the exit status. */
int fail_admission(int err, const char *aftermath);

/* What admission_of_files() says. Returns the exit status. */
int fail_files(int err, const char *error);

/*
 * {"nr_templates", "nr_rules", "warnings"}: what was loaded. Policies that nothing here offers
 * are warned of, since they may come later.
 */
struct json_object *loaded_json(const struct admission *table, int dev);

extern const struct option admit_add_options[];

int admit_add_run(const struct args *args);
int admit_remove_run(const struct args *args);

#endif /* ADMIT_H */
