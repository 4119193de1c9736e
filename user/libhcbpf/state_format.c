// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "state_attributes.h"
#include "state_buffers.h"
#include "state_file.h"
#include "state_format.h"

#define PORT sizeof(struct hcbpf_state_port)
#define RULE sizeof(struct hcbpf_state_rule)

static int bad(struct hcbpf_state_error *error, uint32_t section, const char *what)
{
	return state_refuse(error, HCBPF_STATE_BAD_SECTION, section, "%s", what);
}

/* ---- reading: sections alone ---- */

/* As the module has them: HCBPF_BIND. */
static bool is_name(const __u8 name[HCBPF_NAME_LEN])
{
	size_t len = strnlen((const char *)name, HCBPF_NAME_LEN), i;

	if (len == HCBPF_NAME_LEN)
		return false;
	for (i = 0; i < len; i++)
		if ((name[i] < 'a' || name[i] > 'z') && (name[i] < 'A' || name[i] > 'Z') &&
		    (name[i] < '0' || name[i] > '9') && !strchr("_.-", name[i]))
			return false;
	for (; i < HCBPF_NAME_LEN; i++)
		if (name[i])
			return false;
	return true;
}

int state_binding_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	struct hcbpf_state_binding binding;

	if (length != sizeof(binding))
		return bad(error, HCBPF_STATE_BINDING, "its policy has a wrong length");
	memcpy(&binding, content, length);
	if (!is_name(binding.policy) || !binding.policy[0])
		return bad(error, HCBPF_STATE_BINDING, "its policy has no usable name");
	if (!is_name(binding.tag))
		return bad(error, HCBPF_STATE_BINDING, "its tag is none");
	if (le32toh(binding.abi) >= HCBPF_NR_ABIS)
		return bad(error, HCBPF_STATE_BINDING, "its ABI is not known");
	if (!binding.nr_ports)
		return bad(error, HCBPF_STATE_BINDING, "its table has no ports");
	if (le32toh(binding.nr_ports) > HCBPF_STATE_MAX_PORTS)
		return bad(error, HCBPF_STATE_BINDING, "its table has too many ports");
	if (le32toh(binding.flags) & ~HCBPF_BIND_ENCRYPTED || binding.reserved)
		return bad(error, HCBPF_STATE_BINDING, "its flags are not known");
	return 0;
}

int state_profile_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	if (length != sizeof(struct hcbpf_state_profile) || !is_name(content))
		return bad(error, HCBPF_STATE_PROFILE, "its profile has no usable name");
	return 0;
}

static uint64_t param_at(const void *content)
{
	struct hcbpf_state_param param;

	memcpy(&param, content, sizeof(param));
	return le64toh(param.param);
}

int state_param_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	if (length != sizeof(struct hcbpf_state_param) || !param_at(content))
		return bad(error, HCBPF_STATE_PARAM, "its parameter is malformed");
	return 0;
}

static struct hcbpf_saved_port port_at(const void *content, size_t index, bool *reserved)
{
	struct hcbpf_state_port port;

	memcpy(&port, (const char *)content + index * PORT, PORT);
	*reserved = port.reserved;
	return (struct hcbpf_saved_port){ le32toh(port.port), le64toh(port.word) };
}

int state_ports_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	struct hcbpf_saved_port port;
	uint64_t next = 0;
	bool reserved;
	size_t i;

	if (length % PORT)
		return bad(error, HCBPF_STATE_PORTS, "its ports have a wrong length");
	if (length / PORT > HCBPF_STATE_MAX_PORTS)
		return bad(error, HCBPF_STATE_PORTS, "it has too many ports");
	for (i = 0; i < length / PORT; i++) {
		port = port_at(content, i, &reserved);
		if (port.port < next)
			return bad(error, HCBPF_STATE_PORTS, "its ports do not ascend");
		if (!port.word || reserved)
			return bad(error, HCBPF_STATE_PORTS, "one of its ports is malformed");
		next = (uint64_t)port.port + 1;
	}
	return 0;
}

static struct hcbpf_rule rule_at(const void *content, size_t index)
{
	struct hcbpf_state_rule rule;

	memcpy(&rule, (const char *)content + index * RULE, RULE);
	return (struct hcbpf_rule){
		.nr = le32toh(rule.nr), .sub = le32toh(rule.sub), .abi = rule.abi,
		.action = rule.action, .otherwise = rule.otherwise, .user = rule.user,
		.ret = (int32_t)le32toh(rule.ret),
	};
}

/* What a number means is the module's business: it may know more than this library. */
static int by_key(const void *a, const void *b)
{
	const struct hcbpf_rule *one = a, *two = b;

	if (one->abi != two->abi)
		return one->abi < two->abi ? -1 : 1;
	if (one->nr != two->nr)
		return one->nr < two->nr ? -1 : 1;
	return one->sub < two->sub ? -1 : one->sub > two->sub;
}

int state_rules_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	struct hcbpf_rule rule, last = { 0 };
	size_t i;

	if (length % RULE)
		return bad(error, HCBPF_STATE_RULES, "its rules have a wrong length");
	if (length / RULE > HCBPF_STATE_MAX_RULES)
		return bad(error, HCBPF_STATE_RULES, "it has too many rules");
	for (i = 0; i < length / RULE; i++, last = rule) {
		rule = rule_at(content, i);
		if (i && by_key(&last, &rule) >= 0)
			return bad(error, HCBPF_STATE_RULES, "its rules do not ascend");
		if (!rule.abi || rule.abi >= HCBPF_NR_ABIS || !rule.action)
			return bad(error, HCBPF_STATE_RULES, "one of its rules is malformed");
	}
	return 0;
}

/* ---- reading: all of them ---- */

static int read_ports(struct hcbpf_saved *saved, const void *content, size_t length,
		      struct hcbpf_state_error *error)
{
	bool reserved;
	size_t i;

	saved->nr_set = length / PORT;
	saved->set = calloc(saved->nr_set ? saved->nr_set : 1, sizeof(*saved->set));
	if (!saved->set)
		return -ENOMEM;
	for (i = 0; i < saved->nr_set; i++) {
		saved->set[i] = port_at(content, i, &reserved);
		if (saved->set[i].port >= saved->nr_ports ||
		    hcbpf_port_slot(saved->set[i].word) >= saved->nr_ports)
			return state_refuse(error, HCBPF_STATE_BAD_SECTION, HCBPF_STATE_PORTS,
					    "port %u, slot %u are beyond its table of %u",
					    saved->set[i].port,
					    hcbpf_port_slot(saved->set[i].word), saved->nr_ports);
	}
	return 0;
}

static int read_rules(struct hcbpf_saved *saved, const void *content, size_t length)
{
	size_t i;

	saved->nr_rules = length / RULE;
	saved->rules = calloc(saved->nr_rules ? saved->nr_rules : 1, sizeof(*saved->rules));
	if (!saved->rules)
		return -ENOMEM;
	for (i = 0; i < saved->nr_rules; i++)
		saved->rules[i] = rule_at(content, i);
	return 0;
}

/* No section: all pages have attribute 0. */
static int read_attributes(struct hcbpf_saved *saved, const void *data,
			   struct hcbpf_state_error *error)
{
	struct hcbpf_gpa_snapshot *map;
	size_t length;

	if (!state_find(data, HCBPF_STATE_ATTRIBUTES, &length))
		return 0;
	map = saved->attributes = calloc(1, sizeof(*map));
	if (!map)
		return -ENOMEM;
	return state_attributes_read(data, &map->default_attr, &map->ranges, &map->nr, error);
}

/* All of them, in what state_check() has passed. */
static int read_sections(struct hcbpf_saved *saved, const void *data,
			 struct hcbpf_state_error *error)
{
	static const uint32_t types[] = {
		HCBPF_STATE_BINDING, HCBPF_STATE_PROFILE, HCBPF_STATE_RULES, HCBPF_STATE_PORTS,
	};
	struct hcbpf_state_binding binding;
	const void *content[4], *param;
	size_t length[4], param_length;
	int i, err;

	for (i = 0; i < 4; i++) {
		content[i] = state_find(data, types[i], &length[i]);
		if (!content[i])
			return state_missing(error, types[i]);
	}
	memcpy(&binding, content[0], sizeof(binding));
	memcpy(saved->policy, binding.policy, HCBPF_NAME_LEN);
	memcpy(saved->tag, binding.tag, HCBPF_NAME_LEN);
	saved->abi = le32toh(binding.abi);
	saved->nr_ports = le32toh(binding.nr_ports);
	memcpy(saved->profile, content[1], HCBPF_NAME_LEN);
	saved->flags = le32toh(binding.flags);
	param = state_find(data, HCBPF_STATE_PARAM, &param_length);
	saved->param = param ? param_at(param) : 0;
	err = read_rules(saved, content[2], length[2]);
	err = err ? err : read_ports(saved, content[3], length[3], error);
	err = err ? err : state_buffers_read(data, &saved->buffers, &saved->nr_buffers);
	return err ? err : read_attributes(saved, data, error);
}

int hcbpf_state_read(const void *data, size_t size, struct hcbpf_saved **saved,
		     struct hcbpf_state_error *error)
{
	struct hcbpf_state_error why;
	struct hcbpf_saved *new;
	int err;

	error = error ? error : &why;
	err = state_check(data, size, error);
	if (err)
		return err;
	new = calloc(1, sizeof(*new));
	err = new ? read_sections(new, data, error) : -ENOMEM;
	if (err)
		hcbpf_state_free(new);
	else
		*saved = new;
	return err;
}

void hcbpf_state_free(struct hcbpf_saved *saved)
{
	if (!saved)
		return;
	free(saved->rules);
	free(saved->set);
	free(saved->buffers);
	hcbpf_gpa_snapshot_free(saved->attributes);
	free(saved);
}

/* ---- writing ---- */

static void put(struct state_writer *writer, uint32_t type, const void *content, size_t length)
{
	void *to = state_append(writer, type, 1, HCBPF_STATE_CRITICAL, length);

	if (to)
		memcpy(to, content, length);
}

static void put_ports(struct state_writer *writer, const struct hcbpf_saved *saved)
{
	unsigned char *to = state_append(writer, HCBPF_STATE_PORTS, 1, HCBPF_STATE_CRITICAL,
					 saved->nr_set * PORT);
	struct hcbpf_state_port port;
	size_t i;

	for (i = 0; to && i < saved->nr_set; i++) {
		port = (struct hcbpf_state_port){
			.port = htole32(saved->set[i].port), .word = htole64(saved->set[i].word),
		};
		memcpy(to + i * PORT, &port, PORT);
	}
}

static void put_rules(struct state_writer *writer, const struct hcbpf_saved *saved)
{
	unsigned char *to = state_append(writer, HCBPF_STATE_RULES, 1, HCBPF_STATE_CRITICAL,
					 saved->nr_rules * RULE);
	const struct hcbpf_rule *from = saved->rules;
	struct hcbpf_state_rule rule;
	size_t i;

	for (i = 0; to && i < saved->nr_rules; i++, from++) {
		rule = (struct hcbpf_state_rule){
			.nr = htole32(from->nr), .sub = htole32(from->sub), .abi = from->abi,
			.action = from->action, .otherwise = from->otherwise, .user = from->user,
			.ret = htole32(from->ret),
		};
		memcpy(to + i * RULE, &rule, RULE);
	}
}

/* The VMM can store any word in its table: one that no reader takes is no part of a state. */
static bool words_are_known(const struct hcbpf_saved *saved)
{
	const struct hcbpf_saved_port *set;
	uint32_t slot;

	for (set = saved->set; set < saved->set + saved->nr_set; set++) {
		slot = hcbpf_port_slot(set->word);
		if (slot >= saved->nr_ports ||
		    set->word != hcbpf_port_make(HCBPF_PORT_EVENTFD, slot))
			return false;
	}
	return true;
}

int state_format_make(struct hcbpf_saved *saved, void **data, size_t *size)
{
	struct hcbpf_state_binding binding = {
		.abi = htole32(saved->abi), .nr_ports = htole32(saved->nr_ports),
		.flags = htole32(saved->flags),
	};
	const struct hcbpf_state_param param = { .param = htole64(saved->param) };
	struct state_writer writer = { 0 };

	if (!words_are_known(saved))
		return -EINVAL;
	memcpy(binding.policy, saved->policy, HCBPF_NAME_LEN);
	memcpy(binding.tag, saved->tag, HCBPF_NAME_LEN);
	/* The kernel has them in no order. */
	if (saved->nr_rules)
		qsort(saved->rules, saved->nr_rules, sizeof(*saved->rules), by_key);
	state_begin(&writer);
	put(&writer, HCBPF_STATE_BINDING, &binding, sizeof(binding));
	put(&writer, HCBPF_STATE_PROFILE, saved->profile, HCBPF_NAME_LEN);
	put_rules(&writer, saved);
	put_ports(&writer, saved);
	if (saved->param)
		put(&writer, HCBPF_STATE_PARAM, &param, sizeof(param));
	if (saved->nr_buffers)
		state_buffers_append(&writer, saved->buffers, saved->nr_buffers);
	if (saved->attributes)
		state_attributes_append(&writer, saved->attributes->default_attr,
					saved->attributes->ranges, saved->attributes->nr);
	return state_end(&writer, data, size);
}
