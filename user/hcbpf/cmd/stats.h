/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STATS_H
#define STATS_H

#include <hcbpf/uapi.h>
#include <json-c/json.h>

/* Add each counter under its name in struct hcbpf_vm_stats. */
void stats_add(struct json_object *object, const struct hcbpf_vm_stats *stats);

/* Add "warning": null, or that the VM's policy returned an invalid verdict. */
void stats_add_warning(struct json_object *object, const char *policy,
		       const struct hcbpf_vm_stats *stats);

#endif /* STATS_H */
