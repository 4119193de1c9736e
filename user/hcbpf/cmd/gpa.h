/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs of `hcbpf gpa` share. */
#ifndef GPA_H
#define GPA_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

#include "cli/command.h"

/* One entry of a table: a struct hcbpf_gpa_range with its words. */
struct json_object *gpa_range_json(const struct hcbpf_gpa_range *range);

/* {"attr", "encrypted", "key", "text"}, as @key of @object */
void gpa_add_attr(struct json_object *object, const char *key, uint32_t attr);

/* Say why something about a VM's page attributes failed. Returns the exit status. */
int fail_gpa(int err, const char *what, struct hcbpf_vm *vm);

extern const struct option gpa_show_options[];
extern const struct option gpa_watch_options[];

int gpa_show_run(const struct args *args);
extern const struct option gpa_export_options[];
int gpa_export_run(const struct args *args);
int gpa_import_run(const struct args *args);
int gpa_watch_run(const struct args *args);

#endif /* GPA_H */
