// SPDX-License-Identifier: GPL-2.0-only
/* Files of the format of version 0.1 become YAML that says the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text/profile_convert.h"

static void becomes(const char *text, const char *expect)
{
	char error[NODES_ERROR], *yaml;
	struct node *root;

	if (profile_convert(text, "f", &yaml, error))
		fail_msg("%s", error);
	assert_string_equal(yaml, expect);
	if (nodes_read(&root, yaml, strlen(yaml), error, "f"))
		fail_msg("%s", error);
	nodes_free(root);
	free(yaml);
}

static void fails(const char *text, const char *expect)
{
	char error[NODES_ERROR], *yaml;

	assert_int_equal(profile_convert(text, "f", &yaml, error), -EINVAL);
	assert_string_equal(error, expect);
	assert_null(yaml);
}

static void test_values(void **state)
{
	(void)state;
	becomes("", "");
	becomes("a = 1;", "a: 1\n");
	becomes("a : 1", "a: 1\n");
	becomes("a = -1; b = 0xff; c = 0xffffffff; d = 4294967296L; e = 0x100000000L;",
		"a: -1\nb: 0xff\nc: 0xffffffff\nd: 4294967296\ne: 0x100000000\n");
	becomes("a = true; b = FALSE; c = 1.5;", "a: true\nb: false\nc: 1.5\n");
	/* Numbers were written as text where they did not fit, but not as names. */
	becomes("a = \"0x100000004\"; b = \"-1\"; name = \"17\"; hex = \"05\";",
		"a: 0x100000004\nb: -1\nname: \"17\"\nhex: \"05\"\n");
	becomes("include = [ \"5\", \"xen-4.3\" ];", "include: [\"5\", xen-4.3]\n");
	becomes("a = \"b c's\"; b = \"-ENOSYS\"; c = \"physical/x\";",
		"a: b c's\nb: -ENOSYS\nc: physical/x\n");
	/* What YAML would read otherwise. */
	becomes("a = \"a: b\"; b = \"a, b\"; c = \"\"; d = \"# x\"; e = \"yes\"; f = \"Null\";",
		"a: \"a: b\"\nb: \"a, b\"\nc: \"\"\nd: \"# x\"\ne: \"yes\"\nf: \"Null\"\n");
	becomes("a = \"x \"; b = \" x\"; c = \"- x\"; d = \"q\\\"\\\\q\"; e = \"\xc3\xa4\";",
		"a: \"x \"\nb: \" x\"\nc: \"- x\"\nd: \"q\\\"\\\\q\"\ne: \"\xc3\xa4\"\n");
}

static void test_layout(void **state)
{
	(void)state;
	becomes("a = { b = 1; c = { d = 2; }; }; e = ( ); f = { };",
		"a: {b: 1, c: {d: 2}}\ne: []\nf: {}\n");
	becomes("xen = { rules = ( { call = 1; op = 2; }, { call = 3; } ); default = \"exit\"; };",
		"xen:\n  rules: [{call: 1, op: 2}, {call: 3}]\n  default: exit\n");
	becomes("cases = ( { name = \"n a\"; expect = { ret = 0; signals = [ 1 ]; };\n"
		"then = ( { times = 2; }, { expect = { sets = ( { addr = 1; } ); }; } ); } );",
		"cases:\n  - name: n a\n    expect: {ret: 0, signals: [1]}\n    then:\n"
		"      - {times: 2}\n      - expect: {sets: [{addr: 1}]}\n");
	becomes("r = ( { a = \"a text so long that no two of its kind can be in one line\"; },"
		"{ a = \"a text so long that no two of its kind can be in one line\"; } );",
		"r:\n  - {a: a text so long that no two of its kind can be in one line}\n"
		"  - {a: a text so long that no two of its kind can be in one line}\n");
}

static void test_comments(void **state)
{
	(void)state;
	becomes("# x\n#\n# y\n\na = 1; // z\n\nb = 2;\n#end\n",
		"# x\n#\n# y\n\n# z\na: 1\n\nb: 2\n# end\n");
	becomes("/* x\n * y\n */ a = \"# /* no */\"; /* z */",
		"# x\n# y\n# z\na: \"# /* no */\"\n");
	becomes("a = {\n  b = 1; # x\n  # y\n  c = 2;\n};",
		"a:\n  # x\n  b: 1\n  # y\n  c: 2\n");
	becomes("a = (\n  # x\n  { b = 1; },\n\n  { b = 2; } # y\n);",
		"a:\n  # x\n  - {b: 1}\n\n  # y\n  - {b: 2}\n");
	becomes("a = \"x\\\"# no\" ; # \x1b[1m\n", "# ?[1m\na: \"x\\\"# no\"\n");
}

static void test_mistakes(void **state)
{
	(void)state;
	fails("a = 1;\nb = ;", "f:2: syntax error");
	fails("a = 1;\na = 2;", "f:2: duplicate setting name");
	fails("a = 1;\n  @include \"/etc/passwd\"", "f:2: @include cannot be converted");
	fails("a: b\n", "f: this is YAML already");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
