// SPDX-License-Identifier: GPL-2.0-only
/* The command's pure parts: numbers, names, prefixes, text, verifier logs. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#undef fail
#include "../../user/hcbpf/cli/args.c"
#include "../../user/hcbpf/cli/match.c"
#include "../../user/hcbpf/cli/vm_word.c"
#include "../../user/hcbpf/bpf/verifier.c"

int fail_usage(const char *fmt, ...)
{
	(void)fmt;
	return EXIT_USAGE;
}

bool fail_name(const char *name, const char *what)
{
	(void)what;
	return name_problem(name);
}

static void number(const char *text, int err, uint32_t expect)
{
	uint32_t value = 0;

	assert_int_equal(parse_u32(text, &value), err);
	assert_int_equal(value, expect);
}

static void test_numbers(void **state)
{
	(void)state;
	number("0", 0, 0);
	number("42", 0, 42);
	number("010", 0, 10);
	number("0x10", 0, 16);
	number("0XfF", 0, 255);
	number("4294967295", 0, UINT32_MAX);
	number("0xffffffff", 0, UINT32_MAX);
	number("4294967296", -ERANGE, 0);
	number("99999999999999999999999", -ERANGE, 0);
}

static void test_not_numbers(void **state)
{
	const char *const bad[] = {
		"", " 1", "1 ", "1x", "x1", "-1", "+1", "0x", "0x 1", "0x-1", "0x0x1", "1.0", "ff",
		"0xg", "1\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		number(bad[i], -EINVAL, 0);
}

static void test_pid_fd(void **state)
{
	const char *const bad[] = { "", "1", ":", "1:", ":1", "1:2:3", "a:1", "1:b", "1 :2" };
	uint32_t pid, fd;
	size_t i;

	(void)state;
	assert_int_equal(parse_pid_fd("123:4", &pid, &fd), 0);
	assert_int_equal(pid, 123);
	assert_int_equal(fd, 4);
	assert_int_equal(parse_pid_fd("4294967296:4", &pid, &fd), -ERANGE);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(parse_pid_fd(bad[i], &pid, &fd), -EINVAL);
}

static void test_names(void **state)
{
	(void)state;
	assert_null(name_problem("standard"));
	assert_null(name_problem("a-B_9.x"));
	assert_null(name_problem("1234567890123456789012345678901"));
	assert_non_null(name_problem("12345678901234567890123456789012"));
	assert_non_null(name_problem(""));
	assert_non_null(name_problem("a b"));
	assert_non_null(name_problem("a/b"));
	assert_non_null(name_problem("../x"));
	assert_non_null(name_problem("a:b"));
	assert_non_null(name_problem("\xc3\xa4"));
}

static const struct command table[] = {
	{ .name = "load" }, { .name = "policy" }, { .name = "port" }, { .name = "probe" },
	{ .name = "pro" }, { 0 }
};

static void found(const char *word, const char *expect, bool expect_ambiguous)
{
	const struct command *command;
	bool ambiguous;

	command = command_find(table, word, &ambiguous);
	assert_int_equal(ambiguous, expect_ambiguous);
	if (!expect)
		assert_null(command);
	else
		assert_string_equal(command->name, expect);
}

static void test_prefixes(void **state)
{
	(void)state;
	found("load", "load", false);
	found("l", "load", false);
	found("pol", "policy", false);
	found("po", NULL, true);
	found("p", NULL, true);
	found("pro", "pro", false);
	found("prob", "probe", false);
	found("loads", NULL, false);
	found("", NULL, false);
	found("x", NULL, false);
}

static void test_options(void **state)
{
	static const struct option options[] = {
		{ "pid PID", "" }, { "fd N", "" }, { "all", "" }, { 0 }
	};
	const struct command command = { .name = "attach", .options = options };
	const struct args args = { .command = &command, .values = { NULL, "7", "" } };

	(void)state;
	assert_int_equal(option_index(&command, "pid", 3), 0);
	assert_int_equal(option_index(&command, "fd=3", 2), 1);
	assert_int_equal(option_index(&command, "all", 3), 2);
	assert_int_equal(option_index(&command, "pi", 2), -1);
	assert_int_equal(option_index(&command, "pid PID", 7), -1);
	assert_null(option_value(&args, "pid"));
	assert_string_equal(option_value(&args, "fd"), "7");
	assert_string_equal(option_value(&args, "all"), "");
	assert_null(option_value(&args, "none"));
}

/* The options that name a VM come after a command's own, and take its first word's place. */
static void test_vm_options(void **state)
{
	static const struct option options[] = { { "count N", "" }, { 0 } };
	const struct command takes = { .name = "watch", .options = options, .takes_vm = true,
				       .max_words = 2 };
	const struct command other = { .name = "list", .options = options };
	int tag = option_index(&takes, "tag", 3);
	struct args args = { .command = &takes, .nr_words = 1, .words = { "7" } };

	(void)state;
	assert_int_equal(option_index(&takes, "count", 5), 0);
	assert_string_equal(command_option(&takes, tag)->form, "tag TAG");
	assert_null(command_option(&takes, 5));
	assert_int_equal(option_index(&other, "tag", 3), -1);
	assert_null(command_option(&other, 1));

	assert_int_equal(vm_word(&args), 0);
	assert_string_equal(args.words[0], "7");
	args.words[0] = "file";
	assert_int_equal(vm_word(&args), EXIT_USAGE);
	args.values[tag] = "web";
	assert_int_equal(vm_word(&args), 0);
	assert_int_equal(args.nr_words, 2);
	assert_null(args.words[0]);
	assert_string_equal(args.words[1], "file");
	/* No room for it: the VM is named by a word, too. */
	assert_int_equal(vm_word(&args), EXIT_USAGE);
	args.nr_words = 1;
	args.values[option_index(&takes, "name", 4)] = "web";
	assert_int_equal(vm_word(&args), EXIT_USAGE);
	args = (struct args){ .command = &takes };
	args.values[option_index(&takes, "fd", 2)] = "3";
	assert_int_equal(vm_word(&args), EXIT_USAGE);
}

static void cleaned(const char *text, bool keep_newlines, const char *expect)
{
	char *copy = strdup(text);

	text_clean(copy, keep_newlines);
	assert_string_equal(copy, expect);
	free(copy);
}

static void test_text(void **state)
{
	(void)state;
	cleaned("plain", false, "plain");
	cleaned("a\nb\tc\033[1m\177", false, "a?b?c?[1m?");
	cleaned("a\nb\t", true, "a\nb?");
	cleaned("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82", false,
		"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82");
	/* Cut off, overlong, a surrogate, beyond Unicode, a C1 control. */
	cleaned("\xff\x80z", false, "??z");
	cleaned("\xe2\x82", false, "??");
	cleaned("\xc0\xaf", false, "??");
	cleaned("\xe0\x80\xaf", false, "???");
	cleaned("\xed\xa0\x80", false, "???");
	cleaned("\xf4\x90\x80\x80", false, "????");
	cleaned("\xc2\x9b", false, "??");
	/* What turns text around, and the neighbours of these characters. */
	cleaned("a\xe2\x80\xaez\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c", false, "a???z????????");
	cleaned("\xe2\x80\xa7 \xe2\x80\xaf \xe2\x81\xa5 \xd8\x9b", false,
		"\xe2\x80\xa7 \xe2\x80\xaf \xe2\x81\xa5 \xd8\x9b");
}

static void excerpt(const char *log, int max, const char *expect)
{
	char *text = verifier_excerpt(log, max);

	assert_string_equal(text, expect);
	free(text);
}

static void test_verifier_log(void **state)
{
	(void)state;
	excerpt("", 3, "");
	excerpt("\n\n", 3, "");
	excerpt("one", 3, "one\n");
	excerpt("one\ntwo\n", 3, "one\ntwo\n");
	excerpt("0: a\n1: b\n2: c\nR1 is bad\n\n"
		"verification time 99 usec\nstack depth 8\n"
		"processed 3 insns (limit 1000000) max_states_per_insn 0\n", 2,
		"2: c\nR1 is bad\n");
	excerpt("a\nb\nc\n", 0, "");
	/* The word counts at the start of a line only. */
	excerpt("not processed yet\n", 3, "not processed yet\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_not_numbers),
		cmocka_unit_test(test_pid_fd),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_vm_options),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_verifier_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
