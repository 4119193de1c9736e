// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nanoseconds per decision of the standard policy on this machine, beside an
 * empty loop and look-ups in BPF's maps: JSON. Needs a kernel that lets us load
 * BPF; says so and succeeds where it does not.
 *
 * usage: decision FILE.bpf.o
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <hcbpf/call.h>
#include <hcbpf/guest.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include "../../bpf/xen.h"
#include "decision.h"

#define RUNS 15		/* the least counts */

static struct bpf_object *object;

static int prog_of(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);

	if (!prog)
		errx(1, "no program %s", name);
	return bpf_program__fd(prog);
}

static void run_program(const char *name)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int ret = bpf_prog_test_run_opts(prog_of(name), &opts);

	if (ret)
		errx(1, "%s: %s", name, strerror(-ret));
}

static void fill(const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	__u64 value = 1;
	__u32 key;

	if (!map)
		errx(1, "no map %s", name);
	for (key = 0; key < DECISION_ENTRIES; key++)
		if (bpf_map__update_elem(map, &key, sizeof(key), &value, sizeof(value), BPF_ANY))
			err(1, "%s", name);
}

/* A variable of the program, through the mapped section that it is in. */
static void *variable(const char *section, size_t size)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, section);
	void *mem;

	if (!map || bpf_map__value_size(map) < size)
		errx(1, "no section %s", section);
	mem = mmap(NULL, bpf_map__value_size(map), PROT_READ | PROT_WRITE, MAP_SHARED,
		   bpf_map__fd(map), 0);
	if (mem == MAP_FAILED)
		err(1, "%s", section);
	return mem;
}

static double least_ns(const char *name, volatile struct decision_run *run)
{
	double least = 0, ns;
	int i;

	for (i = 0; i < RUNS; i++) {
		run_program(name);
		ns = (double)run->ns / DECISION_LOOPS;
		if (!i || ns < least)
			least = ns;
	}
	return least;
}

static void add(struct json_object *results, const char *name, double ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.1f", ns);
	json_object_object_add(results, name, json_object_new_double_s(ns, text));
}

static void set_call(struct hcbpf_call *call, bool send)
{
	memset(call, 0, sizeof(*call));
	call->abi = HCBPF_ABI_XEN;
	call->mode = HCBPF_MODE_64;
	call->nr = send ? XEN_EVENT_CHANNEL_OP : HCBPF_HC_DOORBELL;
	call->args[0] = send ? XEN_EVTCHNOP_SEND : DECISION_PORT;
	call->args[1] = DECISION_PORT;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int main(int argc, char **argv)
{
	struct json_object *results = json_object_new_object();
	volatile struct decision_run *run;
	struct hcbpf_call *call;
	struct utsname uts;
	int ret;

	if (argc != 2)
		errx(2, "usage: decision FILE.bpf.o");
	libbpf_set_print(quiet);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object)
		err(1, "%s", argv[1]);
	ret = bpf_object__load(object);
	if (ret) {
		fprintf(stderr, "decision: this machine does not let us load BPF: %s\n",
			strerror(-ret));
		return 0;
	}
	run = variable(".bss.run", sizeof(*run));
	call = variable(".bss.call", sizeof(*call));
	fill("array");
	fill("hash");
	run_program("set_up");
	uname(&uts);
	json_object_object_add(results, "unit", json_object_new_string("nanoseconds"));
	json_object_object_add(results, "kernel", json_object_new_string(uts.release));
	add(results, "empty", least_ns("empty", run));
	add(results, "array_lookup", least_ns("array_lookup", run));
	add(results, "hash_lookup", least_ns("hash_lookup", run));
	set_call(call, false);
	add(results, "decide_doorbell", least_ns("decision", run));
	set_call(call, true);
	add(results, "decide_send", least_ns("decision", run));
	puts(json_object_to_json_string_ext(results, JSON_C_TO_STRING_PRETTY));
	bpf_object__close(object);
	return 0;
}
