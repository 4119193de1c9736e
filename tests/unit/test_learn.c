// SPDX-License-Identifier: GPL-2.0-only
/* A profile of the calls that were seen: as text, as rules, and what cannot be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/profile_file.h"
#include "text/profile_learn.h"
#include "text/rules.h"
#include "unit_file.h"

#define ANY HCBPF_RULE_ANY
#define SEEN(of_abi, of_nr, of_sub, pass, done, exit)				\
	{ .abi = HCBPF_ABI_##of_abi, .nr = of_nr, .sub = of_sub, .count = { pass, done, exit } }
#define NR(array) (sizeof(array) / sizeof((array)[0]))

static char path[] = "/tmp/test_learn.XXXXXX";
static char *yaml, warnings[4096];
static struct profile profile;
static int nr_warnings;

static void note(void *context, const char *warning)
{
	(void)context;
	nr_warnings++;
	strcat(strcat(warnings, warning), "\n");
}

/* What it writes is a profile that can be read: nothing else would be one. */
static int learn(const char *policy, struct hcbpf_seen *kinds, size_t nr,
		 const struct hcbpf_rule *rules, size_t nr_rules)
{
	static const struct profile_text none[] = { { NULL, NULL } };
	static const char *const dirs[] = { NULL };
	const struct profile_env env = { .dirs = dirs, .built_in = none };
	const struct hcbpf_calls calls = { 2000000, nr, kinds };
	const struct lesson lesson = {
		.name = "learned", .id = 7, .policy = policy, .calls = &calls, .rules = rules,
		.nr_rules = nr_rules,
	};
	char error[PROFILE_ERROR];
	size_t size;
	FILE *to;
	int result;

	free(yaml);
	profile_free(&profile);
	memset(&profile, 0, sizeof(profile));
	warnings[0] = '\0';
	nr_warnings = 0;
	to = open_memstream(&yaml, &size);
	result = profile_learn(to, &lesson, note, NULL);
	fclose(to);
	unit_write(path, yaml, size);
	if (profile_load(&profile, path, &env, error))
		fail_msg("%s in %s", error, yaml);
	return result;
}

static const char *outcome(uint32_t abi, uint32_t nr, uint32_t sub)
{
	const struct hcbpf_rule key = { .abi = abi, .nr = nr, .sub = sub };
	const struct hcbpf_rule *rule = bsearch(&key, profile.rules, profile.nr, sizeof(key),
						rule_order);
	static char text[NAMES_TEXT];

	if (!rule)
		return "none";
	rule_text(text, rule);
	return text;
}

static void the_rest_is_denied(void)
{
	assert_string_equal(outcome(HCBPF_ABI_KVM, ANY, ANY), "deny -ENOSYS");
	assert_string_equal(outcome(HCBPF_ABI_XEN, ANY, ANY), "deny -ENOSYS");
	assert_string_equal(outcome(HCBPF_ABI_SMCCC, ANY, ANY), "deny NOT_SUPPORTED");
}

static void a_vm_without_rules(void **state)
{
	struct hcbpf_seen kinds[] = {
		SEEN(KVM, 5, ANY, 4, 0, 0), SEEN(KVM, 77, ANY, 1, 0, 0),
		SEEN(KVM, HCBPF_HC_DOORBELL, ANY, 2, 90, 0),
		SEEN(XEN, 32, 4, 1, 9, 0), SEEN(XEN, 32, 11, 1, 0, 0),
		SEEN(XEN, HCBPF_HC_DOORBELL, 5, 0, 3, 0), SEEN(XEN, HCBPF_HC_DOORBELL, 6, 1, 0, 0),
		SEEN(SMCCC, HCBPF_SDEI_VERSION, ANY, 0, 1, 0),
		SEEN(SMCCC, 0x84000000, ANY, 1, 0, 0),
	};

	(void)state;
	assert_int_equal(learn("standard", kinds, NR(kinds), NULL, 0), 8);
	the_rest_is_denied();
	assert_string_equal(outcome(HCBPF_ABI_KVM, 5, ANY), "pass");
	assert_string_equal(outcome(HCBPF_ABI_KVM, 77, ANY), "pass");
	assert_string_equal(outcome(HCBPF_ABI_KVM, HCBPF_HC_DOORBELL, ANY), "doorbell, otherwise pass");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32, 4), "send, otherwise pass");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32, 11), "pass");
	/* Its first argument is a port, and others may come. */
	assert_string_equal(outcome(HCBPF_ABI_XEN, HCBPF_HC_DOORBELL, ANY), "doorbell, otherwise pass");
	assert_string_equal(outcome(HCBPF_ABI_SMCCC, HCBPF_SDEI_VERSION, ANY), "sdei");
	assert_string_equal(outcome(HCBPF_ABI_SMCCC, 0x84000000, ANY), "pass");
	assert_non_null(strstr(yaml, "    # event_channel_op:send: 1 left to KVM, 9 answered\n"
				     "    - {call: event_channel_op, op: send, action: send, "
				     "otherwise: pass}\n"));
	assert_non_null(strstr(yaml, "# doorbell: 1 left to KVM, 3 answered\n"));
	assert_int_equal(nr_warnings, 0);
}

/* Sorted, as the VM's are. */
static const struct hcbpf_rule rules[] = {
	{ .abi = HCBPF_ABI_KVM, .nr = 5, .sub = ANY, .action = HCBPF_RULE_DENY, .ret = -7 },
	{ .abi = HCBPF_ABI_KVM, .nr = 12, .sub = ANY, .action = HCBPF_RULE_TRACK_EXIT,
	  .otherwise = HCBPF_RULE_EXIT, .user = HCBPF_RULE_DENY, .ret = -1000 },
	{ .abi = HCBPF_ABI_KVM, .nr = ANY, .sub = ANY, .action = HCBPF_RULE_EXIT },
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4, .action = HCBPF_RULE_SEND,
	  .otherwise = HCBPF_RULE_DENY, .ret = -2 },
	{ .abi = HCBPF_ABI_XEN, .nr = 32, .sub = ANY, .action = HCBPF_RULE_DENY, .ret = -38 },
	{ .abi = HCBPF_ABI_XEN, .nr = HCBPF_HC_BUFFER_INSERT, .sub = ANY,
	  .action = HCBPF_RULE_BUFFER },
};

static void rules_are_kept(void **state)
{
	struct hcbpf_seen kinds[] = {
		SEEN(KVM, 5, ANY, 0, 1, 0), SEEN(KVM, 12, ANY, 0, 0, 5), SEEN(KVM, 99, ANY, 0, 0, 3),
		SEEN(XEN, 12, 7, 4, 0, 0), SEEN(XEN, 32, 4, 0, 8, 0), SEEN(XEN, 32, 11, 0, 1, 0),
		SEEN(XEN, HCBPF_HC_BUFFER_INSERT, 5, 0, 1, 0),
		SEEN(XEN, HCBPF_HC_BUFFER_INSERT, ANY, 0, 1, 0),
	};

	(void)state;
	assert_int_equal(learn("standard", kinds, NR(kinds), rules, NR(rules)), 7);
	the_rest_is_denied();
	assert_string_equal(outcome(HCBPF_ABI_KVM, 5, ANY), "deny -E2BIG");
	assert_string_equal(outcome(HCBPF_ABI_KVM, 12, ANY),
			    "track-exit, otherwise exit, user deny -ENOSYS");
	assert_string_equal(outcome(HCBPF_ABI_KVM, 99, ANY), "exit");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 12, 7), "pass");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32, 4), "send, otherwise deny -ENOENT");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32, 11), "deny -ENOSYS");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32, ANY), "none");
	assert_string_equal(outcome(HCBPF_ABI_XEN, HCBPF_HC_BUFFER_INSERT, ANY), "buffer");
	assert_int_equal(nr_warnings, 0);
	/* With rules, sends are served only where one says so. */
	kinds[4] = (struct hcbpf_seen)SEEN(XEN, 32 | HCBPF_HC_PHYSICAL, 4, 8, 0, 0);
	kinds[5] = (struct hcbpf_seen)SEEN(XEN, HCBPF_HC_DOORBELL, ANY, 8, 0, 0);
	learn("standard", kinds + 4, 2, rules, NR(rules));
	assert_string_equal(outcome(HCBPF_ABI_XEN, 32 | HCBPF_HC_PHYSICAL, 4), "pass");
	assert_string_equal(outcome(HCBPF_ABI_XEN, HCBPF_HC_DOORBELL, ANY), "pass");
}

/* A guest that calls anything may not make the profile wider than what rules can name. */
static void what_cannot_be_said_is_denied(void **state)
{
	struct hcbpf_seen kinds[] = {
		SEEN(KVM, ANY, ANY, 4, 0, 0), SEEN(KVM, 5, ANY, 1, 0, 0),
		SEEN(XEN, 29, ANY, 3, 0, 0), SEEN(AUTO, 0, 0, 1000, 0, 0),
	};

	(void)state;
	assert_int_equal(learn("standard", kinds, NR(kinds), NULL, 0), 1);
	the_rest_is_denied();
	assert_string_equal(outcome(HCBPF_ABI_XEN, 29, ANY), "none");
	assert_int_equal(nr_warnings, 3);
	assert_non_null(strstr(warnings, "4 calls had the number 0xffffffff, which no rule"));
	assert_non_null(strstr(warnings, "3 calls of xen sched_op had a sub-operation"));
	assert_non_null(strstr(warnings, "1000 calls were of more kinds"));
}

static void what_may_be_another_thing_is_told(void **state)
{
	struct hcbpf_seen kinds[] = { SEEN(KVM, 9, ANY, 0, 6, 0), SEEN(XEN, 15, ANY, 3, 0, 0) };

	(void)state;
	assert_int_equal(learn("mine", kinds, NR(kinds), NULL, 0), 2);
	assert_string_equal(outcome(HCBPF_ABI_KVM, 9, ANY), "pass");
	assert_string_equal(outcome(HCBPF_ABI_XEN, 15, ANY), "pass");
	assert_int_equal(nr_warnings, 2);
	assert_non_null(strstr(warnings, "6 calls of kvm clock_pairing were answered or exits"));
	assert_non_null(strstr(warnings, "policy \"mine\" itself"));
	assert_non_null(strstr(warnings, "3 calls of xen set_timer_op had a first argument"));
	/* Another policy does what it likes with a doorbell. */
	kinds[0] = (struct hcbpf_seen)SEEN(KVM, HCBPF_HC_DOORBELL, ANY, 6, 0, 0);
	learn("mine", kinds, 1, NULL, 0);
	assert_string_equal(outcome(HCBPF_ABI_KVM, HCBPF_HC_DOORBELL, ANY), "pass");
}

static int begin(void **state)
{
	(void)state;
	return close(mkstemp(path));
}

static int end(void **state)
{
	(void)state;
	free(yaml);
	profile_free(&profile);
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vm_without_rules),
		cmocka_unit_test(rules_are_kept),
		cmocka_unit_test(what_cannot_be_said_is_denied),
		cmocka_unit_test(what_may_be_another_thing_is_told),
	};

	return cmocka_run_group_tests_name("learn", tests, begin, end);
}
