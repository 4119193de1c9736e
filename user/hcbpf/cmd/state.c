// SPDX-License-Identifier: GPL-2.0-only
/* state show: what is in a file that `vm save` wrote. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/gpa.h"
#include "cmd/rule.h"
#include "cmd/state.h"
#include "text/abi_names.h"
#include "text/gpa_words.h"
#include "text/rules.h"

int state_file_read(struct state_file *state, const char *file, const char *purpose)
{
	struct hcbpf_state_error error = { 0 };
	int err;

	memset(state, 0, sizeof(*state));
	state->file = file;
	err = file_read_or_stdin(file, HCBPF_STATE_MAX_LENGTH, &state->data, &state->size);
	if (err)
		return fail(err, "cannot read %s: %s", file, file_error(err));
	err = hcbpf_state_read(state->data, state->size, &state->saved, &error);
	if (!err)
		return 0;
	state_file_free(state);
	if (err == -EBADMSG)
		return fail(-EINVAL, "cannot %s %s: %s", purpose, file, error.text);
	return fail(err, "cannot %s %s: %s", purpose, file, strerror(-err));
}

void state_file_free(struct state_file *state)
{
	hcbpf_state_free(state->saved);
	free(state->data);
}

static const struct column head_columns[] = {
	{ "policy", "policy" }, { "abi", "abi" }, { "tag", "tag" }, { "profile", "profile" },
	{ "param", "parameter" }, { "ports_size", "port table size" }, { "nr_rules", "rules" },
	{ "nr_ports", "ports set" }, { "nr_buffers", "buffers" },
	{ "nr_ranges", "attribute ranges" },
	{ "default", "default attribute" }, { "encrypted", "encrypted" }, { 0 }
};

static const struct column port_columns[] = {
	{ "port", "PORT" }, { "action", "ACTION" }, { "slot", "SLOT" }, { 0 }
};

/* In JSON with its parts, as `gpa show` has it. */
static void add_default(struct json_object *object, uint32_t attr)
{
	char text[ATTR_TEXT];

	attr_text(text, attr);
	if (out_is_json())
		gpa_add_attr(object, "default", attr);
	else
		add_text(object, "default", text);
}

static struct json_object *head_json(const struct hcbpf_saved *saved)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "state_version", HCBPF_STATE_VERSION);
	add_text(object, "policy", saved->policy);
	add_text(object, "abi", abi_name(saved->abi) ? abi_name(saved->abi) : "?");
	add_text(object, "tag", saved->tag);
	add_text(object, "profile", saved->profile);
	add_number(object, "param", saved->param);
	add_number(object, "ports_size", saved->nr_ports);
	add_number(object, "nr_rules", saved->nr_rules);
	add_number(object, "nr_ports", saved->nr_set);
	add_number(object, "nr_buffers", saved->nr_buffers);
	add_number(object, "nr_ranges", saved->attributes ? saved->attributes->nr : 0);
	add_default(object, saved->attributes ? saved->attributes->default_attr : 0);
	json_object_object_add(object, "encrypted",
			       json_object_new_boolean(saved->flags & HCBPF_BIND_ENCRYPTED));
	return object;
}

static struct json_object *ports_json(const struct hcbpf_saved *saved)
{
	struct json_object *rows = json_object_new_array(), *row;
	hcbpf_port_t word;
	size_t i;

	for (i = 0; i < saved->nr_set; i++) {
		word = saved->set[i].word;
		row = json_object_new_object();
		add_number(row, "port", saved->set[i].port);
		add_text(row, "action", hcbpf_port_action(word) == HCBPF_PORT_EVENTFD ?
			 "eventfd" : "unknown");
		add_number(row, "slot", hcbpf_port_slot(word));
		add_null(row, "eventfd");
		json_object_array_add(rows, row);
	}
	return rows;
}

static int show_run(const struct args *args)
{
	struct json_object *head, *rules, *ports;
	struct state_file state;
	int status;

	status = state_file_read(&state, args->words[0], "show");
	if (status)
		return status;
	head = head_json(state.saved);
	/* The kernel's order is that of numbers, people's has defaults last. */
	qsort(state.saved->rules, state.saved->nr_rules, sizeof(*state.saved->rules), rule_order);
	rules = rules_json(state.saved->rules, state.saved->nr_rules);
	ports = ports_json(state.saved);
	if (out_is_json()) {
		json_object_object_add(head, "rules", rules);
		json_object_object_add(head, "ports", ports);
		out_record(head, head_columns);
	} else {
		out_record(head, head_columns);
		out_table(rules, rule_columns, NULL);
		out_table(ports, port_columns, NULL);
	}
	state_file_free(&state);
	return EXIT_SUCCESS;
}

const struct command state_verbs[] = {
	{ "show", "FILE", "what `vm save` has written", .run = show_run,
	  .min_words = 1, .max_words = 1 },
	{ 0 }
};
