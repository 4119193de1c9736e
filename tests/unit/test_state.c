// SPDX-License-Identifier: GPL-2.0-only
/* What `vm save` writes, `vm restore` reads; and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/hcbpf/args.c"
#include "../../user/hcbpf/names.c"
#include "../../user/hcbpf/state.c"

#define ANY HCBPF_RULE_ANY

/* A right document, of which the tests change a piece. */
static const char good[] =
	"{ \"format\": \"hcbpf-vm\", \"version\": 1, \"arch\": \"x86_64\", \"policy\": \"standard\","
	" \"abi\": \"xen\", \"tag\": \"web-1\", \"nr_ports\": 100, \"profile\": \"xen-4.3\","
	" \"rules\": [ { \"abi\": \"xen\", \"nr\": 32, \"sub\": 4, \"action\": \"send\","
	" \"otherwise\": \"deny\", \"ret\": -2 },"
	" { \"abi\": \"kvm\", \"nr\": null, \"sub\": null, \"action\": \"exit\" } ],"
	" \"ports\": [ { \"port\": 1, \"action\": \"eventfd\", \"slot\": 0 },"
	" { \"port\": 99, \"action\": \"eventfd\", \"slot\": 99 } ] }\n";

static void check_good(const struct state *state)
{
	char text[NAMES_TEXT];

	assert_string_equal(state->arch, "x86_64");
	assert_string_equal(state->policy, "standard");
	assert_string_equal(state->tag, "web-1");
	assert_string_equal(state->profile, "xen-4.3");
	assert_int_equal(state->abi, HCBPF_ABI_XEN);
	assert_int_equal(state->nr_ports, 100);
	assert_int_equal(state->nr_rules, 2);
	assert_int_equal(state->rules[0].abi, HCBPF_ABI_KVM);
	assert_int_equal(state->rules[0].nr, ANY);
	assert_int_equal(state->rules[0].sub, ANY);
	assert_int_equal(state->rules[1].nr, 32);
	assert_int_equal(state->rules[1].sub, 4);
	rule_text(text, &state->rules[1]);
	assert_string_equal(text, "send, otherwise deny -ENOENT");
	assert_int_equal(state->nr_set, 2);
	assert_int_equal(state->set[1].port, 99);
	assert_int_equal(state->set[1].slot, 99);
}

static void test_round_trip(void **unused)
{
	struct json_object *object;
	struct state first, second;
	char error[STATE_ERROR];
	const char *text;

	(void)unused;
	assert_int_equal(state_parse(&first, good, strlen(good), error), 0);
	check_good(&first);
	object = state_json(&first);
	text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	assert_int_equal(state_parse(&second, text, strlen(text), error), 0);
	check_good(&second);
	json_object_put(object);
	state_free(&first);
	state_free(&second);
}

static void refused_text(const char *text, size_t size, const char *reason)
{
	char error[STATE_ERROR];
	struct state state;

	assert_int_equal(state_parse(&state, text, size, error), -EINVAL);
	if (!strstr(error, reason))
		fail_msg("got \"%s\", not \"%s\"", error, reason);
	assert_null(state.rules);
	assert_null(state.set);
}

/* The good document with @to in place of @from. */
static void refused(const char *from, const char *to, const char *reason)
{
	const char *at = strstr(good, from);
	char text[2048];

	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	refused_text(text, strlen(text), reason);
}

static void test_damaged(void **unused)
{
	size_t len;

	(void)unused;
	/* Cut off anywhere. */
	for (len = 0; len < strlen(good) - 2; len++) {
		char *cut = strndup(good, len);

		refused_text(cut, len, "it is damaged");
		free(cut);
	}
	refused_text(good, strlen(good) + 1, "it is damaged");
	refused("] }\n", "] } x", "it is damaged");
	refused("{ \"format\"", "{ format", "it is damaged");
	refused_text("[]", 2, "not the state of a VM");
	refused_text("null", 4, "it is damaged");
	refused_text("{}", 2, "not the state of a VM");
}

static void test_head(void **unused)
{
	(void)unused;
	refused("hcbpf-vm", "other", "not the state of a VM");
	refused("\"version\": 1", "\"version\": 2", "version 2, and this command reads 1");
	refused("\"version\": 1", "\"version\": 0", "version 0");
	refused("\"version\": 1", "\"version\": \"1\"", "\"version\" is not a number");
	refused(" \"version\": 1,", "", "\"version\" is missing");
	refused(" \"arch\": \"x86_64\",", "", "\"arch\" is missing");
	refused(" \"policy\": \"standard\",", "", "\"policy\" is missing");
	refused("\"standard\"", "\"a b\"", "cannot be a name");
	refused("\"standard\"", "\"\"", "cannot be a name");
	refused("\"tag\": \"web-1\"", "\"tag\": null", "\"tag\" is not text");
	refused("\"abi\": \"xen\", \"tag\"", "\"abi\": \"vax\", \"tag\"", "unknown ABI \"vax\"");
	refused("\"nr_ports\": 100", "\"nr_ports\": 0", "out of range");
	refused("\"nr_ports\": 100", "\"nr_ports\": 1048577", "out of range");
	refused("\"nr_ports\": 100", "\"nr_ports\": -1", "out of range");
	refused("\"nr_ports\": 100", "\"nr_ports\": 1.5", "not a number");
	refused("\"nr_ports\": 100", "\"nr_ports\": 99", "beyond the table of 99");
	refused("\"profile\"", "\"future\": 1, \"profile\"", "unknown field \"future\"");
}

static void test_rules(void **unused)
{
	(void)unused;
	refused("\"rules\": [", "\"rules\": [ 1,", "rule 1: not an object");
	refused("\"send\"", "\"teleport\"", "rule 1: unknown action \"teleport\"");
	refused("\"abi\": \"kvm\"", "\"abi\": \"vax\"", "rule 2: unknown ABI \"vax\"");
	refused("\"abi\": \"kvm\"", "\"abi\": \"auto\"", "rule 2: a rule is for one ABI");
	refused("\"nr\": 32,", "", "rule 1: field \"nr\" is missing");
	refused("\"nr\": 32", "\"nr\": 4294967295", "out of range");
	refused("\"nr\": 32", "\"nr\": -1", "out of range");
	refused("\"nr\": 32", "\"nr\": \"32\"", "not a number");
	refused("\"nr\": 32", "\"nr\": null", "default has no sub-operation");
	refused("\"ret\": -2", "\"ret\": 4294967294", "out of range");
	refused(" \"otherwise\": \"deny\",", "", "rule 1: otherwise");
	refused("\"exit\"", "\"exit\", \"ret\": -1", "rule 2: `ret` is for what is denied");
	refused("\"abi\": \"kvm\", \"nr\": null, \"sub\": null",
		"\"abi\": \"xen\", \"nr\": 32, \"sub\": 4",
		"there are two rules for xen event_channel_op:send");
	refused("\"exit\"", "\"exit\", \"more\": 1", "rule 2: unknown field \"more\"");
}

static void test_ports(void **unused)
{
	(void)unused;
	refused("\"port\": 99", "\"port\": 100", "beyond the table of 100");
	refused("\"slot\": 99", "\"slot\": 100", "beyond the table of 100");
	refused("\"port\": 99", "\"port\": 1", "out of order, or there twice");
	refused("\"port\": 99,", "", "entry of ports 2: field \"port\" is missing");
	refused("\"eventfd\", \"slot\": 0", "\"inject\", \"slot\": 0",
		"entry of ports 1: unknown action \"inject\"");
	refused("\"slot\": 0", "\"slot\": 4294967296", "out of range");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
