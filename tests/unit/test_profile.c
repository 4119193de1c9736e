// SPDX-License-Identifier: GPL-2.0-only
/* Profiles: words and numbers, files, includes, mistakes, differences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/file.h"
#include "text/abi_names.h"
#include "text/profile_file.h"
#include "text/rules.h"
#include "unit_file.h"

#define ANY HCBPF_RULE_ANY
#define HEAD "version: 1\nname: p\n"	/* two lines */

static char dir[] = "/tmp/test_profile.XXXXXX";

static const struct profile_text built_in[] = {
	{ "inner", "version: 1\nname: inner\nunknown: exit\n"
		   "kvm: {rules: [{call: 7, action: deny}]}\n" },
	{ "outer", "version: 1\nname: outer\ninclude: [inner]\n" },
	{ NULL, NULL }
};

static const char *const dirs[] = { dir, NULL };
static const struct profile_env env = { .dirs = dirs, .built_in = built_in };

static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	unit_write(path_of(name), text, strlen(text));
}

static void drop(const char *name)
{
	assert_int_equal(unlink(path_of(name)), 0);
}

/* ---- words ---- */

static void call(uint32_t abi, const char *text, int err, uint32_t nr, uint32_t sub)
{
	uint32_t got_nr, got_sub;

	assert_int_equal(call_parse(abi, text, &got_nr, &got_sub), err);
	if (err)
		return;
	assert_int_equal(got_nr, nr);
	assert_int_equal(got_sub, sub);
}

static void test_calls(void **state)
{
	(void)state;
	call(HCBPF_ABI_XEN, "event_channel_op", 0, 32, ANY);
	call(HCBPF_ABI_XEN, "event_channel_op:send", 0, 32, 4);
	call(HCBPF_ABI_XEN, "event_channel_op:init_control", 0, 32, 11);
	call(HCBPF_ABI_XEN, "event_channel_op:expand_array", 0, 32, 12);
	call(HCBPF_ABI_XEN, "event_channel_op:set_priority", 0, 32, 13);
	call(HCBPF_ABI_XEN, "32:0x0b", 0, 32, 11);
	call(HCBPF_ABI_XEN, "vcpu_op:set_singleshot_timer", 0, 24, 8);
	call(HCBPF_ABI_XEN, "default", 0, ANY, ANY);
	call(HCBPF_ABI_XEN, "doorbell", 0, 0x48430000, ANY);
	call(HCBPF_ABI_KVM, "send_ipi", 0, 10, ANY);
	call(HCBPF_ABI_KVM, "4294967294:4294967294", 0, ANY - 1, ANY - 1);
	call(HCBPF_ABI_HYPERV, "signal_event", 0, 0x5d, ANY);
	call(HCBPF_ABI_KVM, "map_gpa_range", 0, 12, ANY);
	call(HCBPF_ABI_SMCCC, "mem_share", 0, 0xc6000003, ANY);
	call(HCBPF_ABI_SMCCC, "mem_unshare", 0, 0xc6000004, ANY);
	call(HCBPF_ABI_SMCCC, "psci_cpu_on", 0, 0xc4000003, ANY);
	call(HCBPF_ABI_SMCCC, "psci_cpu_on32", 0, 0x84000003, ANY);
	call(HCBPF_ABI_XEN, "physical/event_channel_op:send", 0, 0x800020, 4);
	call(HCBPF_ABI_XEN, "list/event_channel_op:send", 0, 0x200020, 4);
	call(HCBPF_ABI_XEN, "physical/list/32", 0, 0xa00020, ANY);
	call(HCBPF_ABI_XEN, "list/physical/32", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "list/", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "physical/list/0xff5fffff", -EINVAL, 0, 0);
	call(HCBPF_ABI_KVM, "event_channel_op", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "event_channel_op:fifo", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "sched_op:send", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, ":4", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "32:", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "32:4:5", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "default:4", -EINVAL, 0, 0);
	/* The number that stands for any is nobody's. */
	call(HCBPF_ABI_XEN, "4294967295", -EINVAL, 0, 0);
	call(HCBPF_ABI_XEN, "32:0xffffffff", -EINVAL, 0, 0);
}

/* Every name means its number, and every number its name. */
static void test_call_names(void **state)
{
	char text[NAMES_TEXT];
	uint32_t abi, nr, sub;

	(void)state;
	for (abi = HCBPF_ABI_KVM; abi < HCBPF_NR_ABIS; abi++)
		for (nr = 0; nr < 200; nr++)
			for (sub = 0; sub < 20; sub++) {
				call_text(text, abi, nr, sub);
				call(abi, text, 0, nr, sub);
				call_text(text, abi, nr, ANY);
				call(abi, text, 0, nr, ANY);
			}
	call_text(text, HCBPF_ABI_XEN, 32, 4);
	assert_string_equal(text, "event_channel_op:send");
	call_text(text, HCBPF_ABI_XEN, 0x800020, 4);
	assert_string_equal(text, "physical/event_channel_op:send");
	call_text(text, HCBPF_ABI_XEN, 0x200020, 4);
	assert_string_equal(text, "list/event_channel_op:send");
	call_text(text, HCBPF_ABI_XEN, 0xa00020, ANY);
	assert_string_equal(text, "physical/list/event_channel_op");
	call_text(text, HCBPF_ABI_XEN, 0xa00000 + 4000, ANY);
	assert_string_equal(text, "0xa00fa0");
	call_text(text, HCBPF_ABI_SMCCC, 0xc4000020, ANY);
	assert_string_equal(text, "sdei_version");
	call_text(text, HCBPF_ABI_SMCCC, 0xc4000040, ANY);
	assert_string_equal(text, "0xc4000040");
	call_text(text, HCBPF_ABI_KVM, ANY, ANY);
	assert_string_equal(text, "default");
}

static void ret(uint32_t abi, const char *text, int err, int32_t number)
{
	int32_t got = 0;

	assert_int_equal(ret_parse(abi, text, &got), err);
	assert_int_equal(got, number);
}

static void test_results(void **state)
{
	char text[NAMES_TEXT];

	(void)state;
	/* "No such call", as each ABI has it. */
	ret(HCBPF_ABI_KVM, "ENOSYS", 0, -1000);
	ret(HCBPF_ABI_XEN, "-ENOSYS", 0, -38);
	ret(HCBPF_ABI_HYPERV, "ENOSYS", 0, 2);
	ret(HCBPF_ABI_SMCCC, "-ENOSYS", 0, -1);
	ret(HCBPF_ABI_HYPERV, "HV_STATUS_ACCESS_DENIED", 0, 6);
	ret(HCBPF_ABI_XEN, "0", 0, 0);
	ret(HCBPF_ABI_XEN, "-38", 0, -38);
	ret(HCBPF_ABI_XEN, "2147483647", 0, INT32_MAX);
	ret(HCBPF_ABI_XEN, "-2147483648", 0, INT32_MIN);
	ret(HCBPF_ABI_XEN, "2147483648", -EINVAL, 0);
	ret(HCBPF_ABI_XEN, "-2147483649", -EINVAL, 0);
	ret(HCBPF_ABI_XEN, "--1", -EINVAL, 0);
	ret(HCBPF_ABI_XEN, "", -EINVAL, 0);
	ret(HCBPF_ABI_XEN, "-", -EINVAL, 0);
	ret(HCBPF_ABI_XEN, "ENONSENSE", -EINVAL, 0);
	ret_text(text, HCBPF_ABI_KVM, -1000);
	assert_string_equal(text, "-ENOSYS");
	/* Not KVM's spelling: a number. */
	ret_text(text, HCBPF_ABI_KVM, -38);
	assert_string_equal(text, "-38");
}

static void test_rules(void **state)
{
	struct hcbpf_rule rule = { .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4,
				   .action = HCBPF_RULE_SEND };
	char text[NAMES_TEXT];

	(void)state;
	assert_non_null(rule_problem(&rule));
	rule_complete(&rule, HCBPF_RULE_DENY, false);
	assert_null(rule_mistake(&rule));
	rule_text(text, &rule);
	assert_string_equal(text, "send, otherwise deny -ENOENT");
	rule.abi = HCBPF_ABI_KVM;
	assert_null(rule_problem(&rule));
	assert_non_null(rule_mistake(&rule));
	/* Not a port's -ENOENT: the guest learns that there is no such call. */
	rule = (struct hcbpf_rule){ .abi = HCBPF_ABI_KVM, .nr = 12, .sub = ANY,
				    .action = HCBPF_RULE_TRACK_EXIT };
	assert_non_null(rule_problem(&rule));
	rule_complete(&rule, HCBPF_RULE_DENY, false);
	assert_null(rule_mistake(&rule));
	rule_text(text, &rule);
	assert_string_equal(text, "track-exit, otherwise deny -ENOSYS");
	rule.nr = 11;
	assert_null(rule_problem(&rule));
	assert_non_null(rule_mistake(&rule));
	rule = (struct hcbpf_rule){ .abi = HCBPF_ABI_XEN, .nr = 1, .sub = ANY,
				    .action = HCBPF_RULE_PASS, .ret = -1 };
	assert_non_null(rule_problem(&rule));
	rule.ret = 0;
	assert_null(rule_mistake(&rule));
	rule.otherwise = HCBPF_RULE_PASS;
	assert_non_null(rule_problem(&rule));
	rule.otherwise = 0;
	rule.nr = ANY;
	rule.sub = 1;
	assert_non_null(rule_problem(&rule));
	rule.abi = HCBPF_ABI_AUTO;
	assert_non_null(rule_problem(&rule));
}

/* What the guest's own programs get. */
static void test_rules_for_user_programs(void **state)
{
	struct hcbpf_rule rule = { .abi = HCBPF_ABI_XEN, .nr = 32, .sub = 4,
				   .action = HCBPF_RULE_SEND, .user = HCBPF_RULE_DENY };
	char text[NAMES_TEXT];

	(void)state;
	rule_complete(&rule, HCBPF_RULE_PASS, false);
	assert_null(rule_mistake(&rule));
	rule_text(text, &rule);
	assert_string_equal(text, "send, otherwise pass, user deny -ENOSYS");
	rule = (struct hcbpf_rule){ .abi = HCBPF_ABI_XEN, .nr = 1, .sub = ANY,
				    .action = HCBPF_RULE_DENY, .user = HCBPF_RULE_PASS };
	rule_complete(&rule, HCBPF_RULE_PASS, false);
	rule_text(text, &rule);
	assert_string_equal(text, "deny, user pass -ENOSYS");
	rule.user = HCBPF_RULE_EXIT;
	assert_string_equal(rule_problem(&rule),
			    "calls of the guest's user programs can only pass or be denied");
	rule.user = 255;
	assert_non_null(rule_problem(&rule));
}

/* ---- files ---- */

static const struct hcbpf_rule *find(const struct profile *profile, uint32_t abi, uint32_t nr,
				     uint32_t sub)
{
	const struct hcbpf_rule key = { .abi = abi, .nr = nr, .sub = sub };

	return bsearch(&key, profile->rules, profile->nr, sizeof(key), rule_order);
}

static void rule_is(const struct profile *profile, uint32_t abi, uint32_t nr, uint32_t sub,
		    const char *expect)
{
	const struct hcbpf_rule *rule = find(profile, abi, nr, sub);
	char text[NAMES_TEXT];

	assert_non_null(rule);
	assert_null(rule_problem(rule));
	rule_text(text, rule);
	assert_string_equal(text, expect);
}

static struct profile loaded(const char *text)
{
	char error[PROFILE_ERROR];
	struct profile profile;
	int err;

	put("p", text);
	err = profile_load(&profile, path_of("p"), &env, error);
	if (err)
		print_error("%s\n", error);
	assert_int_equal(err, 0);
	drop("p");
	return profile;
}

/* The error is in @line (0: the file as a whole) and says @reason. */
static void refused(const char *text, int line, const char *reason)
{
	char error[PROFILE_ERROR], place[300];
	struct profile profile;

	put("p", text);
	if (!profile_load(&profile, path_of("p"), &env, error))
		fail_msg("\"%s\" is accepted", text);
	snprintf(place, sizeof(place), line ? "%s:%d: " : "%s: ", path_of("p"), line);
	if (strncmp(error, place, strlen(place)) || !strstr(error, reason))
		fail_msg("got \"%s\", not line %d and \"%s\"", error, line, reason);
	assert_null(profile.rules);
	drop("p");
}

static void test_plain(void **state)
{
	struct profile p = loaded(HEAD "description: d\n"
		"xen:\n"
		"  default: exit\n"
		"  rules:\n"
		"  - {call: event_channel_op, op: send, action: send}\n"
		"  - {call: 32, op: 0xb, action: deny, ret: -38}\n"
		"  - {call: 33, action: \"pass\", user: deny, ret: -EPERM}\n"
		"  - call: 0xfffffffe\n"
		"    action: deny\n"
		"    ret: EPERM\n"
		"hyperv: {default: {action: deny, ret: ACCESS_DENIED}}\n");

	(void)state;
	assert_string_equal(p.name, "p");
	assert_string_equal(p.description, "d");
	assert_string_equal(p.where, path_of("p"));
	assert_int_equal(p.unknown, HCBPF_RULE_PASS);
	assert_int_equal(p.nr, 8);
	rule_is(&p, HCBPF_ABI_XEN, 33, ANY, "pass, user deny -EPERM");
	rule_is(&p, HCBPF_ABI_XEN, 32, 4, "send, otherwise pass");
	rule_is(&p, HCBPF_ABI_XEN, 32, 11, "deny -ENOSYS");
	rule_is(&p, HCBPF_ABI_XEN, 0xfffffffe, ANY, "deny -EPERM");
	rule_is(&p, HCBPF_ABI_XEN, ANY, ANY, "exit");
	rule_is(&p, HCBPF_ABI_KVM, ANY, ANY, "pass");
	rule_is(&p, HCBPF_ABI_HYPERV, ANY, ANY, "deny ACCESS_DENIED");
	profile_free(&p);
}

static void test_empty(void **state)
{
	struct profile p = loaded(HEAD);

	(void)state;
	assert_int_equal(p.nr, 4);
	assert_string_equal(p.description, "");
	profile_free(&p);
	p = loaded("{name: \"p\", 'version': 1, xen: {}, kvm: {rules: []}, include: []}");
	assert_int_equal(p.nr, 4);
	profile_free(&p);
	p = loaded("# a comment\n---\n" HEAD "description: >-\n  one\n  line\n...\n# the end\n");
	assert_string_equal(p.description, "one line");
	profile_free(&p);
	p = loaded("\xef\xbb\xbf" "version: 1\r\nname: p\r\ndescription: \"\xc3\xa4\"");
	assert_string_equal(p.description, "\xc3\xa4");
	profile_free(&p);
}

/* One setting for all that nobody named. */
static void test_unknown(void **state)
{
	static const char rest[] =
		"xen:\n  rules:\n  - {call: 32, op: 4, action: send}\n"
		"  - {call: 32, op: 5, action: send, otherwise: pass}\n"
		"kvm: {rules: [{call: doorbell, action: doorbell}]}\n";
	char text[512];
	struct profile p;

	(void)state;
	snprintf(text, sizeof(text), HEAD "unknown: deny\n%s", rest);
	p = loaded(text);
	rule_is(&p, HCBPF_ABI_XEN, 32, 4, "send, otherwise deny -ENOENT");
	rule_is(&p, HCBPF_ABI_XEN, 32, 5, "send, otherwise pass");
	rule_is(&p, HCBPF_ABI_KVM, 0x48430000, ANY, "doorbell, otherwise deny -ENOENT");
	rule_is(&p, HCBPF_ABI_XEN, ANY, ANY, "deny -ENOSYS");
	assert_int_equal(find(&p, HCBPF_ABI_KVM, ANY, ANY)->ret, -1000);
	assert_int_equal(find(&p, HCBPF_ABI_XEN, ANY, ANY)->ret, -38);
	assert_int_equal(find(&p, HCBPF_ABI_HYPERV, ANY, ANY)->ret, 2);
	assert_int_equal(find(&p, HCBPF_ABI_SMCCC, ANY, ANY)->ret, -1);
	profile_free(&p);
	snprintf(text, sizeof(text), HEAD "unknown: exit\n%s", rest);
	p = loaded(text);
	rule_is(&p, HCBPF_ABI_XEN, 32, 4, "send, otherwise exit");
	rule_is(&p, HCBPF_ABI_KVM, ANY, ANY, "exit");
	profile_free(&p);
}

static void test_include(void **state)
{
	struct profile p;

	(void)state;
	put("base.yaml", "version: 1\nname: base\nunknown: exit\n"
			 "xen:\n  default: deny\n  rules:\n"
			 "  - {call: 32, op: 4, action: send}\n"
			 "  - {call: 32, op: 11, action: deny}\n"
			 "  - {call: 32, action: deny}\n");
	p = loaded(HEAD "include: [base]\n"
		   "xen: {rules: [{call: 32, op: 11, action: pass}]}");
	rule_is(&p, HCBPF_ABI_XEN, 32, 4, "send, otherwise exit");
	rule_is(&p, HCBPF_ABI_XEN, 32, 11, "pass");
	rule_is(&p, HCBPF_ABI_XEN, 32, ANY, "deny -ENOSYS");
	rule_is(&p, HCBPF_ABI_XEN, ANY, ANY, "deny -ENOSYS");
	rule_is(&p, HCBPF_ABI_KVM, ANY, ANY, "exit");
	profile_free(&p);
	/* The including file's `unknown` is also that of included ports. */
	p = loaded(HEAD "include: [base]\nunknown: deny\nxen: {default: pass}");
	rule_is(&p, HCBPF_ABI_XEN, 32, 4, "send, otherwise deny -ENOENT");
	rule_is(&p, HCBPF_ABI_XEN, ANY, ANY, "pass");
	rule_is(&p, HCBPF_ABI_KVM, ANY, ANY, "deny -ENOSYS");
	profile_free(&p);
	/* The last one included counts. */
	p = loaded(HEAD "include: [inner, base, outer]\n"
		   "kvm: {rules: [{call: 7, action: exit}]}");
	rule_is(&p, HCBPF_ABI_KVM, 7, ANY, "exit");
	rule_is(&p, HCBPF_ABI_XEN, 32, 11, "deny -ENOSYS");
	profile_free(&p);
	drop("base.yaml");
}

/* A file comes before a built-in profile, except for built-in ones. */
static void test_lookup(void **state)
{
	char error[PROFILE_ERROR];
	struct profile p;

	(void)state;
	assert_int_equal(profile_load(&p, "outer", &env, error), 0);
	assert_string_equal(p.where, "built in");
	rule_is(&p, HCBPF_ABI_KVM, 7, ANY, "deny -ENOSYS");
	profile_free(&p);
	put("inner.yaml", "version: 1\nname: inner");
	assert_int_equal(profile_load(&p, "inner", &env, error), 0);
	assert_string_equal(p.where, path_of("inner.yaml"));
	profile_free(&p);
	assert_int_equal(profile_load(&p, "outer", &env, error), 0);
	rule_is(&p, HCBPF_ABI_KVM, 7, ANY, "deny -ENOSYS");
	profile_free(&p);
	drop("inner.yaml");
	assert_int_equal(profile_load(&p, "none", &env, error), -ENOENT);
	assert_int_equal(profile_load(&p, "a b", &env, error), -EINVAL);
	assert_int_equal(profile_load(&p, "./none", &env, error), -ENOENT);
	assert_int_equal(profile_load(&p, dir, &env, error), -EISDIR);
	put("other.yaml", HEAD);
	assert_int_equal(profile_load(&p, "other", &env, error), -EINVAL);
	assert_non_null(strstr(error, "looked up as \"other\""));
	drop("other.yaml");
}

/* A file that is called as profiles were is not passed over for another of that name. */
static void test_misnamed(void **state)
{
	char error[PROFILE_ERROR];
	struct profile p;

	(void)state;
	put("inner", "version: 1\nname: inner");
	assert_int_equal(profile_load(&p, "inner", &env, error), -EINVAL);
	assert_non_null(strstr(error, "/inner: a profile's file is called NAME.yaml; rename it"));
	put("inner", "# a comment\n\nversion = 1;\nname = \"inner\";");
	assert_int_equal(profile_load(&p, "inner", &env, error), -EINVAL);
	assert_non_null(strstr(error, "/inner:3: this is the format of version 0.1; "
				      "`hcbpf profile convert` makes YAML of it"));
	put("inner.yaml", "version: 1\nname: inner");
	assert_int_equal(profile_load(&p, "inner", &env, error), 0);
	profile_free(&p);
	drop("inner");
	drop("inner.yaml");
}

static void test_loops(void **state)
{
	char text[128], name[16], error[PROFILE_ERROR];
	struct profile p;
	int i;

	(void)state;
	put("p.yaml", HEAD "include: [p]");
	assert_int_not_equal(profile_load(&p, "p", &env, error), 0);
	assert_non_null(strstr(error, "p.yaml:3: \"p\" includes itself: a loop"));
	put("q.yaml", "version: 1\nname: q\ninclude:\n- p");
	put("p.yaml", HEAD "include: [q]");
	assert_int_not_equal(profile_load(&p, "p", &env, error), 0);
	assert_non_null(strstr(error, "q.yaml:4: "));
	assert_non_null(strstr(error, "loop"));
	drop("p.yaml");
	drop("q.yaml");
	refused(HEAD "\ninclude: [none]", 4, "no profile \"none\"");
	refused(HEAD "include: [../p]", 3, "cannot be a profile's name");
	refused(HEAD "include: inner", 3, "must be a list of names, [NAME, ...]");
	refused(HEAD "include: [1]", 3, "list of names");
	refused(HEAD "include:\n- inner\n- 1", 5, "list of names");
	/* Each of these includes the next one twice. */
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "i%d.yaml", i);
		snprintf(text, sizeof(text), "version: 1\nname: i%d\ninclude: [i%d, i%d]", i,
			 i + 1, i + 1);
		put(name, text);
	}
	put("i20.yaml", "version: 1\nname: i20");
	assert_int_not_equal(profile_load(&p, "i0", &env, error), 0);
	assert_non_null(strstr(error, "more than 64 files"));
	for (i = 0; i <= 20; i++) {
		snprintf(name, sizeof(name), "i%d.yaml", i);
		drop(name);
	}
}

static void test_mistakes(void **state)
{
	(void)state;
	refused("", 1, "\"version: 1\" is missing");
	refused("name: p", 1, "\"version: 1\" is missing");
	refused("version: 1", 1, "\"name\" is missing");
	refused("# x\nversion: 2\nfuture: 1", 2, "version 2 is newer");
	refused("version: 18446744073709551616", 1, "must be the number");
	refused("version: 0\nname: p", 1, "must be the number 1");
	refused("version: -1\nname: p", 1, "must be the number 1");
	refused("version: \"1\"\nname: p", 1, "must be the number 1; a number in quotes is text");
	refused("version: 1\nname: 1", 2, "must be text; in quotes it would be text");
	refused("version: 1\nname:", 2, "must be text, and nothing is there");
	refused("version: 1\nname: \"\"", 2, "cannot be a name: it is empty");
	refused("version: 1\nname: a b", 2, "cannot be a name");
	refused(HEAD "x86: 1", 3, "unknown setting \"x86\"");
	refused(HEAD "description: 1", 3, "must be text");
	refused(HEAD "description: 1.5", 3, "must be text");
	refused(HEAD "description: 017", 3, "must be text");
	refused(HEAD "description: true", 3, "must be text");
	refused(HEAD "description: ~", 3, "must be text");
	refused(HEAD "description: [a]", 3, "must be text");
	refused(HEAD "unknown: send", 3, "\"unknown\" must be pass, deny or exit");
	refused(HEAD "unknown: track", 3, "must be pass, deny or exit");
	refused(HEAD "unknown: buffer", 3, "must be pass, deny or exit");
	refused(HEAD "unknown: sdei", 3, "must be pass, deny or exit");
	refused(HEAD "unknown: allow", 3, "unknown action \"allow\"; use pass, deny or exit");
	refused(HEAD "unknown: true", 3, "must be an action");
	refused(HEAD "\nname: p", 4, "duplicate: \"name\" is in line 2 already");
	refused(HEAD "xen: {\n", 4, "syntax error: ");
	refused(HEAD "xen: 1", 3, "must be a mapping");
	refused(HEAD "xen: [1]", 3, "must be a mapping");
	refused(HEAD "xen:\n\n- 1", 3, "must be a mapping");
	refused(HEAD "xen:\n", 3, "must be a mapping with rules and default, and nothing is there");
	refused(HEAD "xen: {rules: {}}", 3, "\"rules\" must be a list");
	refused(HEAD "xen:\n  rules:", 4, "\"rules\" must be a list");
	refused(HEAD "xen: {rule: []}", 3, "unknown setting \"rule\"");
	refused(HEAD "xen: {rules: [1]}", 3, "must be a list of rules, each {call");
	refused(HEAD "xen: {default: no}", 3, "use pass, deny or exit");
	refused(HEAD "xen: {default: send}", 3, "\"default\" must be pass, deny or exit");
	refused(HEAD "xen: {default: {action: send}}", 3, "default cannot name a port");
	refused(HEAD "xen: {default: 1}", 3, "must be an action");
	refused(HEAD "xen: {default: {action: deny, call: 1}}", 3, "\"call\"");
	refused(HEAD "xen: {default: {ret: 1}}", 3, "\"action\" is missing");
	refused("[" HEAD "]", 2, "syntax error");
	refused("- 1", 1, "the file must be a mapping with version and name");
	refused("just text", 1, "the file must be a mapping");
}

/* Mistakes in a rule, which stands in line 5. */
static void rule_refused(const char *rule, const char *reason)
{
	char text[512];

	snprintf(text, sizeof(text), HEAD "xen:\n  rules:\n  - {%s}\n", rule);
	refused(text, 5, reason);
}

static void test_rule_mistakes(void **state)
{
	(void)state;
	rule_refused("action: pass", "\"call\" is missing");
	rule_refused("call: 1", "\"action\" is missing");
	rule_refused("call: hypercall, action: pass", "unknown call \"hypercall\"");
	rule_refused("call: default, action: pass", "unknown call");
	rule_refused("call: -1, action: pass", "unknown call \"-1\"");
	rule_refused("call: \"1\", action: pass", "a number in quotes is text");
	rule_refused("call: 1.5, action: pass", "must be a call's name or number");
	rule_refused("call: 010, action: pass", "must be a call's name or number");
	rule_refused("call: 4294967296, action: pass", "unknown call \"4294967296\"");
	rule_refused("call: 32, op: fifo, action: pass", "unknown sub-operation");
	rule_refused("call: 32, op: [1], action: pass", "a sub-operation's name or number");
	rule_refused("call: 32, action: allow", "unknown action \"allow\"; use pass, deny, "
		     "exit, send, doorbell, track, track-exit, buffer, sdei or discover");
	rule_refused("call: 32, action: pass, otherwise: deny",
		     "for send, doorbell, track and track-exit");
	rule_refused("call: 32, action: send, otherwise: send", "otherwise");
	rule_refused("call: 32, action: pass, user: exit", "\"user\" must be pass or deny");
	rule_refused("call: 32, action: pass, user: root", "unknown action");
	rule_refused("call: 32, action: pass, user: pass, ret: 1", "for what is denied");
	rule_refused("call: 32, action: pass, ret: 0", "for what is denied");
	rule_refused("call: 32, action: send, ret: -2", "for what is denied");
	rule_refused("call: 32, action: deny, ret: E", "not a result");
	rule_refused("call: 32, action: deny, ret: 9999999999", "not a result");
	rule_refused("call: 32, action: deny, sub: 1", "unknown setting \"sub\"");
	refused(HEAD "xen:\n  rules:\n  - {call: 32, op: 4, action: pass}\n"
		"  - {call: 1, action: pass}\n"
		"  - {call: event_channel_op, op: send, action: send}", 7,
		"duplicate: xen event_channel_op:send has a rule in line 5");
	refused(HEAD "kvm: {rules: [{call: 1, action: send}]}", 3, "only Xen");
	refused(HEAD "hyperv: {rules: [{call: 1, action: doorbell}]}", 3, "control word");
	rule_refused("call: 12, action: track", "does not tell of pages");
	refused(HEAD "kvm: {rules: [{call: 11, action: track-exit}]}", 3,
		"does not tell of pages");
	refused(HEAD "smccc: {default: {action: track}}", 3, "does not tell of pages");
	refused(HEAD "kvm: {rules: [{call: 12, action: track, otherwise: send}]}", 3, "otherwise");
}

/* ---- what of YAML is not for these files ---- */

static void test_yaml(void **state)
{
	(void)state;
	refused(HEAD "description: &a d", 3, "anchors (&) and aliases (*) are not for");
	refused(HEAD "description: *a", 3, "anchors (&) and aliases (*) are not for");
	refused(HEAD "xen: &a {}\nkvm: *a", 3, "anchors");
	refused(HEAD "kvm:\n  rules: &a\n  - *a", 4, "anchors");
	refused(HEAD "description: !!str 1", 3, "tags (!) are not for");
	refused(HEAD "description: ! 1", 3, "tags (!) are not for");
	refused(HEAD "xen: !x {}", 3, "tags (!) are not for");
	refused(HEAD "xen: !x []", 3, "tags (!) are not for");
	refused(HEAD "<<: {unknown: deny}", 3, "unknown setting \"<<\"");
	refused("%YAML 1.1\n---\n" HEAD, 1, "directives");
	refused("# x\n%TAG ! x\n---\n" HEAD, 2, "directives");
	refused(HEAD "---\n" HEAD, 3, "a second document");
	refused(HEAD "...\nversion: 2", 4, "syntax error: ");
	refused(HEAD "[a]: b", 3, "a key must be a word");
	refused(HEAD "{a: b}: b", 3, "a key must be a word");
	refused(HEAD "? [a]\n: b", 3, "a key must be a word");
	refused(HEAD "description: |\n  two\n  lines", 3, "no line breaks");
	refused(HEAD "description: \"a\\0b\"", 3, "control characters");
	refused(HEAD "description: \"a\\x1b[1m\"", 3, "control characters");
	refused(HEAD "description: \"a\\x9bm\"", 3, "control characters");
	refused(HEAD "\"\\e\": 1", 3, "control characters");
	refused(HEAD "description: \x1b[1m", 3, "not UTF-8 text: control characters");
	refused(HEAD "description: \xff", 3, "not UTF-8 text: ");
	refused(HEAD "description: \xc0\x80", 3, "not UTF-8 text: ");
	refused("\xff\xfe" HEAD, 1, "not UTF-8 text: ");
	refused("version: 1\n\tname: p", 2, "syntax error: ");
	refused(HEAD "xen: [1, {2, 3: [\n", 4, "syntax error: ");
}

/* Time that grows with the square of a file's size would be minutes for these. */
static void repeat_refused(const char *head, const char *again, int line, const char *reason)
{
	size_t size = NODES_MAX_FILE, len = strlen(again), used;
	char *text = calloc(1, size + 1);
	clock_t start = clock();

	used = sprintf(text, "%s", head);
	for (; used + len < size; used += len)
		memcpy(text + used, again, len);
	refused(text, line, reason);
	free(text);
	assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
}

static void test_hostile(void **state)
{
	(void)state;
	repeat_refused(HEAD "xen: ", "[", 3, "more than 16 lists and mappings in one another");
	repeat_refused(HEAD "xen: ", "{", 3, "a key must be a word");
	repeat_refused(HEAD "xen: ", "{a: ", 3, "more than 16 lists");
	repeat_refused(HEAD "xen:\n", "- ", 4, "more than 16 lists");
	repeat_refused(HEAD "xen:\n", "? ", 4, "a key must be a word");
	repeat_refused(HEAD "xen: [", "a,", 3, "more than 262144 values");
	repeat_refused(HEAD, "a: b\n", 3, "unknown setting \"a\"");
	repeat_refused(HEAD, "name: p\n", 3, "duplicate");
	repeat_refused("", "%TAG !a! x\n", 1, "directives");
	repeat_refused("", "&a x: 1\n", 1, "anchors");
	repeat_refused("a: ", "x", 1, "\"version: 1\" is missing");
	repeat_refused("\"", "\\x41", 1, "syntax error: ");
}

static void test_files(void **state)
{
	char error[PROFILE_ERROR], *text;
	struct profile p;
	size_t size;

	(void)state;
	unit_write(path_of("p"), HEAD "\0unknown", sizeof(HEAD) + 7);
	assert_int_equal(profile_load(&p, path_of("p"), &env, error), -EINVAL);
	assert_non_null(strstr(error, "not a text file"));
	drop("p");
	text = calloc(1, NODES_MAX_FILE + 1);
	memset(text, '\n', NODES_MAX_FILE + 1);
	unit_write(path_of("p"), text, NODES_MAX_FILE + 1);
	free(text);
	assert_int_equal(profile_load(&p, path_of("p"), &env, error), -EFBIG);
	drop("p");
	assert_int_equal(file_read("/dev/null", 10, &text, &size), -EINVAL);
	assert_null(text);
}

/* As many rules as fit, out of order. */
static void test_many(void **state)
{
	size_t size = NODES_MAX_FILE, i, used;
	char *text = malloc(size);
	struct profile p;

	(void)state;
	used = snprintf(text, size, HEAD "kvm:\n  rules:\n");
	for (i = 0; i < 30000; i++)
		used += snprintf(text + used, size - used, "  - {call: %zu, action: exit}\n",
				 i * 7919 % 30000);
	p = loaded(text);
	assert_int_equal(p.nr, 30004);
	for (i = 0; i < 30000; i++)
		assert_int_equal(p.rules[i].nr, i);
	profile_free(&p);
	free(text);
}

/* ---- the shipped ones ---- */

static void test_shipped(void **state)
{
	static const char *const names[] = {
		"xen-4.3", "xen-4.4", "kvm-default", "deny-all", "kvm-track"
	};
	static const char *const shipped[] = { "profiles", NULL };
	const struct profile_env here = { .dirs = shipped, .built_in = built_in };
	char error[PROFILE_ERROR];
	struct profile p[5];
	uint32_t op;
	size_t i;

	(void)state;
	if (access("profiles", F_OK))
		skip();
	for (i = 0; i < 5; i++)
		if (profile_load(&p[i], names[i], &here, error))
			fail_msg("%s", error);
	for (op = 11; op <= 13; op++) {
		rule_is(&p[0], HCBPF_ABI_XEN, 32, op, "deny -ENOSYS");
		rule_is(&p[1], HCBPF_ABI_XEN, 32, op, "pass");
	}
	assert_int_equal(find(&p[0], HCBPF_ABI_XEN, 32, 11)->ret, -38);
	rule_is(&p[0], HCBPF_ABI_XEN, 32, 4, "send, otherwise pass");
	rule_is(&p[0], HCBPF_ABI_XEN, 32, ANY, "deny -ENOSYS");
	assert_int_equal(rules_differ(p[0].rules, p[0].nr, p[1].rules, p[1].nr, NULL, NULL), 3);
	rule_is(&p[2], HCBPF_ABI_KVM, 0x48430000, ANY, "doorbell, otherwise pass");
	assert_int_equal(p[3].nr, 4);
	rule_is(&p[3], HCBPF_ABI_KVM, ANY, ANY, "deny -ENOSYS");
	rule_is(&p[4], HCBPF_ABI_KVM, 12, ANY, "track, otherwise deny -ENOSYS");
	rule_is(&p[4], HCBPF_ABI_SMCCC, 0xc6000003, ANY, "track, otherwise deny NOT_SUPPORTED");
	rule_is(&p[4], HCBPF_ABI_SMCCC, 0xc6000004, ANY, "track, otherwise deny NOT_SUPPORTED");
	rule_is(&p[4], HCBPF_ABI_KVM, 0x48430000, ANY, "doorbell, otherwise pass");
	for (i = 0; i < 5; i++)
		profile_free(&p[i]);
}

/* ---- differences ---- */

static void note(void *context, const struct hcbpf_rule *a, const struct hcbpf_rule *b)
{
	char *text = context;

	sprintf(text + strlen(text), "%u%c ", a ? a->nr : b->nr, a && b ? '!' : a ? '-' : '+');
}

static void test_differences(void **state)
{
	const struct hcbpf_rule a[] = {
		{ .abi = 1, .nr = 1, .action = 1 }, { .abi = 1, .nr = 2, .action = 1 },
		{ .abi = 1, .nr = 4, .action = 2, .ret = -1 }, { .abi = 2, .nr = 0, .action = 1 },
	};
	const struct hcbpf_rule b[] = {
		{ .abi = 1, .nr = 1, .action = 1 }, { .abi = 1, .nr = 3, .action = 1 },
		{ .abi = 1, .nr = 4, .action = 2, .ret = -2 }, { .abi = 2, .nr = 9, .action = 1 },
	};
	char text[64] = "";

	(void)state;
	assert_int_equal(rules_differ(a, 4, b, 4, note, text), 5);
	assert_string_equal(text, "2- 3+ 4! 0- 9+ ");
	assert_int_equal(rules_differ(a, 4, a, 4, note, text), 0);
	assert_int_equal(rules_differ(a, 4, NULL, 0, NULL, NULL), 4);
	assert_int_equal(rules_differ(NULL, 0, NULL, 0, NULL, NULL), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_call_names),
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rules_for_user_programs),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_misnamed),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_rule_mistakes),
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
