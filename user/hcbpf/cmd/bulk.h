/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs with --all-matching. */
#ifndef BULK_H
#define BULK_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

#include "cli/output.h"

/* For one VM, whose VMM has that name. Adds to its row what came of it, or says why it failed. */
typedef int bulk_fn(struct hcbpf_vm *vm, const char *name, struct json_object *row,
		    const void *data);

/* For each bound VM whose VMM's name matches; then the table. Returns the exit status. */
int bulk_run(const char *pattern, bulk_fn *fn, const void *data, const struct column *columns);

#endif /* BULK_H */
