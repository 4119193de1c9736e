// SPDX-License-Identifier: GPL-2.0-only
/* The cases of `hcbpf test`: what a file says, and its mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/case_file.h"
#include "unit_file.h"

static char file[] = "/tmp/test_cases.XXXXXX";

static struct cases loaded(const char *text)
{
	char error[CASES_ERROR];
	struct cases cases;

	unit_write(file, text, strlen(text));
	if (cases_load(&cases, file, error))
		fail_msg("%s", error);
	return cases;
}

/* The error is in @line and says @reason. */
static void refused(const char *text, int line, const char *reason)
{
	char error[CASES_ERROR], place[64];
	struct cases cases;

	unit_write(file, text, strlen(text));
	if (!cases_load(&cases, file, error))
		fail_msg("\"%s\" is accepted", text);
	snprintf(place, sizeof(place), "%s:%d: ", file, line);
	if (strncmp(error, place, strlen(place)) || !strstr(error, reason))
		fail_msg("got \"%s\", not line %d and \"%s\"", error, line, reason);
	assert_null(cases.list);
}

/* ---- what a file says ---- */

static void test_call(void **state)
{
	struct cases cases = loaded(
		"defaults: {call: {abi: xen, nr: event_channel_op, args: [4, 0x7000]}, now: 7}\n"
		"cases:\n"
		"- name: a\n"
		"  call: {nr: 0x1004b0001, mode: 32, args: [-1], user: true, vcpu: 3}\n"
		"  memory: {addr: 0x7000, words: [5, 0xffffffff]}\n"
		"  times: 2\n"
		"  expect: {}\n"
		"  then:\n"
		"  - call: {nr: signal_event, abi: hyperv}\n"
		"    memory: {hex: 0a 0b0C}\n"
		"    new_vm: true\n"
		"    expect: {ret: 1, signals: [2]}\n"
		"  - expect: {verdict: pass}\n"
		"- {name: b, expect: {verdict: bad, ret: EPERM, signals: [1, 1, 7]}}\n");
	const struct step *step = cases.list[0].steps;
	const struct hcbpf_test_call *test = &step->env.test;

	(void)state;
	assert_int_equal(cases.nr, 2);
	assert_string_equal(cases.list[0].name, "a");
	assert_int_equal(cases.list[0].nr_steps, 3);
	assert_int_equal(step->line, 3);
	assert_int_equal(test->call.abi, HCBPF_ABI_XEN);
	assert_true(test->call.nr == 0x1004b0001);
	assert_int_equal(test->call.mode, HCBPF_MODE_32);
	assert_true(test->call.args[0] == UINT64_MAX);
	assert_int_equal(test->call.args[1], 0);
	assert_int_equal(test->call.user, 1);
	assert_int_equal(test->call.vcpu_id, 3);
	assert_int_equal(test->mem_addr, 0x7000);
	assert_int_equal(test->mem_len, 8);
	assert_memory_equal(test->mem, "\5\0\0\0\xff\xff\xff\xff", 8);
	assert_int_equal(step->env.now, 7);
	assert_int_equal(step->times, 2);
	assert_int_equal(step->expect.verdict, ANY_VERDICT);
	assert_false(step->expect.has_ret || step->expect.has_signals || step->expect.has_sets);
	/* The order of members does not matter, and what is not said stays. */
	test = &step[1].env.test;
	assert_int_equal(step[1].line, 9);
	assert_int_equal(test->call.nr, 0x5d);
	assert_int_equal(test->call.vcpu_id, 3);
	assert_int_equal(test->mem_addr, 0x7000);
	assert_int_equal(test->mem_len, 3);
	assert_memory_equal(test->mem, "\x0a\x0b\x0c", 3);
	assert_int_equal(step[1].times, 1);
	assert_true(step[1].new_vm && !step->new_vm && !step[2].new_vm);
	/* A new expectation has nothing of the one before it. */
	assert_int_equal(step[2].expect.verdict, HCBPF_PASS);
	assert_false(step[2].expect.has_ret || step[2].expect.has_signals);
	assert_int_equal(step[2].expect.signals[2], 0);
	/* The next case begins with the defaults again. */
	step = cases.list[1].steps;
	assert_int_equal(step->env.test.call.nr, 32);
	assert_int_equal(step->env.test.call.args[1], 0x7000);
	assert_int_equal(step->expect.verdict, BAD_VERDICT);
	assert_true(step->expect.has_ret && step->expect.ret == (uint64_t)-1);
	assert_int_equal(step->expect.signals[1], 2);
	assert_int_equal(step->expect.signals[7], 1);
	cases_free(&cases);
}

static void test_vm(void **state)
{
	struct cases cases = loaded(
		"cases:\n"
		"- name: a\n"
		"  rules: [{nr: 5, action: deny, ret: ENOSYS}, {abi: xen, action: exit},\n"
		"    {abi: xen, nr: any, action: send, otherwise: pass, user: deny, ret: -3},\n"
		"    {abi: xen, nr: event_channel_op, sub: send, action: pass}]\n"
		"  ports: [{port: 5, slot: 3}, {port: 6, word: 0x8000000000000001}, {slot: 4000}]\n"
		"  pages: [{addr: 0x200000, pages: 3, attr: 1}, {addr: 0xffffffffff000}]\n"
		"  buffers: [{virtual: 1, physical: 2, size: 3}, {size: 4, vcpu: 5}]\n"
		"  param: 0xffffffffffffffff\n"
		"  gpa_error: ENOMEM\n"
		"  kvm_exits: true\n"
		"  encrypted: true\n"
		"  expect: {sets: [{addr: 0x1000, attr: 1}]}\n"
		"  then: [{slots: [1]}, {kvm_exits: false, ports: [], gpa_error: -1}]\n");
	const struct step *step = cases.list[0].steps;
	const struct hcbpf_test_env *env = &step->env;

	(void)state;
	assert_int_equal(env->nr_rules, 4);
	assert_int_equal(env->rules[0].abi, HCBPF_ABI_KVM);
	assert_int_equal(env->rules[0].ret, -1000);
	assert_int_equal(env->rules[1].nr, HCBPF_RULE_ANY);
	assert_int_equal(env->rules[1].sub, HCBPF_RULE_ANY);
	assert_int_equal(env->rules[2].nr, HCBPF_RULE_ANY);
	assert_int_equal(env->rules[2].otherwise, HCBPF_RULE_PASS);
	assert_int_equal(env->rules[2].user, HCBPF_RULE_DENY);
	assert_int_equal(env->rules[2].ret, -3);
	assert_int_equal(env->rules[3].nr, 32);
	assert_int_equal(env->rules[3].sub, 4);
	assert_int_equal(env->nr_ports, 3);
	assert_int_equal(env->ports[0].word, hcbpf_port_make(HCBPF_PORT_EVENTFD, 3));
	assert_true(env->ports[1].word == 0x8000000000000001);
	assert_int_equal(env->slots, 1 << 3);
	assert_int_equal(env->nr_pages, 2);
	assert_int_equal(env->pages[0].gfn, 0x200);
	assert_int_equal(env->pages[0].npages, 3);
	assert_int_equal(env->pages[1].npages, 1);
	assert_int_equal(env->nr_buffers, 2);
	assert_int_equal(env->buffers[0].vcpu, HCBPF_BUFFER_ANY_VCPU);
	assert_int_equal(env->buffers[1].vcpu, 5);
	assert_true(env->param == UINT64_MAX);
	assert_int_equal(env->gpa_error, -12);
	assert_int_equal(env->kvm_exits, 1);
	assert_int_equal(env->encrypted, 1);
	assert_int_equal(step->expect.nr_sets, 1);
	assert_int_equal(step->expect.sets[0].npages, 1);
	assert_int_equal(step[1].env.slots, 1 << 1);
	assert_int_equal(step[1].env.nr_ports, 3);
	assert_int_equal(step[1].expect.nr_sets, 1);
	assert_int_equal(step[2].env.kvm_exits, 0);
	assert_int_equal(step[2].env.nr_ports, 0);
	assert_int_equal(step[2].env.gpa_error, -1);
	cases_free(&cases);
}

/* ---- mistakes ---- */

static void test_mistakes(void **state)
{
	(void)state;
	refused("", 1, "\"cases\" is missing: ");
	refused("cases:", 1, "\"cases\" must be a list of cases");
	refused("cases: []", 1, "\"cases\" must have at least 1");
	refused("cases: [1]", 1, "\"cases\" must be a list of cases, each {name");
	refused("a: 1", 1, "unknown setting \"a\"");
	refused("cases:\n- {expect: {}}", 2, "\"name\" is missing: what the case shows");
	refused("cases:\n- {name: \"\", expect: {}}", 2, "the case has no name");
	refused("cases:\n- {name: n}", 2, "case \"n\" expects nothing");
	refused("cases:\n- {name: n, expect: {}, name: m}", 2, "duplicate: \"name\"");
	refused("defaults: {name: n}\ncases: [{name: n, expect: {}}]", 1,
		"unknown setting \"name\"");
	refused("cases:\n- name: n\n  then:\n  - {name: n}", 4, "unknown setting \"name\"");
	refused("cases:\n- name: n\n  then:\n  - {then: []}", 4, "unknown setting \"then\"");
	/* It becomes part of a line that harnesses parse. */
	refused("cases:\n- name: \"x\\nok 2 - forged\"\n  expect: {}", 2, "no line breaks");
	refused("cases:\n- name: \"\\x1b[2J\"\n  expect: {}", 2, "control characters");
	refused("# x\ncases = ( );", 2, "`hcbpf profile convert` makes YAML of it");
	refused("cases: &a []", 1, "anchors");
}

/* Of one part of a case, in line 3. */
static void part_refused(const char *part, const char *reason)
{
	char text[512];

	snprintf(text, sizeof(text), "cases:\n- name: n\n  %s\n  %s: {}", part,
		 strncmp(part, "expect", 6) ? "expect" : "call");
	refused(text, 3, reason);
}

static void test_mistakes_in_parts(void **state)
{
	(void)state;
	part_refused("calls: {}", "unknown setting \"calls\"");
	part_refused("call: 5", "\"call\" must be a mapping");
	part_refused("call: {abi: auto}", "unknown ABI \"auto\"; use kvm, xen, hyperv or smccc");
	part_refused("call: {abi: arm}", "unknown ABI \"arm\"");
	part_refused("call: {nr: foo}", "\"foo\" is not a call of ABI kvm");
	part_refused("call: {nr: 1.5}", "must be a call's name or a number");
	part_refused("call: {nr: -1}", "from 0 to 18446744073709551615");
	part_refused("call: {nr: 18446744073709551616}", "from 0 to 18446744073709551615");
	part_refused("call: {nr: \"5\"}", "a number in quotes is text");
	part_refused("call: {args: 5}", "\"args\" must be a list of numbers");
	part_refused("call: {args: [1, 2, 3, 4, 5, 6, 7]}", "\"args\" must have at most 6");
	part_refused("call: {args: [a]}", "\"args\" must be a list of numbers");
	part_refused("call: {args: [\"5\"]}", "a number in quotes is text");
	part_refused("call: {args: [0x10000000000000000]}", "\"args\" must be a number from");
	part_refused("call: {args: [-9223372036854775809]}", "\"args\" must be a number from");
	part_refused("call: {mode: 16}", "unknown mode \"16\"; use 32 or 64");
	part_refused("call: {mode: long}", "\"mode\" must be 32 or 64");
	part_refused("call: {user: 1}", "\"user\" must be true or false");
	part_refused("call: {user: yes}", "\"user\" must be true or false");
	part_refused("call: {vcpu: 4294967296}", "\"vcpu\" must be a number from 0 to 4294967295");
	part_refused("memory: {words: [0x100000000]}", "\"words\" must be a number from 0");
	part_refused("memory: {hex: 0}", "must be text; in quotes it would be text");
	part_refused("memory: {hex: \"0\"}", "bytes are missing");
	part_refused("memory: {hex: \"05 0\"}", "bytes are missing");
	part_refused("memory: {hex: \"05  05\"}", "bytes are missing");
	part_refused("memory: {hex: \"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
		     "1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40\"}",
		     "more than 64 bytes");
	part_refused("memory: {hex: xx, words: [1]}", "either \"words\" or \"hex\"");
	part_refused("ports: {port: 1}", "\"ports\" must be a list of ports");
	part_refused("ports: [{port: 1, action: 1}]", "unknown setting \"action\"");
	part_refused("slots: [64]", "\"slots\" must be a slot from 0 to ");
	part_refused("slots: [-1]", "\"slots\" must be a slot from 0 to ");
	part_refused("rules: [{action: no}]", "unknown action \"no\"; use pass, deny, exit");
	part_refused("rules: [{action: send, otherwise: send}]", "must be pass, deny or exit");
	part_refused("rules: [{action: pass, user: exit}]", "\"user\" must be pass or deny");
	part_refused("rules: [{}]", "there is no such action");
	part_refused("rules: [{nr: foo, action: pass}]", "\"foo\" is not a call");
	part_refused("rules: [{nr: 4294967296, action: pass}]", "from 0 to 4294967295");
	part_refused("rules: [{nr: 5, sub: foo, action: pass}]", "\"foo\" is not an operation");
	part_refused("rules: [{action: deny, ret: foo}]", "\"foo\" is not a result");
	part_refused("rules: [{action: pass, ret: 1}]", "for what is denied");
	part_refused("pages: [{addr: 0x1001}]", "these are no pages");
	part_refused("pages: [{addr: 0x1000, pages: 0}]", "these are no pages");
	part_refused("pages: [{addr: 0x10000000000000}]", "these are no pages");
	part_refused("pages: [{addr: 0x1000, attr: 0x10000}]", "\"attr\" must be a number from 0");
	part_refused("gpa_error: 5", "gpa_error is an error");
	part_refused("gpa_error: EFOO", "not a result");
	part_refused("buffers: [{virtual: 1}]", "\"size\" is missing");
	part_refused("buffers: [{size: 0}]", "\"size\" must be a number from 1");
	part_refused("kvm_exits: 1", "\"kvm_exits\" must be true or false");
	part_refused("times: -1", "\"times\" must be a number from 0");
	part_refused("expect: {verdict: no}",
		     "unknown verdict \"no\"; use pass, done, exit or bad");
	part_refused("expect: {signals: [16]}", "\"signals\" must be a slot from 0 to 15");
	part_refused("expect: {ret: EFOO}", "\"EFOO\" is not a result");
	part_refused("expect: {sets: [1]}", "\"sets\" must be a list of {addr");
	part_refused("then: {}", "\"then\" must be a list of steps");
}

static void test_no_text(void **state)
{
	static const char text[] = "cases: []\0rubbish";
	char error[CASES_ERROR];
	struct cases cases;

	(void)state;
	unit_write(file, text, sizeof(text) - 1);
	assert_int_equal(cases_load(&cases, file, error), -EINVAL);
	assert_non_null(strstr(error, ": not a text file"));
}

static void test_many(void **state)
{
	char text[16384] = "cases:\n- name: n\n  then:\n";
	int i;

	(void)state;
	for (i = 0; i < 1001; i++)
		strcat(text, "  - {}\n");
	refused(text, 3, "\"then\" must have at most 1000");
}

static int set_up(void **state)
{
	(void)state;
	return close(mkstemp(file));
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_vm),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_mistakes_in_parts),
		cmocka_unit_test(test_no_text),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
