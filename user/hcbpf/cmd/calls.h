/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls that were counted by kind, as rows of tables and of JSON. */
#ifndef CALLS_H
#define CALLS_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

#include "cli/command.h"
#include "cli/output.h"

/* Add whether calls of a VM are counted; a negative errno: it cannot be told. */
void calls_add_observed(struct json_object *object, int observed);

/* Add what a kind is called, and what became of its calls, which are part of @all. */
void calls_add(struct json_object *row, const struct hcbpf_calls *calls,
	       const struct hcbpf_seen *seen, uint64_t all);

/* Add "call_rates": what has come since @before, or NULL, per second. */
void calls_add_rates(struct json_object *row, const struct hcbpf_seen *now,
		     const struct hcbpf_seen *before, double seconds);

/* The option @option: how many VMs at most. Says why it is none, and returns the exit status. */
int calls_most_vms(const struct args *args, const char *option, uint32_t *most);

/* Say why they cannot be read. Returns the exit status. */
int fail_calls(struct hcbpf_vm *vm, int err);

#endif /* CALLS_H */
