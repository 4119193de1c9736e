// SPDX-License-Identifier: GPL-2.0-only
/* Files of cases: what is refused, and where. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../user/hcbpf/text/case_file.h"

static char path[] = "/tmp/hcbpf-cases-XXXXXX";

static int make_file(void **state)
{
	(void)state;
	close(mkstemp(path));
	return 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int load(const char *text, size_t size, struct cases *cases, char error[CASES_ERROR])
{
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
	return cases_load(cases, path, error);
}

#define CASE "cases = ( { name = \"one\"; call = { abi = \"kvm\"; nr = 5; };\n" \
	"expect = { verdict = \"done\"; ret = 0; }; } );\n"

static void refused(const char *text, size_t size, unsigned int line, const char *reason)
{
	char error[CASES_ERROR], place[32] = "";
	struct cases cases;

	assert_int_equal(load(text, size, &cases, error), -EINVAL);
	if (line)
		snprintf(place, sizeof(place), "%s:%u: ", path, line);
	assert_memory_equal(error, place, strlen(place));
	assert_non_null(strstr(error, reason));
}

static void a_file_of_cases_is_read(void **state)
{
	char error[CASES_ERROR];
	struct cases cases;

	(void)state;
	assert_int_equal(load(CASE, strlen(CASE), &cases, error), 0);
	assert_int_equal(cases.nr, 1);
	assert_string_equal(cases.list[0].name, "one");
	cases_free(&cases);
}

static void a_name_cannot_add_lines_to_the_results(void **state)
{
	static const char text[] = "cases = ( { name = \"x\\nok 2 - forged\\x1b[2J\";\n"
				   "expect = { verdict = \"done\"; }; } );\n";
	char error[CASES_ERROR];
	struct cases cases;

	(void)state;
	assert_int_equal(load(text, strlen(text), &cases, error), 0);
	assert_string_equal(cases.list[0].name, "x?ok 2 - forged?[2J");
	cases_free(&cases);
}

static void what_libconfig_would_include_is_refused(void **state)
{
	static const char text[] = CASE "@include \"/etc/passwd\"\n";

	(void)state;
	refused(text, strlen(text), 3, "@include is not for cases");
}

static void what_is_no_text_is_refused(void **state)
{
	static const char text[] = CASE "\0rubbish";

	(void)state;
	refused(text, sizeof(text) - 1, 0, "not a text file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_of_cases_is_read),
		cmocka_unit_test(a_name_cannot_add_lines_to_the_results),
		cmocka_unit_test(what_libconfig_would_include_is_refused),
		cmocka_unit_test(what_is_no_text_is_refused),
	};

	return cmocka_run_group_tests_name("cases", tests, make_file, remove_file);
}
