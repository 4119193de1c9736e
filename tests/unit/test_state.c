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
	" { \"port\": 99, \"action\": \"eventfd\", \"slot\": 99 } ],"
	" \"buffers\": [ { \"vcpu\": null, \"virtual\": \"0xffff888000000000\","
	" \"physical\": \"0x0\", \"size\": \"0x400000000000\" },"
	" { \"vcpu\": 3, \"virtual\": \"0x1000\", \"physical\": \"0x2000\", \"size\": \"0x40\" } ],"
	" \"encrypted\": true }\n";

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
	assert_int_equal(state->nr_buffers, 2);
	assert_int_equal(state->buffers[0].vcpu, HCBPF_BUFFER_ANY_VCPU);
	assert_true(state->buffers[0].va == 0xffff888000000000);
	assert_true(state->buffers[0].size == 1ULL << 46);
	assert_int_equal(state->buffers[1].vcpu, 3);
	assert_int_equal(state->buffers[1].gpa, 0x2000);
	assert_true(state->encrypted);
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
	refused("true }\n", "true } x", "it is damaged");
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

static void test_buffers(void **unused)
{
	struct state state;
	char error[STATE_ERROR], *old = strdup(good);

	(void)unused;
	refused("\"vcpu\": 3", "\"vcpu\": 4294967295", "out of range");
	refused("\"vcpu\": 3,", "", "buffer 2: field \"vcpu\" is missing");
	refused("\"0x1000\"", "4096", "buffer 2: field \"virtual\" is not text");
	refused("\"0x1000\"", "\"4096\"", "buffer 2: field \"virtual\" is not a number like");
	refused("\"0x1000\"", "\"0x\"", "is not a number like");
	refused("\"0x1000\"", "\"0x10000000000000000\"", "is not a number like");
	refused("\"0x40\"", "\"0x40\", \"more\": 1", "buffer 2: unknown field \"more\"");
	refused("\"encrypted\": true", "\"encrypted\": 1", "not true or false");
	/* Saved before there were buffers. */
	strcpy(strstr(old, ", \"buffers\""), " }");
	assert_int_equal(state_parse(&state, old, strlen(old), error), 0);
	assert_int_equal(state.nr_buffers, 0);
	assert_false(state.encrypted);
	state_free(&state);
	free(old);
}

static void test_physical_calls_have_names(void **unused)
{
	uint32_t nr, sub;
	char text[NAMES_TEXT];

	(void)unused;
	assert_int_equal(call_parse(HCBPF_ABI_XEN, "physical/event_channel_op:send", &nr, &sub), 0);
	assert_int_equal(nr, 32 | HCBPF_HC_PHYSICAL);
	assert_int_equal(sub, 4);
	call_text(text, HCBPF_ABI_XEN, nr, sub);
	assert_string_equal(text, "physical/event_channel_op:send");
	assert_int_equal(call_parse(HCBPF_ABI_XEN, "physical/77", &nr, &sub), 0);
	assert_int_equal(nr, 77 | HCBPF_HC_PHYSICAL);
	assert_int_equal(call_parse(HCBPF_ABI_XEN, "physical/default", &nr, &sub), -EINVAL);
	assert_int_equal(call_parse(HCBPF_ABI_KVM, "buffer_insert", &nr, &sub), 0);
	assert_int_equal(nr, HCBPF_HC_BUFFER_INSERT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_buffers),
		cmocka_unit_test(test_physical_calls_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
