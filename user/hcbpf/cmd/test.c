// SPDX-License-Identifier: GPL-2.0-only
/* test: put cases to a policy and compare. Prints TAP. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/case_runner.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/test.h"
#include "text/case_file.h"

struct report {
	struct json_object *cases;
	unsigned int passed, failed, skipped;
};

static const char *verdict_name(int verdict)
{
	static const char *const names[] = { "pass", "done", "exit", "bad" };

	return verdict >= 0 && verdict <= BAD_VERDICT ? names[verdict] : "?";
}

static void differ(struct json_object *diff, const char *fmt, ...) printf_like(2, 3);

static void differ(struct json_object *diff, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	list_text(diff, text);
	free(text);
}

static int taken_verdict(const struct outcome *got)
{
	return got->policy_ret < 0 || got->policy_ret > HCBPF_EXIT ? BAD_VERDICT : got->verdict;
}

static void compare_sets(struct json_object *diff, const struct expectation *want,
			 const struct outcome *got)
{
	const struct hcbpf_test_set *a = want->sets, *b = got->sets;
	uint32_t i;

	if (want->nr_sets != got->nr_sets)
		differ(diff, "changes of page attributes: %u, should be %u", got->nr_sets,
		       want->nr_sets);
	for (i = 0; i < want->nr_sets && i < got->nr_sets; i++, a++, b++)
		if (a->gpa != b->gpa || a->npages != b->npages || a->attr != b->attr)
			differ(diff, "change %u: 0x%llx, %llu pages, attr 0x%x, should be 0x%llx, "
			       "%llu pages, attr 0x%x", i + 1, (unsigned long long)b->gpa,
			       (unsigned long long)b->npages, b->attr, (unsigned long long)a->gpa,
			       (unsigned long long)a->npages, a->attr);
}

static void compare(struct json_object *diff, const struct step *step, const struct outcome *got)
{
	const struct expectation *want = &step->expect;
	int verdict = taken_verdict(got);
	size_t i;

	if (want->verdict != ANY_VERDICT && verdict != want->verdict)
		differ(diff, "verdict: %s (the policy returned %d), should be %s",
		       verdict_name(verdict), got->policy_ret, verdict_name(want->verdict));
	if (want->has_ret && got->ret != want->ret)
		differ(diff, "ret: %lld (0x%llx), should be %lld (0x%llx)", (long long)got->ret,
		       (unsigned long long)got->ret, (long long)want->ret,
		       (unsigned long long)want->ret);
	for (i = 0; i < HCBPF_TEST_SLOTS; i++)
		if (want->has_signals && got->signals[i] != want->signals[i])
			differ(diff, "slot %zu: signalled %u times, should be %u", i,
			       got->signals[i], want->signals[i]);
	if (want->has_sets)
		compare_sets(diff, want, got);
}

/* Until something differs. False: the call could not be made at all. */
static bool run_steps(struct runner *runner, const struct test_case *c, struct json_object *diff,
		      unsigned int *line)
{
	struct outcome got;
	uint32_t time;
	size_t i;

	for (i = 0; i < c->nr_steps; i++) {
		*line = c->steps[i].line;
		if (c->steps[i].new_vm && !runner_new_vm(runner))
			return false;
		for (time = 1; time <= c->steps[i].times; time++) {
			if (!runner_call(runner, &c->steps[i].env, &got))
				return false;
			compare(diff, &c->steps[i], &got);
			if (!json_object_array_length(diff))
				continue;
			if (c->steps[i].times > 1)
				differ(diff, "that was call %u of %u", time, c->steps[i].times);
			return true;
		}
	}
	return true;
}

/* What the module, with a real VM, cannot be made to do; NULL: nothing of that. */
static const char *skip_reason(const struct runner *runner, const struct test_case *c)
{
	const struct step *step;
	size_t i;

	for (i = 0; i < c->nr_steps && runner_needs_module(runner); i++) {
		step = &c->steps[i];
		if (step->env.now)
			return "time stands still only without the module";
		if (step->env.gpa_error || step->env.kvm_exits || step->expect.has_sets)
			return "page attributes are noted only without the module";
	}
	return NULL;
}

static void print_result(const struct test_case *c, const char *file, unsigned int nr,
			 unsigned int line, struct json_object *diff, const char *skipped)
{
	size_t i;

	if (out_is_json())
		return;
	printf("%sok %u - %s%s%s\n", json_object_array_length(diff) ? "not " : "", nr, c->name,
	       skipped ? " # SKIP " : "", skipped ? skipped : "");
	for (i = 0; i < json_object_array_length(diff); i++)
		printf("# %s:%u: %s\n", file, line,
		       json_object_get_string(json_object_array_get_idx(diff, i)));
}

static void add_result(struct report *report, const struct test_case *c, unsigned int line,
		       struct json_object *diff, bool skipped)
{
	struct json_object *row = json_object_new_object();
	bool ok = !json_object_array_length(diff);

	add_text(row, "name", c->name);
	add_text(row, "status", skipped ? "skipped" : ok ? "passed" : "failed");
	add_number(row, "line", line);
	json_object_object_add(row, "differences", diff);
	json_object_array_add(report->cases, row);
	if (skipped)
		report->skipped++;
	else if (ok)
		report->passed++;
	else
		report->failed++;
}

static bool run_case(struct runner *runner, const struct test_case *c, const char *file,
		     struct report *report)
{
	struct json_object *diff = json_object_new_array();
	const char *skipped = skip_reason(runner, c);
	unsigned int line = c->steps[0].line;

	if (!skipped && (!runner_begin(runner) || !run_steps(runner, c, diff, &line))) {
		json_object_put(diff);
		return false;
	}
	print_result(c, file, json_object_array_length(report->cases) + 1, line, diff, skipped);
	add_result(report, c, line, diff, skipped);
	return true;
}

static int finish(const struct runner *runner, struct report *report)
{
	const char *route = runner_needs_module(runner) ? "through the module" : "without the module";
	struct json_object *object = json_object_new_object();
	unsigned int run = report->passed + report->failed;

	add_text(object, "route", route);
	add_number(object, "passed", report->passed);
	add_number(object, "failed", report->failed);
	add_number(object, "skipped", report->skipped);
	json_object_object_add(object, "cases", report->cases);
	report->cases = NULL;
	out_done(object, "# %s: %u passed, %u failed, %u skipped", route, report->passed,
		 report->failed, report->skipped);
	if (report->skipped)
		out_progress("%u of %u cases were not run%s; compile the policy for tests, as "
			     "docs/policy-guide.md says, to run all of them", report->skipped,
			     run + report->skipped, run ? "" : ": nothing was tested");
	return report->failed || !run ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run_all(struct runner *runner, const struct cases *cases, const char *file)
{
	struct report report = { .cases = json_object_new_array() };
	size_t i;

	if (!out_is_json())
		printf("1..%zu\n", cases->nr);
	for (i = 0; i < cases->nr; i++)
		if (!run_case(runner, &cases->list[i], file, &report))
			break;
	if (i == cases->nr)
		return finish(runner, &report);
	json_object_put(report.cases);
	return EXIT_FAILURE;
}

int test_run(const struct args *args)
{
	const char *file = args->words[0];
	char error[CASES_ERROR];
	struct runner *runner;
	struct cases cases;
	int status;

	if (cases_load(&cases, args->words[1], error))
		return fail(-EINVAL, "%s", error);
	runner = runner_open(file, args->verbose);
	status = runner ? run_all(runner, &cases, args->words[1]) : EXIT_FAILURE;
	if (runner)
		runner_close(runner);
	cases_free(&cases);
	return status;
}
