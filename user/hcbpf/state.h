/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of a VM as `vm save` writes it: a JSON document, described in
 * docs/commands.md. Nothing here prints.
 */
#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/call.h>
#include <hcbpf/rule.h>
#include <hcbpf/uapi.h>
#include <json-c/json.h>

#define STATE_FORMAT "hcbpf-vm"
#define STATE_VERSION 1
#define STATE_ERROR 256		/* room for an error's text */

struct state_port {
	uint32_t port;
	uint32_t action;	/* enum hcbpf_port_action */
	uint32_t slot;
};

struct state {
	char arch[HCBPF_NAME_LEN];	/* as uname has it */
	char policy[HCBPF_NAME_LEN];
	char tag[HCBPF_NAME_LEN];
	char profile[HCBPF_NAME_LEN];
	uint32_t abi;			/* enum hcbpf_abi, AUTO too */
	uint32_t nr_ports;		/* of the table */
	struct hcbpf_rule *rules;	/* sorted, when read */
	size_t nr_rules;
	struct state_port *set;		/* the ports that are set, ascending */
	size_t nr_set;
	struct hcbpf_buffer *buffers;	/* that the guest has registered */
	size_t nr_buffers;
	bool encrypted;			/* bound with HCBPF_BIND_ENCRYPTED, or as good */
};

struct json_object *state_json(const struct state *state);

/* 0 or -EINVAL or -ENOMEM with the reason in @error. */
int state_parse(struct state *state, const char *text, size_t size, char error[STATE_ERROR]);
void state_free(struct state *state);

#endif /* STATE_H */
