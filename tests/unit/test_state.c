// SPDX-License-Identifier: GPL-2.0-only
/* A VM's state as a file: what is written is read back, and anything else is refused. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../user/libhcbpf/state_file.h"
#include "../../user/libhcbpf/state_format.h"

_Static_assert(sizeof(struct hcbpf_state_header) == 40 && sizeof(struct hcbpf_state_section) == 24 &&
	       sizeof(struct hcbpf_state_binding) == 80 && sizeof(struct hcbpf_state_port) == 16 &&
	       sizeof(struct hcbpf_state_rule) == 16 && sizeof(struct hcbpf_state_buffer) == 32 &&
	       sizeof(struct hcbpf_state_profile) == 32,
	       "the format of files changed");
_Static_assert(HCBPF_STATE_PORTS == 2 && HCBPF_STATE_RULES == 3 && HCBPF_STATE_PROFILE == 4 &&
	       HCBPF_STATE_BUFFERS == 5 && HCBPF_STATE_BINDING == 7, "a section's number changed");

#define ANY HCBPF_RULE_ANY

static struct hcbpf_rule rules[] = {
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4, .action = HCBPF_RULE_SEND,
	  .otherwise = HCBPF_RULE_DENY, .ret = -2 },
	{ .abi = HCBPF_ABI_KVM, .nr = ANY, .sub = ANY, .action = HCBPF_RULE_EXIT },
};

static struct hcbpf_saved_port set[] = {
	{ 1, 0 }, { 99, 0 },	/* words by setup() */
};

static struct hcbpf_buffer buffers[] = {
	{ .va = 0xffff888000000000, .gpa = 0, .size = 1ULL << 40, .vcpu = HCBPF_BUFFER_ANY_VCPU },
	{ .va = 0x1040, .gpa = 0x5000, .size = 0x40, .vcpu = 3 },
	{ .va = 0x1000, .gpa = 0x2000, .size = 0x40, .vcpu = 3 },
};

static struct hcbpf_gpa_range ranges[] = {
	{ .gfn = 1, .npages = 2, .attr = 0 }, { .gfn = 512, .npages = 1, .attr = 6 },
};

static struct hcbpf_gpa_snapshot attributes = {
	.default_attr = HCBPF_GPA_ENCRYPTED, .nr = 2, .ranges = ranges,
};

static struct hcbpf_saved good = {
	.policy = "standard", .tag = "web-1", .profile = "xen-4.3", .abi = HCBPF_ABI_XEN,
	.nr_ports = 100, .nr_rules = 2, .rules = rules, .nr_set = 2, .set = set,
	.flags = HCBPF_BIND_ENCRYPTED, .nr_buffers = 3, .buffers = buffers,
	.attributes = &attributes,
};

static int setup(void **state)
{
	(void)state;
	set[0].word = hcbpf_port_make(HCBPF_PORT_EVENTFD, 0);
	set[1].word = hcbpf_port_make(HCBPF_PORT_EVENTFD, 99);
	return 0;
}

static unsigned char *make(struct hcbpf_saved *saved, size_t *size)
{
	void *data;

	assert_int_equal(state_format_make(saved, &data, size), 0);
	return data;
}

/* Read it from memory that ends where the data does, for the sanitizers. */
static int read_state(const void *data, size_t size, struct hcbpf_saved **saved,
		      struct hcbpf_state_error *error)
{
	void *copy = malloc(size ? size : 1);
	int err;

	assert_non_null(copy);
	if (size)
		memcpy(copy, data, size);
	err = hcbpf_state_read(copy, size, saved, error);
	free(copy);
	return err;
}

static void refused(const void *data, size_t size, uint32_t reason)
{
	struct hcbpf_saved *saved = NULL;
	struct hcbpf_state_error error;

	assert_int_equal(read_state(data, size, &saved, &error), -EBADMSG);
	assert_null(saved);
	assert_int_equal(error.reason, reason);
	assert_true(error.text[0]);
}

static void what_is_written_is_read(void **state)
{
	struct hcbpf_state_error error;
	struct hcbpf_saved *saved;
	unsigned char *data;
	size_t size;

	(void)state;
	data = make(&good, &size);
	assert_int_equal(read_state(data, size, &saved, &error), 0);
	assert_string_equal(saved->policy, "standard");
	assert_string_equal(saved->tag, "web-1");
	assert_string_equal(saved->profile, "xen-4.3");
	assert_int_equal(saved->abi, HCBPF_ABI_XEN);
	assert_int_equal(saved->nr_ports, 100);
	assert_int_equal(saved->nr_rules, 2);
	assert_memory_equal(saved->rules, rules, sizeof(rules));
	/* Sorted: one state has one file. */
	assert_int_equal(saved->rules[0].abi, HCBPF_ABI_KVM);
	assert_int_equal(saved->nr_set, 2);
	assert_int_equal(saved->set[0].port, 1);
	assert_true(saved->set[0].word == set[0].word);
	assert_int_equal(saved->set[1].port, 99);
	assert_true(saved->set[1].word == set[1].word);
	assert_int_equal(saved->flags, HCBPF_BIND_ENCRYPTED);
	assert_int_equal(saved->nr_buffers, 3);
	assert_memory_equal(saved->buffers, buffers, sizeof(buffers));
	assert_int_equal(saved->buffers[0].va, 0x1000);
	assert_int_equal(saved->attributes->default_attr, HCBPF_GPA_ENCRYPTED);
	assert_int_equal(saved->attributes->nr, 2);
	assert_memory_equal(saved->attributes->ranges, ranges, sizeof(ranges));
	hcbpf_state_free(saved);
	free(data);
}

static void the_least_state(void **state)
{
	struct hcbpf_saved least = { .policy = "p", .nr_ports = 1 }, *saved;
	unsigned char *data;
	size_t size;

	(void)state;
	data = make(&least, &size);
	assert_int_equal(read_state(data, size, &saved, NULL), 0);
	assert_string_equal(saved->policy, "p");
	assert_int_equal(saved->nr_rules + saved->nr_set + saved->nr_buffers, 0);
	assert_null(saved->attributes);
	hcbpf_state_free(saved);
	hcbpf_state_free(NULL);
	free(data);
}

static void refused_with_buffers(const struct hcbpf_buffer *wrong, size_t nr)
{
	struct hcbpf_buffer copy[2];
	struct hcbpf_saved bad = good;
	unsigned char *data;
	size_t size;

	memcpy(copy, wrong, nr * sizeof(*wrong));
	bad.buffers = copy;
	bad.nr_buffers = nr;
	data = make(&bad, &size);
	refused(data, size, HCBPF_STATE_BAD_SECTION);
	free(data);
}

static void senseless_buffers_are_refused(void **state)
{
	const struct hcbpf_buffer overlapping[] = {
		{ .va = 0x1000, .size = 0x40, .vcpu = 1 }, { .va = 0x103f, .size = 1, .vcpu = 1 },
	};
	const struct hcbpf_buffer alike[] = {
		{ .va = 0x1000, .size = 1, .vcpu = 1 }, { .va = 0x1000, .size = 1, .vcpu = 1 },
	};
	const struct hcbpf_buffer empty = { .va = 0x1000 };
	const struct hcbpf_buffer wraps = { .va = ~0ULL, .size = 2 };
	const struct hcbpf_buffer wraps_physically = { .gpa = ~0ULL, .size = 2 };

	(void)state;
	refused_with_buffers(overlapping, 2);
	refused_with_buffers(alike, 2);
	refused_with_buffers(&empty, 1);
	refused_with_buffers(&wraps, 1);
	refused_with_buffers(&wraps_physically, 1);
}

static void each_changed_bit_is_refused(void **state)
{
	struct hcbpf_saved *saved;
	unsigned char *data;
	size_t size, i;

	(void)state;
	data = make(&good, &size);
	for (i = 0; i < 8 * size; i++) {
		data[i / 8] ^= 1 << i % 8;
		assert_int_equal(read_state(data, size, &saved, NULL), -EBADMSG);
		data[i / 8] ^= 1 << i % 8;
	}
	free(data);
}

static void each_other_length_is_refused(void **state)
{
	unsigned char *data, more[4096] = { 0 };
	struct hcbpf_saved *saved;
	size_t size, i;

	(void)state;
	data = make(&good, &size);
	for (i = 0; i < size; i++)
		assert_int_equal(read_state(data, i, &saved, NULL), -EBADMSG);
	refused(data, size - 8, HCBPF_STATE_TRUNCATED);
	memcpy(more, data, size);
	refused(more, size + 1, HCBPF_STATE_TRAILING);
	refused(data, 0, HCBPF_STATE_NOT_STATE);
	free(data);
}

/* The header's fields, with the right checksum: reasons of their own. */
static void another_version_is_refused(void **state)
{
	unsigned char *data;
	size_t size;

	(void)state;
	data = make(&good, &size);
	data[8] = 2;
	refused(data, size, HCBPF_STATE_VERSION_UNKNOWN);
	data[8] = 1;
	data[0] = 'x';
	refused(data, size, HCBPF_STATE_NOT_STATE);
	free(data);
}

/* ---- sections that are wrong in one way each ---- */

enum wrong {
	NOTHING, NO_BINDING, NO_PORTS, NO_RULES, NO_PROFILE, UNKNOWN, UNKNOWN_CRITICAL, TWICE,
	NO_POLICY, BAD_POLICY, LONG_POLICY, TAIL_POLICY, BAD_TAG, BAD_ABI, NO_TABLE, HUGE_TABLE, BAD_PROFILE,
	PORTS_DESCEND, PORT_TWICE, NO_WORD, PORT_RESERVED, PORT_BEYOND, SLOT_BEYOND, PORT_CUT,
	RULES_DESCEND, RULE_TWICE, RULE_ABI, RULE_ACTION, RULE_CUT,
};

static void put(struct state_writer *w, uint32_t type, const void *content, size_t length)
{
	void *to = state_append(w, type, 1, HCBPF_STATE_CRITICAL, length);

	assert_non_null(to);
	memcpy(to, content, length);
}

static void put_binding(struct state_writer *w, enum wrong wrong)
{
	struct hcbpf_state_binding binding = {
		.policy = "standard", .tag = "web-1", .abi = htole32(HCBPF_ABI_XEN),
		.nr_ports = htole32(100),
	};

	if (wrong == NO_POLICY)
		memset(binding.policy, 0, sizeof(binding.policy));
	if (wrong == BAD_POLICY)
		binding.policy[0] = '/';
	if (wrong == LONG_POLICY)
		memset(binding.policy, 'x', sizeof(binding.policy));
	if (wrong == TAIL_POLICY)
		binding.policy[31] = 'x';
	if (wrong == BAD_TAG)
		binding.tag[0] = '\n';
	if (wrong == BAD_ABI)
		binding.abi = htole32(HCBPF_NR_ABIS);
	if (wrong == NO_TABLE)
		binding.nr_ports = 0;
	if (wrong == HUGE_TABLE)
		binding.nr_ports = htole32(HCBPF_STATE_MAX_PORTS + 1);
	put(w, HCBPF_STATE_BINDING, &binding, sizeof(binding));
}

static void put_ports(struct state_writer *w, enum wrong wrong)
{
	struct hcbpf_state_port ports[2] = {
		{ .port = htole32(1), .word = htole64(hcbpf_port_make(HCBPF_PORT_EVENTFD, 0)) },
		{ .port = htole32(99), .word = htole64(hcbpf_port_make(HCBPF_PORT_EVENTFD, 99)) },
	};

	if (wrong == PORTS_DESCEND)
		ports[1].port = 0;
	if (wrong == PORT_TWICE)
		ports[1].port = ports[0].port;
	if (wrong == NO_WORD)
		ports[1].word = 0;
	if (wrong == PORT_RESERVED)
		ports[1].reserved = htole32(1);
	if (wrong == PORT_BEYOND)
		ports[1].port = htole32(100);
	if (wrong == SLOT_BEYOND)
		ports[1].word = htole64(hcbpf_port_make(HCBPF_PORT_EVENTFD, 100));
	put(w, HCBPF_STATE_PORTS, ports, sizeof(ports) - (wrong == PORT_CUT));
}

static void put_rules(struct state_writer *w, enum wrong wrong)
{
	struct hcbpf_state_rule two[2] = {
		{ .nr = htole32(1), .abi = HCBPF_ABI_XEN, .action = HCBPF_RULE_PASS },
		{ .nr = htole32(2), .abi = HCBPF_ABI_XEN, .action = HCBPF_RULE_PASS },
	};

	if (wrong == RULES_DESCEND)
		two[1].nr = 0;
	if (wrong == RULE_TWICE)
		two[1].nr = two[0].nr;
	if (wrong == RULE_ABI)
		two[1].abi = HCBPF_NR_ABIS;
	if (wrong == RULE_ACTION)
		two[1].action = 0;
	put(w, HCBPF_STATE_RULES, two, sizeof(two) - (wrong == RULE_CUT));
}

static unsigned char *make_wrong(enum wrong wrong, size_t *size)
{
	struct hcbpf_state_profile profile = { .name = "xen-4.3" };
	struct state_writer writer = { 0 };
	void *data;

	if (wrong == BAD_PROFILE)
		profile.name[0] = ' ';
	state_begin(&writer);
	if (wrong != NO_BINDING)
		put_binding(&writer, wrong);
	if (wrong != NO_PORTS)
		put_ports(&writer, wrong);
	if (wrong != NO_RULES)
		put_rules(&writer, wrong);
	if (wrong != NO_PROFILE)
		put(&writer, HCBPF_STATE_PROFILE, &profile, sizeof(profile));
	if (wrong == TWICE)
		put(&writer, HCBPF_STATE_PROFILE, &profile, sizeof(profile));
	if (wrong == UNKNOWN || wrong == UNKNOWN_CRITICAL)
		state_append(&writer, 77, 1, wrong == UNKNOWN ? 0 : HCBPF_STATE_CRITICAL, 5);
	assert_int_equal(state_end(&writer, &data, size), 0);
	return data;
}

static void check_wrong(enum wrong wrong, uint32_t reason)
{
	struct hcbpf_saved *saved = NULL;
	unsigned char *data;
	size_t size;

	data = make_wrong(wrong, &size);
	if (reason)
		refused(data, size, reason);
	else
		assert_int_equal(read_state(data, size, &saved, NULL), 0);
	hcbpf_state_free(saved);
	free(data);
}

static void sections_are_checked(void **state)
{
	enum wrong wrong;

	(void)state;
	check_wrong(NOTHING, 0);
	for (wrong = NO_BINDING; wrong <= NO_PROFILE; wrong++)
		check_wrong(wrong, HCBPF_STATE_MISSING_SECTION);
	check_wrong(UNKNOWN, 0);
	check_wrong(UNKNOWN_CRITICAL, HCBPF_STATE_UNKNOWN_SECTION);
	check_wrong(TWICE, HCBPF_STATE_DUPLICATE_SECTION);
	for (wrong = NO_POLICY; wrong <= RULE_CUT; wrong++)
		check_wrong(wrong, HCBPF_STATE_BAD_SECTION);
}

/* A small file must not take much memory of who reads it. */
static void more_rules_than_a_vm_may_have_are_refused(void **state)
{
	const size_t most = HCBPF_STATE_MAX_RULES;
	struct hcbpf_saved many = { .policy = "p", .nr_ports = 1 }, *saved = NULL;
	unsigned char *data;
	size_t size, i;

	(void)state;
	many.rules = calloc(most + 1, sizeof(*many.rules));
	assert_non_null(many.rules);
	for (i = 0; i <= most; i++)
		many.rules[i] = (struct hcbpf_rule){
			.abi = HCBPF_ABI_KVM, .nr = i, .action = HCBPF_RULE_PASS };
	many.nr_rules = most;
	data = make(&many, &size);
	assert_int_equal(read_state(data, size, &saved, NULL), 0);
	assert_int_equal(saved->nr_rules, most);
	hcbpf_state_free(saved);
	free(data);
	many.nr_rules = most + 1;
	data = make(&many, &size);
	refused(data, size, HCBPF_STATE_BAD_SECTION);
	free(data);
	free(many.rules);
}

/* What would be refused where it is to be restored is not saved. */
static void a_word_that_nobody_takes_is_not_saved(void **state)
{
	const hcbpf_port_t words[] = {
		hcbpf_port_make(HCBPF_PORT_EVENTFD, 100),	/* a slot beyond the table */
		hcbpf_port_make(HCBPF_PORT_EVENTFD + 1, 5),
		1ULL << 63,
	};
	void *data = NULL;
	size_t size, i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(words); i++) {
		set[1].word = words[i];
		assert_int_equal(state_format_make(&good, &data, &size), -EINVAL);
		assert_null(data);
	}
	setup(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_least_state),
		cmocka_unit_test(senseless_buffers_are_refused),
		cmocka_unit_test(each_changed_bit_is_refused),
		cmocka_unit_test(each_other_length_is_refused),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(sections_are_checked),
		cmocka_unit_test(more_rules_than_a_vm_may_have_are_refused),
		cmocka_unit_test(a_word_that_nobody_takes_is_not_saved),
	};

	return cmocka_run_group_tests_name("state", tests, setup, NULL);
}
