// SPDX-License-Identifier: GPL-2.0-only
/* Usages as completion reads them: what may follow some arguments. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "../../user/hcbpf/cli/usage.c"

static void append(void *data, const char *word, int len)
{
	char *text = data;

	sprintf(text + strlen(text), "%s%.*s", text[0] ? " " : "", len, word);
}

/* @arguments: up to four, divided by blanks. */
static void next(const char *usage, const char *arguments, const char *expect)
{
	char copy[64], *at = copy, text[256] = "";
	const char *words[5];
	int nr = 0;

	strcpy(copy, arguments);
	while ((words[nr] = strsep(&at, " ")) && words[nr][0])
		nr++;
	usage_next(usage, words, nr, append, text);
	assert_string_equal(text, expect);
}

static void test_sequences(void **state)
{
	(void)state;
	next("", "", "");
	next("", "x", "");
	next("VM", "", "VM");
	next("VM", "1", "");
	next("VM VCPU", "1", "VCPU");
	next("VM NR[:SUB] ACTION", "1", "NR[:SUB]");
	next("VM NR[:SUB] ACTION", "1 x:y", "ACTION");
	next("VM NR[:SUB]", "1 x:y", "");
}

static void test_choices(void **state)
{
	static const char set[] = "VM PORT {slot N | eventfd PID:FD [slot N]}";

	(void)state;
	next(set, "1 2", "slot eventfd");
	next(set, "1 2 slot", "N");
	next(set, "1 2 slot 3", "");
	next(set, "1 2 eventfd", "PID:FD");
	next(set, "1 2 eventfd 3:4", "slot");
	next(set, "1 2 nonsense", "");
	/* A whole word, and no more. */
	next(set, "1 2 slo", "");
	next(set, "1 2 slots", "");
	next("VM {PORT | all}", "1", "PORT all");
	next("NAME|FILE|VM FILE", "", "NAME FILE VM");
	next("NAME|FILE|VM FILE", "x", "FILE");
	next("present|bound|ended", "", "present bound ended");
	next("{a | {b | c} d} e", "", "a b c");
	next("{a | {b | c} d} e", "a", "e");
	next("{a | {b | c} d} e", "c", "d");
	next("{a | {b | c} d} e", "c d", "e");
}

static void test_optional(void **state)
{
	static const char rule[] = "ACTION [otherwise ACTION] [ret N] [force]";

	(void)state;
	next("[FILE] [--rename]", "", "FILE");
	next("[VM] [--watch [SECONDS]] [x]", "", "VM x");
	next("[VM] [--watch [SECONDS]] [x]", "1", "x");
	next("--all [x]", "", "x");
	next("VM [N]", "1", "N");
	next(rule, "", "ACTION");
	next(rule, "send", "otherwise ret force");
	next(rule, "send otherwise", "ACTION");
	next(rule, "send otherwise deny", "ret force");
	next(rule, "send force", "");
	/* Two ways to read it: both go on. */
	next("[A] [B] c", "x", "B c");
}

static void test_options(void **state)
{
	(void)state;
	next("{--pid PID | --name NAME} [--fd N]", "", "");
	next("VM [--map] [--svg FILE] END", "1", "END");
	next("[--all] VM", "", "VM");
	next("{VM | --pid PID} FILE", "", "VM FILE");
	next("VM | {--pid PID | --name NAME} [--fd N]", "", "VM");
	next("[--until a|b] VM", "", "VM");
}

/* What no table has does no harm. */
static void test_nonsense(void **state)
{
	(void)state;
	next("[A", "", "A");
	next("]", "", "");
	next("{{[", "", "");
	next("} A", "", "");
	next("A[", "", "A[");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
