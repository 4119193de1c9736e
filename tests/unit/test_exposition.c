// SPDX-License-Identifier: GPL-2.0-only
/* Metrics as text: the two formats, and labels whose values mean harm. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/exposition.h"

static const struct metric calls = { "x_calls", METRIC_COUNTER, "Calls." };
static const struct metric memory = { "x_memory_bytes", METRIC_GAUGE, "Memory." };
static const struct metric names = { "x_vm", METRIC_INFO, "Names." };
static const struct metric hook = { "x_hook", METRIC_STATES, "Hook." };

static char *text;

static const char *shown(bool openmetrics, const struct metric *metric, const struct label *labels)
{
	struct exposition to = { .openmetrics = openmetrics };
	size_t size;

	free(text);
	to.f = open_memstream(&text, &size);
	metric_head(&to, metric);
	metric_number(&to, metric, labels, UINT64_MAX);
	exposition_end(&to);
	fclose(to.f);
	return text;
}

static const struct label one[] = { { "vm", "7" }, { 0 } };

static void test_text_format(void **state)
{
	(void)state;
	assert_string_equal(shown(false, &calls, one),
			    "# HELP x_calls_total Calls.\n# TYPE x_calls_total counter\n"
			    "x_calls_total{vm=\"7\"} 18446744073709551615\n");
	assert_string_equal(shown(false, &memory, NULL),
			    "# HELP x_memory_bytes Memory.\n# TYPE x_memory_bytes gauge\n"
			    "x_memory_bytes 18446744073709551615\n");
	assert_string_equal(shown(false, &names, one),
			    "# HELP x_vm_info Names.\n# TYPE x_vm_info gauge\n"
			    "x_vm_info{vm=\"7\"} 18446744073709551615\n");
	assert_non_null(strstr(shown(false, &hook, one), "# TYPE x_hook gauge\n"));
}

static void test_openmetrics(void **state)
{
	(void)state;
	assert_string_equal(shown(true, &calls, one),
			    "# HELP x_calls Calls.\n# TYPE x_calls counter\n"
			    "x_calls_total{vm=\"7\"} 18446744073709551615\n# EOF\n");
	assert_string_equal(shown(true, &memory, NULL),
			    "# HELP x_memory_bytes Memory.\n# TYPE x_memory_bytes gauge\n"
			    "# UNIT x_memory_bytes bytes\n"
			    "x_memory_bytes 18446744073709551615\n# EOF\n");
	assert_string_equal(shown(true, &names, one),
			    "# HELP x_vm Names.\n# TYPE x_vm info\n"
			    "x_vm_info{vm=\"7\"} 18446744073709551615\n# EOF\n");
	assert_non_null(strstr(shown(true, &hook, one), "# TYPE x_hook stateset\n"));
}

/* A backslash before what ends a value ends nothing. */
static void test_values(void **state)
{
	static const struct {
		const char *value, *wanted;
	} cases[] = {
		{ "plain", "plain" },
		{ "a\"b", "a\\\"b" },
		{ "a\\", "a\\\\" },
		{ "a\\\"} 1", "a\\\\\\\"} 1" },
		{ "a\nb 1\nc", "a?b 1?c" },
		{ "a\tb\x1b[31m\x7f", "a?b?[31m?" },
		{ "a\xc3(\xff", "a?(?" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xe2\x80\xae", "???" },
	};
	struct label labels[] = { { "n", NULL }, { 0 } };
	char wanted[64];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		labels[0].value = cases[i].value;
		snprintf(wanted, sizeof(wanted), "\nx_vm_info{n=\"%s\"} ", cases[i].wanted);
		assert_non_null(strstr(shown(false, &names, labels), wanted));
		assert_non_null(strstr(shown(true, &names, labels), wanted));
	}
}

/* An empty label is none, first, last and alone. */
static void test_empty_labels(void **state)
{
	const struct label first[] = { { "a", "" }, { "b", "1" }, { 0 } };
	const struct label last[] = { { "a", "1" }, { "b", NULL }, { 0 } };
	const struct label alone[] = { { "a", "" }, { 0 } };

	(void)state;
	assert_non_null(strstr(shown(false, &calls, first), "\nx_calls_total{b=\"1\"} "));
	assert_non_null(strstr(shown(false, &calls, last), "\nx_calls_total{a=\"1\"} "));
	assert_non_null(strstr(shown(false, &calls, alone), "\nx_calls_total 1"));
}

static void test_real(void **state)
{
	struct exposition to = { 0 };
	size_t size;

	(void)state;
	free(text);
	to.f = open_memstream(&text, &size);
	metric_real(&to, &memory, NULL, 0.25);
	metric_real(&to, &memory, one, 1e12);
	fclose(to.f);
	assert_string_equal(text, "x_memory_bytes 0.25\nx_memory_bytes{vm=\"7\"} 1e+12\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_format),
		cmocka_unit_test(test_openmetrics),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_empty_labels),
		cmocka_unit_test(test_real),
	};
	int failed = cmocka_run_group_tests_name("exposition", tests, NULL, NULL);

	free(text);
	return failed;
}
