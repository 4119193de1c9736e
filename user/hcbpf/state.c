// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hcbpf/port.h>

#include "args.h"
#include "names.h"
#include "state.h"

#define MAX_PORTS (1U << 20)	/* of a table, as the module makes it */

/* ---- writing ---- */

static void put_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void put_number(struct json_object *object, const char *key, uint32_t number)
{
	json_object_object_add(object, key, json_object_new_int64(number));
}

/* null: any */
static void put_key(struct json_object *object, const char *key, uint32_t number)
{
	if (number == HCBPF_RULE_ANY)
		json_object_object_add(object, key, NULL);
	else
		put_number(object, key, number);
}

static struct json_object *rule_state(const struct hcbpf_rule *rule)
{
	struct json_object *object = json_object_new_object();

	put_text(object, "abi", abi_name(rule->abi));
	put_key(object, "nr", rule->nr);
	put_key(object, "sub", rule->sub);
	put_text(object, "action", action_name(rule->action));
	if (rule->otherwise)
		put_text(object, "otherwise", action_name(rule->otherwise));
	if (rule->ret)
		json_object_object_add(object, "ret", json_object_new_int(rule->ret));
	return object;
}

static struct json_object *port_state(const struct state_port *port)
{
	struct json_object *object = json_object_new_object();

	put_number(object, "port", port->port);
	put_text(object, "action", "eventfd");
	put_number(object, "slot", port->slot);
	return object;
}

/* Numbers of 64 bits are text: not every reader of JSON has them. */
static void put_u64(struct json_object *object, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)number);
	put_text(object, key, text);
}

static struct json_object *buffer_state(const struct hcbpf_buffer *buffer)
{
	struct json_object *object = json_object_new_object();

	put_key(object, "vcpu", buffer->vcpu);
	put_u64(object, "virtual", buffer->va);
	put_u64(object, "physical", buffer->gpa);
	put_u64(object, "size", buffer->size);
	return object;
}

struct json_object *state_json(const struct state *state)
{
	struct json_object *object = json_object_new_object();
	struct json_object *rules = json_object_new_array(), *set = json_object_new_array();
	struct json_object *buffers = json_object_new_array();
	size_t i;

	for (i = 0; i < state->nr_rules; i++)
		json_object_array_add(rules, rule_state(&state->rules[i]));
	for (i = 0; i < state->nr_set; i++)
		json_object_array_add(set, port_state(&state->set[i]));
	for (i = 0; i < state->nr_buffers; i++)
		json_object_array_add(buffers, buffer_state(&state->buffers[i]));
	put_text(object, "format", STATE_FORMAT);
	put_number(object, "version", STATE_VERSION);
	put_text(object, "arch", state->arch);
	put_text(object, "policy", state->policy);
	put_text(object, "abi", abi_name(state->abi));
	put_text(object, "tag", state->tag);
	put_number(object, "nr_ports", state->nr_ports);
	put_text(object, "profile", state->profile);
	json_object_object_add(object, "rules", rules);
	json_object_object_add(object, "ports", set);
	json_object_object_add(object, "buffers", buffers);
	json_object_object_add(object, "encrypted", json_object_new_boolean(state->encrypted));
	return object;
}

/* ---- reading ---- */

struct reader {
	char *error;
	const char *where;	/* "", "rule 3: " */
};

static __attribute__((format(printf, 2, 3))) int complain(const struct reader *r, const char *fmt,
							  ...)
{
	char reason[STATE_ERROR - 32];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	snprintf(r->error, STATE_ERROR, "%.30s%s", r->where, reason);
	return -EINVAL;
}

static int check_keys(const struct reader *r, struct json_object *object, const char *const *known)
{
	int k;

	json_object_object_foreach(object, key, value) {
		(void)value;
		for (k = 0; known[k] && strcmp(known[k], key); k++)
			;
		if (!known[k])
			return complain(r, "unknown field \"%.64s\"", key);
	}
	return 0;
}

/* A member of the given type. */
static int get(const struct reader *r, struct json_object *object, const char *key,
	       enum json_type type, struct json_object **value)
{
	if (!json_object_object_get_ex(object, key, value))
		return complain(r, "field \"%s\" is missing", key);
	if (!json_object_is_type(*value, type))
		return complain(r, "field \"%s\" is not %s", key,
				type == json_type_array ? "a list" :
				type == json_type_string ? "text" : "a number");
	return 0;
}

static int get_text(const struct reader *r, struct json_object *object, const char *key,
		    const char **text)
{
	struct json_object *value;
	int err = get(r, object, key, json_type_string, &value);

	if (!err)
		*text = json_object_get_string(value);
	return err;
}

static int get_range(const struct reader *r, struct json_object *object, const char *key,
		     int64_t min, int64_t max, int64_t *number)
{
	struct json_object *value;
	int err = get(r, object, key, json_type_int, &value);

	if (err)
		return err;
	*number = json_object_get_int64(value);
	if (*number < min || *number > max)
		return complain(r, "field \"%s\" is out of range", key);
	return 0;
}

static int get_u32(const struct reader *r, struct json_object *object, const char *key,
		   uint32_t max, uint32_t *number)
{
	int64_t wide = 0;
	int err = get_range(r, object, key, 0, max, &wide);

	*number = wide;
	return err;
}

/* A name for the kernel; only @may_lack ones may be empty. */
static int get_name(const struct reader *r, struct json_object *object, const char *key,
		    bool may_lack, char name[HCBPF_NAME_LEN])
{
	const char *text, *problem;
	int err = get_text(r, object, key, &text);

	if (err)
		return err;
	problem = may_lack && !text[0] ? NULL : name_problem(text);
	if (problem)
		return complain(r, "field \"%s\" cannot be a name: %s", key, problem);
	snprintf(name, HCBPF_NAME_LEN, "%s", text);
	return 0;
}

static int get_abi(const struct reader *r, struct json_object *object, uint32_t *abi)
{
	const char *text;
	int err = get_text(r, object, "abi", &text);

	if (err)
		return err;
	return abi_by_name(text, abi) ? complain(r, "unknown ABI \"%.64s\"", text) : 0;
}

static int get_key(const struct reader *r, struct json_object *object, const char *key,
		   uint32_t *number)
{
	struct json_object *value;

	*number = HCBPF_RULE_ANY;
	if (json_object_object_get_ex(object, key, &value) && !value)
		return 0;
	return get_u32(r, object, key, HCBPF_RULE_ANY - 1, number);
}

static int get_action(const struct reader *r, struct json_object *object, const char *key,
		      __u8 *action)
{
	const char *text;
	uint32_t number;
	int err = get_text(r, object, key, &text);

	if (err)
		return err;
	if (action_by_name(text, &number))
		return complain(r, "unknown action \"%.64s\"", text);
	*action = number;
	return 0;
}

static int parse_optional(const struct reader *r, struct json_object *object,
			  struct hcbpf_rule *rule)
{
	int64_t ret = 0;
	int err = 0;

	if (json_object_object_get_ex(object, "otherwise", NULL))
		err = get_action(r, object, "otherwise", &rule->otherwise);
	if (!err && json_object_object_get_ex(object, "ret", NULL))
		err = get_range(r, object, "ret", INT32_MIN, INT32_MAX, &ret);
	rule->ret = ret;
	return err;
}

static int parse_rule(const struct reader *r, struct json_object *object, void *item)
{
	static const char *const keys[] = {
		"abi", "nr", "sub", "action", "otherwise", "ret", NULL
	};
	struct hcbpf_rule *rule = item;
	uint32_t abi;
	int err;

	err = check_keys(r, object, keys);
	if (!err)
		err = get_abi(r, object, &abi);
	if (err)
		return err;
	rule->abi = abi;
	err = get_key(r, object, "nr", &rule->nr);
	if (!err)
		err = get_key(r, object, "sub", &rule->sub);
	if (!err)
		err = get_action(r, object, "action", &rule->action);
	if (!err)
		err = parse_optional(r, object, rule);
	if (!err && rule_problem(rule))
		err = complain(r, "%s", rule_problem(rule));
	return err;
}

static int parse_port(const struct reader *r, struct json_object *object, void *item)
{
	static const char *const keys[] = { "port", "action", "slot", NULL };
	struct state_port *port = item;
	const char *action;
	int err;

	err = check_keys(r, object, keys);
	if (!err)
		err = get_u32(r, object, "port", UINT32_MAX, &port->port);
	if (!err)
		err = get_text(r, object, "action", &action);
	if (err)
		return err;
	if (strcmp(action, "eventfd"))
		return complain(r, "unknown action \"%.64s\"", action);
	port->action = HCBPF_PORT_EVENTFD;
	return get_u32(r, object, "slot", UINT32_MAX, &port->slot);
}

static int get_u64(const struct reader *r, struct json_object *object, const char *key,
		   __u64 *number)
{
	const char *text;
	char *end;
	int err = get_text(r, object, key, &text);

	if (err)
		return err;
	errno = 0;
	*number = strtoull(text, &end, 16);
	if (errno || strncmp(text, "0x", 2) || end == text + 2 || *end)
		return complain(r, "field \"%s\" is not a number like \"0x1000\"", key);
	return 0;
}

static int parse_buffer(const struct reader *r, struct json_object *object, void *item)
{
	static const char *const keys[] = { "vcpu", "virtual", "physical", "size", NULL };
	struct hcbpf_buffer *buffer = item;
	int err;

	err = check_keys(r, object, keys);
	if (!err)
		err = get_key(r, object, "vcpu", &buffer->vcpu);
	if (!err)
		err = get_u64(r, object, "virtual", &buffer->va);
	if (!err)
		err = get_u64(r, object, "physical", &buffer->gpa);
	return err ? err : get_u64(r, object, "size", &buffer->size);
}

typedef int item_fn(const struct reader *r, struct json_object *object, void *item);

/* A list of objects, each into an item of @size bytes. */
static int parse_list(const struct reader *r, struct json_object *object, const char *key,
		      const char *what, size_t size, item_fn *fn, void *items, size_t *nr)
{
	struct json_object *list, *entry;
	char where[40], *item;
	struct reader inner = { .error = r->error, .where = where };
	size_t i;
	int err;

	err = get(r, object, key, json_type_array, &list);
	if (err)
		return err;
	*nr = json_object_array_length(list);
	item = calloc(*nr + 1, size);
	if (!item)
		return -ENOMEM;
	memcpy(items, &item, sizeof(item));
	for (i = 0; i < *nr && !err; i++, item += size) {
		snprintf(where, sizeof(where), "%s %zu: ", what, i + 1);
		entry = json_object_array_get_idx(list, i);
		err = json_object_is_type(entry, json_type_object) ? fn(&inner, entry, item) :
			complain(&inner, "not an object");
	}
	return err;
}

static int check_set(const struct reader *r, const struct state *state)
{
	size_t i;

	for (i = 0; i < state->nr_set; i++) {
		const struct state_port *port = &state->set[i];

		if (port->port >= state->nr_ports || port->slot >= state->nr_ports)
			return complain(r, "port %u, slot %u are beyond the table of %u",
					port->port, port->slot, state->nr_ports);
		if (i && port->port <= port[-1].port)
			return complain(r, "port %u is out of order, or there twice", port->port);
	}
	return 0;
}

static int check_rules(const struct reader *r, const struct state *state)
{
	const struct hcbpf_rule *rule = state->rules;
	char text[NAMES_TEXT];
	size_t i;

	qsort(state->rules, state->nr_rules, sizeof(*state->rules), rule_order);
	for (i = 1; i < state->nr_rules; i++) {
		if (rule_order(&rule[i - 1], &rule[i]))
			continue;
		call_text(text, rule[i].abi, rule[i].nr, rule[i].sub);
		return complain(r, "there are two rules for %s %s", abi_name(rule[i].abi), text);
	}
	return 0;
}

static int check_version(const struct reader *r, struct json_object *object)
{
	const char *format;
	uint32_t version;

	if (!json_object_is_type(object, json_type_object) ||
	    get_text(r, object, "format", &format) || strcmp(format, STATE_FORMAT))
		return complain(r, "it is not the state of a VM");
	if (get_u32(r, object, "version", UINT32_MAX, &version))
		return -EINVAL;
	if (version != STATE_VERSION)
		return complain(r, "it has version %u, and this command reads %d", version,
				STATE_VERSION);
	return 0;
}

static int parse_head(const struct reader *r, struct json_object *object, struct state *state)
{
	static const char *const keys[] = {
		"format", "version", "arch", "policy", "abi", "tag", "nr_ports", "profile",
		"rules", "ports", "buffers", "encrypted", NULL
	};
	int err;

	err = check_version(r, object);
	if (!err)
		err = check_keys(r, object, keys);
	if (!err)
		err = get_name(r, object, "arch", false, state->arch);
	if (!err)
		err = get_name(r, object, "policy", false, state->policy);
	if (!err)
		err = get_abi(r, object, &state->abi);
	if (!err)
		err = get_name(r, object, "tag", true, state->tag);
	if (!err)
		err = get_u32(r, object, "nr_ports", MAX_PORTS, &state->nr_ports);
	if (!err && !state->nr_ports)
		err = complain(r, "field \"nr_ports\" is out of range");
	if (!err)
		err = get_name(r, object, "profile", true, state->profile);
	return err;
}

/* What states lack that were saved before there were buffers. */
static int parse_buffers(const struct reader *r, struct json_object *object, struct state *state)
{
	struct json_object *encrypted;

	if (json_object_object_get_ex(object, "encrypted", &encrypted)) {
		if (!json_object_is_type(encrypted, json_type_boolean))
			return complain(r, "field \"encrypted\" is not true or false");
		state->encrypted = json_object_get_boolean(encrypted);
	}
	if (!json_object_object_get_ex(object, "buffers", NULL))
		return 0;
	return parse_list(r, object, "buffers", "buffer", sizeof(*state->buffers), parse_buffer,
			  &state->buffers, &state->nr_buffers);
}

static int parse_state(const struct reader *r, struct json_object *object, struct state *state)
{
	int err;

	err = parse_head(r, object, state);
	if (!err)
		err = parse_list(r, object, "rules", "rule", sizeof(*state->rules), parse_rule,
				 &state->rules, &state->nr_rules);
	if (!err)
		err = parse_list(r, object, "ports", "entry of ports", sizeof(*state->set),
				 parse_port, &state->set, &state->nr_set);
	if (!err)
		err = parse_buffers(r, object, state);
	if (!err)
		err = check_rules(r, state);
	return err ? err : check_set(r, state);
}

static struct json_object *parse_json(const struct reader *r, const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;
	enum json_tokener_error error;

	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* The NUL behind the text is its end. */
	object = json_tokener_parse_ex(tokener, text, size + 1);
	error = json_tokener_get_error(tokener);
	if (!object || strlen(text) != size) {
		complain(r, "it is damaged: %s",
			 error == json_tokener_continue ? "it ends too early" :
			 error ? json_tokener_error_desc(error) : "it is not JSON text");
		json_object_put(object);
		object = NULL;
	}
	json_tokener_free(tokener);
	return object;
}

int state_parse(struct state *state, const char *text, size_t size, char error[STATE_ERROR])
{
	const struct reader r = { .error = error, .where = "" };
	struct json_object *object;
	int err = -EINVAL;

	memset(state, 0, sizeof(*state));
	snprintf(error, STATE_ERROR, "out of memory");
	object = parse_json(&r, text, size);
	if (object)
		err = parse_state(&r, object, state);
	json_object_put(object);
	if (err)
		state_free(state);
	return err;
}

void state_free(struct state *state)
{
	free(state->rules);
	free(state->set);
	free(state->buffers);
	memset(state, 0, sizeof(*state));
}
