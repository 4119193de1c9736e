/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STATS_H
#define STATS_H

#include <hcbpf/uapi.h>
#include <json-c/json.h>

#include "cli/command.h"
#include "host/sample.h"

/* Add each counter under its name in struct hcbpf_vm_stats. */
void stats_add(struct json_object *object, const struct hcbpf_vm_stats *stats);

/* Add "warning": null, or that the VM's policy returned an invalid verdict. */
void stats_add_warning(struct json_object *object, const char *policy,
		       const struct hcbpf_vm_stats *stats);

/* One line of a stream: what each VM has counted, and how fast since the sample before. */
void stats_print_line(const struct sample *now, const struct sample *before);

/*
 * How often: the value of @option (default: a second), and how many times by --count, 0 being
 * without end. Says what is wrong with them, and returns the exit status.
 */
int stats_interval(const struct args *args, const char *option, uint32_t *seconds,
		   uint32_t *times);

#endif /* STATS_H */
