// SPDX-License-Identifier: GPL-2.0-only
/*
 * The bench, as it runs in the lab under --icount: JSON on standard output,
 * or one path for the profiler.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <hcbpf/uapi.h>
#include "bench.h"
#include "neighbours.h"

#define RUNS 3		/* each in a VM of its own */
/* Bound at once, to see what a host's work costs beside them. */
#define MAX_VMS 10000
#define SOME_VMS 1000	/* the same where there is less time */
#define PROCESSES 200	/* the same, each in a process of its own */

double loop_ticks, skip_ticks;

struct json_object *json_figure(double value)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", value);
	return json_object_new_double_s(strtod(text, NULL), text);
}

double net_cost(const struct path *path, struct path_vm *vm)
{
	return lab_path_measure(path, vm) - loop_ticks - (path->hypercall ? skip_ticks : 0);
}

static void calibrate(void)
{
	if (kvm_cost_loop(&loop_ticks) || kvm_cost_skip(&skip_ticks))
		errx(1, "%s", kvm_error());
	if (loop_ticks < COST_NOTHING - 1 || loop_ticks > COST_NOTHING + 1)
		errx(1, "%.1f ticks for a loop of %d instructions: run this with --icount",
		     loop_ticks, COST_NOTHING);
}

static double run_once(const struct path *path)
{
	struct path_vm vm;
	double raw;

	lab_path_up(path, &vm);
	raw = lab_path_measure(path, &vm) - loop_ticks;
	path_down(&vm);
	return raw;
}

static struct json_object *run_path(const struct path *path)
{
	struct json_object *object = json_object_new_object(), *runs = json_object_new_array();
	double least = 0, raw;
	unsigned int i;

	for (i = 0; i < RUNS; i++) {
		raw = run_once(path);
		if (!i || raw < least)
			least = raw;
		json_object_array_add(runs, json_figure(raw));
	}
	json_object_object_add(object, "what", json_object_new_string(path->what));
	if (path->peer)
		json_object_object_add(object, "peer", json_object_new_string(path->peer));
	json_object_object_add(object, "raw", json_figure(least));
	json_object_object_add(object, "net",
			       json_figure(path->hypercall ? least - skip_ticks : least));
	json_object_object_add(object, "runs", runs);
	return object;
}

static struct json_object *run_paths(void)
{
	struct json_object *object = json_object_new_object();
	unsigned int i;

	for (i = 0; i < nr_paths; i++)
		json_object_object_add(object, paths[i].name, run_path(&paths[i]));
	return object;
}

/* Whose virtualisation it is: the word that the budget and the reports have for it. */
static const char *machine(void)
{
#ifdef __aarch64__
	return "arm64";
#else
	return access("/sys/module/kvm_intel", F_OK) ? "svm" : "vmx";
#endif
}

static const char *kernel(void)
{
	static struct utsname uts;

	uname(&uts);
	return uts.release;
}

static void cpu_model(char *text, size_t size)
{
	FILE *file = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(text, size, "unknown");
	while (file && fgets(line, sizeof(line), file)) {
		char *value = strstr(line, ": ");

		if (strncmp(line, "model name", 10) || !value)
			continue;
		snprintf(text, size, "%.*s", (int)strcspn(value + 2, "\n"), value + 2);
		break;
	}
	if (file)
		fclose(file);
}

/* @notes: "KEY=TEXT", what only the lab's host knows. */
static struct json_object *host(char **notes)
{
	struct json_object *object = json_object_new_object();
	char cpu[128];

	cpu_model(cpu, sizeof(cpu));
	json_object_object_add(object, "cpu", json_object_new_string(cpu));
	json_object_object_add(object, "hcbpf_uapi", json_object_new_int(HCBPF_UAPI_VERSION));
	for (; *notes; notes++) {
		char *value = strchr(*notes, '=');

		if (!value)
			errx(2, "%s is not KEY=TEXT", *notes);
		*value++ = '\0';
		json_object_object_add(object, *notes, json_object_new_string(value));
	}
	return object;
}

static void show(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
						    JSON_C_TO_STRING_SPACED));
	json_object_put(object);
}

static void add_host_work(struct json_object *object, bool all)
{
	unsigned int max = all ? MAX_VMS : SOME_VMS;

	/* First: right after 10,000 VMs have gone, others take more to get their memory. */
	if (all)
		json_object_object_add(object, "storms", storms());
	json_object_object_add(object, "operations",
			       operations(neighbours_here, max, all ? 10 : max, all));
	json_object_object_add(object, "processes",
			       operations(neighbours_elsewhere, PROCESSES, PROCESSES, all));
}

enum how_much {
	CALLS,		/* of each path */
	PATHS,		/* and a host's work, beside some VMs */
	ALL,
};

static void bench(enum how_much how_much, char **notes)
{
	struct json_object *object = json_object_new_object();

	calibrate();
	json_object_object_add(object, "machine", json_object_new_string(machine()));
	json_object_object_add(object, "kernel", json_object_new_string(kernel()));
	json_object_object_add(object, "unit",
			       json_object_new_string("guest instructions per call"));
	json_object_object_add(object, "skip", json_figure(skip_ticks));
	json_object_object_add(object, "paths", run_paths());
	if (how_much != CALLS)
		add_host_work(object, how_much == ALL);
	if (how_much == ALL) {
		json_object_object_add(object, "scaling", scaling());
		json_object_object_add(object, "concurrency", concurrency());
		json_object_object_add(object, "memory", memory());
	}
	json_object_object_add(object, "host", host(notes));
	show(object);
}

/* Run one path, then say where the kernel's functions are. */
static void profile(const char *name)
{
	const struct path *path = path_find(name);
	struct path_vm vm;
	char line[512];
	FILE *file;

	if (!path)
		errx(2, "there is no path %s", name);
	lab_path_up(path, &vm);
	lab_path_measure(path, &vm);
	file = fopen("/proc/kallsyms", "r");
	if (!file)
		err(1, "/proc/kallsyms");
	while (fgets(line, sizeof(line), file))
		fputs(line, stdout);
	fclose(file);
	path_down(&vm);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "--profile") && argc == 3) {
		profile(argv[2]);
	} else if (!strcmp(what, "--all")) {
		bench(ALL, argv + 2);
	} else if (!strcmp(what, "--paths")) {
		bench(PATHS, argv + 2);
	} else if (!strcmp(what, "--calls")) {
		bench(CALLS, argv + 2);
	} else if (!strcmp(what, "--operations") && argc == 3) {
		show(operations(neighbours_here, strtoul(argv[2], NULL, 10), 10, true));
	} else if (!strcmp(what, "--processes") && argc == 3) {
		show(operations(neighbours_elsewhere, strtoul(argv[2], NULL, 10), 10, true));
	} else if (!strcmp(what, "--skip")) {
		calibrate();
		printf("%.1f\n", skip_ticks);
	} else if (!strcmp(what, "--storms")) {
		show(storms());
	} else if (!strcmp(what, "--memory")) {
		show(memory());
	} else {
		fputs("usage: hcbpf-bench --all [KEY=TEXT...]	everything\n"
		      "       hcbpf-bench --paths [KEY=TEXT...]	each path, and a host's work beside 1,000 VMs\n"
		      "       hcbpf-bench --calls [KEY=TEXT...]	each path\n"
		      "       hcbpf-bench --operations N	what a host does, beside up to N VMs\n"
		      "       hcbpf-bench --processes N		the same, of N processes\n"
		      "       hcbpf-bench --skip		stepping over a hypercall\n"
		      "       hcbpf-bench --storms		VMs that start and end\n"
		      "       hcbpf-bench --memory		what the kernel charges\n"
		      "       hcbpf-bench --profile PATH	one path, and the kernel's symbols\n",
		      stderr);
		return 2;
	}
	return 0;
}
