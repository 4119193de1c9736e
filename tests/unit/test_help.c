// SPDX-License-Identifier: GPL-2.0-only
/* What help is made of: lines that fit, and what somebody may have meant. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "../../user/hcbpf/cli/args.c"
#include "../../user/hcbpf/cli/suggest.c"
#include "../../user/hcbpf/cli/terminal.c"
#include "../../user/hcbpf/cli/wrap.c"

static void wrapped(void (*fn)(FILE *, const char *, int, int, int), const char *text, int column,
		    int indent, int width, const char *expect)
{
	size_t size;
	char *got;
	FILE *f = open_memstream(&got, &size);

	assert_non_null(f);
	fn(f, text, column, indent, width);
	fclose(f);
	assert_string_equal(got, expect);
	free(got);
}

static void test_text(void **state)
{
	(void)state;
	wrapped(wrap_text, "", 0, 0, 10, "\n");
	wrapped(wrap_text, "one", 0, 0, 10, "one\n");
	wrapped(wrap_text, "one two three", 0, 0, 10, "one two\nthree\n");
	/* To the last column, and not beyond. */
	wrapped(wrap_text, "12345 7890 1", 0, 0, 10, "12345 7890\n1\n");
	wrapped(wrap_text, "12345 78901", 0, 0, 10, "12345\n78901\n");
	/* Behind something else, and indented. */
	wrapped(wrap_text, "one two", 6, 2, 10, "one\n  two\n");
	wrapped(wrap_text, "much longer-than-a-line is", 0, 1, 10,
		"much\n longer-than-a-line\n is\n");
	wrapped(wrap_text, "one\ntwo three", 0, 2, 12, "one\n  two three\n");
	/* A letter takes a column, whatever its bytes. */
	wrapped(wrap_text, "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4", 0, 0, 6,
		"\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xa4\xc3\xa4\n");
	/* A bracket that is not closed is a letter. */
	wrapped(wrap_text, "a [b c d", 0, 0, 5, "a [b\nc d\n");
}

static void test_usage(void **state)
{
	(void)state;
	wrapped(wrap_usage, "VM [--fd N] [--tag TAG]", 0, 2, 14, "VM [--fd N]\n  [--tag TAG]\n");
	wrapped(wrap_usage, "{VM | --pid PID} FILE", 0, 1, 10, "{VM |\n --pid PID}\n FILE\n");
	wrapped(wrap_usage, "{--pid PID | --name NAME}", 0, 1, 14, "{--pid PID |\n --name NAME}\n");
	wrapped(wrap_usage, "VM NR[:SUB] ACTION", 0, 0, 12, "VM NR[:SUB]\nACTION\n");
	wrapped(wrap_usage, "", 0, 0, 12, "\n");
}

static void width(const char *columns, int expect)
{
	int out = dup(STDOUT_FILENO), got;

	if (columns)
		setenv("COLUMNS", columns, 1);
	else
		unsetenv("COLUMNS");
	/* No terminal, whatever the tests run in. */
	assert_int_equal(close(STDOUT_FILENO), 0);
	got = terminal_width();
	assert_int_equal(dup2(out, STDOUT_FILENO), STDOUT_FILENO);
	close(out);
	assert_int_equal(got, expect);
}

static void test_width(void **state)
{
	(void)state;
	width(NULL, 80);
	width("", 80);
	width("0", 80);
	width("-3", 80);
	width("wide", 80);
	width("99999999999", 80);
	width("132", 132);
	width("1", 40);
	width("4294967295", 200);
}

static const char *const verbs[] = {
	"list", "show", "attach", "detach", "param", "wait", "save", "restore",
};

static void suggested(const char *word, const char *expect)
{
	char text[SUGGESTION_TEXT];
	struct suggestion s;
	size_t i;

	suggest_begin(&s, word, strlen(word));
	for (i = 0; i < ARRAY_LEN(verbs); i++)
		suggest_offer(&s, "", verbs[i], strlen(verbs[i]));
	suggest_text(&s, text);
	assert_string_equal(text, expect);
}

static void test_suggestions(void **state)
{
	(void)state;
	/* A letter too few, too many, another one, and two exchanged. */
	suggested("lst", "did you mean \"list\"?");
	suggested("llist", "did you mean \"list\"?");
	suggested("lisp", "did you mean \"list\"?");
	suggested("lsit", "did you mean \"list\"?");
	suggested("retsore", "did you mean \"restore\"?");
	/* Two mistakes need a word of some length. */
	suggested("atach", "did you mean \"attach\"?");
	suggested("rstor", "did you mean \"restore\"?");
	suggested("lxxt", "");
	/* The nearest, or several that are equally near. */
	suggested("xttach", "did you mean \"attach\"?");
	suggested("dttach", "did you mean \"attach\" or \"detach\"?");
	suggested("aaaa", "");
	suggested("frobnicate", "");
	suggested("", "");
	suggested("x", "");
	suggested("l", "");
	suggested("a-word-that-is-much-longer-than-any-name-of-ours-is", "");
}

static void test_offers(void **state)
{
	char text[SUGGESTION_TEXT], name[] = "wordX";
	struct suggestion s;
	int i;

	(void)state;
	/* Only the letters that are said to belong to it; and with what precedes it. */
	suggest_begin(&s, "tga=x", 3);
	suggest_offer(&s, "--", "tag TAG", 3);
	suggest_text(&s, text);
	assert_string_equal(text, "did you mean \"--tag\"?");
	/* The beginning of a long one. */
	suggest_begin(&s, "all-m", 5);
	suggest_offer(&s, "--", "all-matching PATTERN", 12);
	suggest_text(&s, text);
	assert_string_equal(text, "did you mean \"--all-matching\"?");
	/* What is nearer counts alone. */
	suggest_begin(&s, "words", 5);
	suggest_offer(&s, "", "wordly", 6);
	suggest_offer(&s, "", "word", 4);
	suggest_offer(&s, "", "sword", 5);
	suggest_text(&s, text);
	assert_string_equal(text, "did you mean \"word\"?");
	/* Four are a list. */
	for (i = 0; i < 4; i++) {
		name[4] = '1' + i;
		if (!i)
			suggest_begin(&s, "word0", 5);
		suggest_offer(&s, "", name, 5);
		suggest_text(&s, text);
		if (i == 2)
			assert_string_equal(text,
					    "did you mean \"word1\", \"word2\" or \"word3\"?");
	}
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_suggestions),
		cmocka_unit_test(test_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
