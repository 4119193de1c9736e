// SPDX-License-Identifier: GPL-2.0-only
/* What the verifier and the module refuse to load, and the reason that people get to read. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <regex.h>
#include <unistd.h>
#include "lab.h"

/* Load only @program of reject.bpf.c, with its policy if it has one. */
static int load_one(const char *program)
{
	struct bpf_program *prog;
	struct policy policy;
	struct bpf_map *map;
	char ops[64];
	int err;

	assert_ok(policy_open(&policy, "reject.bpf.o"));
	snprintf(ops, sizeof(ops), "%s_ops", program);
	bpf_object__for_each_map(map, policy.object)
		bpf_map__set_autocreate(map, !strcmp(bpf_map__name(map), ops));
	prog = bpf_object__find_program_by_name(policy.object, program);
	assert_non_null(prog);
	bpf_program__set_autoload(prog, true);
	err = bpf_object__load(policy.object);
	bpf_object__close(policy.object);
	return err;
}

/* @reason is a regular expression, since kernels put it differently. */
static void expect_refused(const char *program, const char *reason)
{
	int err = load_one(program);
	regex_t pattern;

	if (!err)
		fail_msg("%s was loaded", program);
	assert_int_equal(regcomp(&pattern, reason, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&pattern, policy_log(), 0, NULL, 0))
		fail_msg("%s: no \"%s\" in: %s", program, reason, policy_log());
	regfree(&pattern);
}

#define REFUSED(name, program, reason)			\
	static void name(void **state)			\
	{						\
		(void)state;				\
		expect_refused(program, reason);	\
	}

/* The third argument of the kfunc, whether its size is looked at first or its type. */
#define READS_INTO "args#2|R3 and R4 memory, len pair|R3 pointer type"

REFUSED(a_policy_cannot_write_the_number, "write_nr",
	"only the ret field of struct hcbpf_call may be written")
REFUSED(a_policy_cannot_write_the_privilege_level, "write_user",
	"only the ret field of struct hcbpf_call may be written")
REFUSED(a_policy_cannot_write_past_the_result, "write_past_ret",
	"only the ret field of struct hcbpf_call may be written")
REFUSED(a_policy_cannot_write_before_the_result, "write_before_ret",
	"only the ret field of struct hcbpf_call may be written")
REFUSED(a_policy_cannot_write_who_is_admitted, "write_admit_uid",
	"only the template_name field of struct hcbpf_admit may be written")
REFUSED(a_policy_cannot_write_past_a_template, "write_past_template",
	"only the template_name field of struct hcbpf_admit may be written")
REFUSED(a_policy_cannot_read_past_the_call, "read_past_call",
	"access beyond struct hcbpf_call")
REFUSED(a_policy_cannot_read_past_its_context, "read_past_context", "invalid bpf_context access")
REFUSED(a_guests_number_is_no_pointer, "pointer_from_guest", "R1")
REFUSED(a_pointer_into_a_call_is_no_call, "pointer_inside_call", "R1")
REFUSED(a_made_up_call_is_no_call, "call_made_up", "R1")
REFUSED(guest_memory_is_not_read_past_the_buffer, "read_beyond_stack", "invalid")
REFUSED(guest_memory_is_not_read_into_the_call, "read_into_call", READS_INTO)
REFUSED(a_policy_cannot_make_test_calls, "test_call_from_policy",
	"calling kernel function hcbpf_policy_test is not allowed")
REFUSED(a_policy_cannot_sleep, "sleepable", "unsupported member hypercall")
REFUSED(a_policy_comes_to_an_end, "no_end", "infinite loop")
REFUSED(a_syscall_program_has_no_policys_kfuncs, "kfunc_from_syscall",
	"calling kernel function hcbpf_call_port_get is not allowed")

/* ---- what the module itself refuses ---- */

static int load_named(struct policy *policy, const char *name)
{
	assert_ok(policy_open(policy, "observe.bpf.o"));
	policy_rename(policy, name);
	return policy_attach(policy);
}

static void expect_name_refused(const char *name)
{
	struct policy policy;
	int err = load_named(&policy, name);

	policy_unload(&policy);
	if (err != -EINVAL)
		fail_msg("name \"%s\": %d", name, err);
}

static void an_empty_name_is_refused(void **state)
{
	(void)state;
	expect_name_refused("");
}

static void names_with_other_characters_are_refused(void **state)
{
	static const char *const names[] = {
		"a b", "a/b", "a:b", "\xc3\xa4", "a\n", "a\x7f", "a*",
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		expect_name_refused(names[i]);
}

static void a_name_without_end_is_refused(void **state)
{
	(void)state;
	expect_name_refused("12345678901234567890123456789012");
}

static void every_allowed_character_is_taken(void **state)
{
	static const char *const names[] = {
		"abcdefghijklmnopqrstuvwxyz_.-", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789",
		"1234567890123456789012345678901",
	};
	struct policy policy;
	unsigned int i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++) {
		assert_ok(load_named(&policy, names[i]));
		policy_unload(&policy);
	}
}

static void unknown_flags_are_refused(void **state)
{
	struct policy policy;
	int bit;

	(void)state;
	for (bit = 1; bit < 32; bit++) {
		assert_ok(policy_open(&policy, "observe.bpf.o"));
		policy_set_flags(&policy, 1U << bit);
		assert_return(policy_attach(&policy), -EINVAL);
		policy_unload(&policy);
	}
}

static void a_policy_without_program_is_refused(void **state)
{
	struct policy policy;
	size_t size;

	(void)state;
	assert_ok(policy_open(&policy, "empty.bpf.o"));
	assert_non_null(bpf_map__initial_value(policy.map, &size));
	assert_return(policy_attach(&policy), -EINVAL);
	policy_unload(&policy);
}

static void a_name_in_use_is_refused(void **state)
{
	struct policy first, second;

	(void)state;
	assert_ok(load_named(&first, "twice"));
	assert_return(load_named(&second, "twice"), -EEXIST);
	policy_unload(&second);
	policy_unload(&first);
	assert_ok(load_named(&second, "twice"));
	policy_unload(&second);
}

static void a_policy_is_replaced_under_its_name_only(void **state)
{
	struct policy one, same, other;

	(void)state;
	assert_ok(load_named(&one, "one"));
	assert_ok(policy_open(&other, "observe.bpf.o"));
	policy_rename(&other, "other");
	assert_ok(bpf_object__load(other.object));
	assert_return(bpf_link__update_map(one.link, other.map), -EINVAL);
	assert_ok(policy_open(&same, "observe.bpf.o"));
	policy_rename(&same, "one");
	assert_ok(bpf_object__load(same.object));
	assert_ok(bpf_link__update_map(one.link, same.map));
	policy_unload(&one);
	policy_unload(&same);
	policy_unload(&other);
}

static void nothing_refused_stays_behind(void **state)
{
	(void)state;
	assert_int_equal(hc_info().nr_policies, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_cannot_write_the_number),
		cmocka_unit_test(a_policy_cannot_write_the_privilege_level),
		cmocka_unit_test(a_policy_cannot_write_past_the_result),
		cmocka_unit_test(a_policy_cannot_write_before_the_result),
		cmocka_unit_test(a_policy_cannot_write_who_is_admitted),
		cmocka_unit_test(a_policy_cannot_write_past_a_template),
		cmocka_unit_test(a_policy_cannot_read_past_the_call),
		cmocka_unit_test(a_policy_cannot_read_past_its_context),
		cmocka_unit_test(a_guests_number_is_no_pointer),
		cmocka_unit_test(a_pointer_into_a_call_is_no_call),
		cmocka_unit_test(a_made_up_call_is_no_call),
		cmocka_unit_test(guest_memory_is_not_read_past_the_buffer),
		cmocka_unit_test(guest_memory_is_not_read_into_the_call),
		cmocka_unit_test(a_policy_cannot_make_test_calls),
		cmocka_unit_test(a_policy_cannot_sleep),
		cmocka_unit_test(a_policy_comes_to_an_end),
		cmocka_unit_test(a_syscall_program_has_no_policys_kfuncs),
		cmocka_unit_test(an_empty_name_is_refused),
		cmocka_unit_test(names_with_other_characters_are_refused),
		cmocka_unit_test(a_name_without_end_is_refused),
		cmocka_unit_test(every_allowed_character_is_taken),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(a_policy_without_program_is_refused),
		cmocka_unit_test(a_name_in_use_is_refused),
		cmocka_unit_test(a_policy_is_replaced_under_its_name_only),
		cmocka_unit_test(nothing_refused_stays_behind),
	};

	return cmocka_run_group_tests_name("refused policies", tests, NULL, NULL);
}
