/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of VMs, and showing rules. */
#ifndef RULE_H
#define RULE_H

#include <hcbpf/libhcbpf.h>
#include <json-c/json.h>

#include "cli/output.h"

/* A VM's rules, sorted. */
struct vm_rules {
	struct hcbpf_rule *rules;	/* to be freed */
	size_t nr;
	uint32_t generation;
	char profile[HCBPF_NAME_LEN];
};

/* 0 or a negative errno; prints nothing. */
int vm_rules_read(struct hcbpf_vm *vm, struct vm_rules *rules);

/* Say why a VM's rules cannot be changed. Returns the exit status. */
int fail_rules(int err, struct hcbpf_vm *vm);

struct json_object *rule_json(const struct hcbpf_rule *rule);
struct json_object *rules_json(const struct hcbpf_rule *rules, size_t nr);
extern const struct column rule_columns[];

/* Was the word `force` given last? Usage error (-1) if something else stands there. */
int parse_force(const char *word, uint32_t *flags);

#endif /* RULE_H */
