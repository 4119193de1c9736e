// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/object.h"
#include "bpf/tracer.h"
#include "cli/output.h"
#include "host/check.h"
#include "call_trace.skel.h"

#define TRACEPOINT "call"
/* A function that each tracepoint has, in the module that has the tracepoint. */
#define ITERATOR "__traceiter_" TRACEPOINT
#define MODULE_NAME 64
#define NO_EVENTS "use a kernel with CONFIG_BPF_EVENTS and CONFIG_TRACEPOINTS"

struct tracer {
	struct call_trace *bpf;
	struct bpf_link *link;
	struct ring_buffer *ring;
	tracer_fn *fn;
	void *data;
};

static int hear(void *arg, void *record, size_t size)
{
	struct tracer *tracer = arg;

	return size < sizeof(struct trace_record) ? 0 : tracer->fn(tracer->data, record);
}

static int fail_load(int err)
{
	char lockdown[64] = "";

	read_line("/sys/kernel/security/lockdown", lockdown, sizeof(lockdown));
	if (strstr(lockdown, "[confidentiality]"))
		return fail(err, "the kernel lets nobody trace: lockdown=confidentiality\n"
			    "count calls with `hcbpf stats`, or boot with lockdown=integrity");
	if (err == -EPERM || err == -EACCES)
		return fail(err, "the kernel refused to trace: %s\n%s", strerror(-err),
			    hint_root());
	return fail(err, "the kernel refused the program that traces: %s\n" NO_EVENTS,
		    libbpf_last_words()[0] ? libbpf_last_words() : strerror(-err));
}

static int load(struct tracer *tracer, const struct trace_filter *filter, size_t size)
{
	int err;

	tracer->bpf = call_trace__open();
	if (!tracer->bpf)
		return fail(-errno, "cannot prepare the program that traces: %s",
			    libbpf_last_words());
	tracer->bpf->rodata->filter = *filter;
	bpf_map__set_max_entries(tracer->bpf->maps.records, size);
	err = call_trace__load(tracer->bpf);
	return err ? fail_load(err) : 0;
}

/* @line of /proc/kallsyms: "0000000000000000 T __traceiter_call	[hcbpf]" */
static bool is_iterator(const char *line, char module[MODULE_NAME])
{
	char symbol[512];

	snprintf(module, MODULE_NAME, "vmlinux");
	return strstr(line, " " ITERATOR) &&
	       sscanf(line, "%*s %*c %511s [%63[^]]", symbol, module) >= 1 &&
	       !strcmp(symbol, ITERATOR);
}

/* Is hcbpf's in @file, and whose else? */
static bool find_iterators(FILE *file, char other[MODULE_NAME])
{
	char *line = NULL, module[MODULE_NAME];
	bool ours = false;
	size_t size = 0;

	other[0] = '\0';
	while (getline(&line, &size, file) >= 0) {
		if (!is_iterator(line, module))
			continue;
		if (strcmp(module, "hcbpf"))
			memcpy(other, module, MODULE_NAME);
		else
			ours = true;
	}
	free(line);
	return ours;
}

/*
 * Whose tracepoint is it? The kernel looks for a raw one by its name alone and takes that of
 * the module which was loaded last; also for a program that names the module by its BTF. The link
 * does not tell whose it is, either. But the module that it belongs to cannot go any more:
 * if hcbpf's is now the only one there is, it is this one.
 */
static int check_owner(void)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	char other[MODULE_NAME];
	bool ours;

	if (!file)
		return fail(-errno, "cannot read /proc/kallsyms: %s", strerror(errno));
	ours = find_iterators(file, other);
	fclose(file);
	if (other[0])
		return fail(-EEXIST, "%s has a tracepoint \"" TRACEPOINT "\", too, and the kernel "
			    "does not say whose it gives\n"
			    "unload that module, or use `perf record -e hcbpf:" TRACEPOINT "`", other);
	return ours ? 0 : fail(-ENOENT, "cannot tell whose tracepoint \"" TRACEPOINT "\" is: "
			       "/proc/kallsyms has no " ITERATOR " [hcbpf]");
}

static int attach(struct tracer *tracer)
{
	tracer->ring = ring_buffer__new(bpf_map__fd(tracer->bpf->maps.records), hear, tracer, NULL);
	if (!tracer->ring)
		return fail(-errno, "cannot map the ring buffer: %s", strerror(errno));
	tracer->link = bpf_program__attach_raw_tracepoint(tracer->bpf->progs.trace_call,
							  TRACEPOINT);
	if (!tracer->link)
		return fail(-errno, "cannot use tracepoint hcbpf:" TRACEPOINT ": %s\n%s",
			    strerror(errno), errno == ENOENT ? NO_EVENTS : hint_root());
	return check_owner();
}

struct tracer *tracer_open(const struct trace_filter *filter, size_t size)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));

	if (!tracer)
		abort();
	if (!load(tracer, filter, size) && !attach(tracer))
		return tracer;
	tracer_close(tracer);
	return NULL;
}

void tracer_stop(struct tracer *tracer)
{
	bpf_link__destroy(tracer->link);
	tracer->link = NULL;
}

void tracer_close(struct tracer *tracer)
{
	tracer_stop(tracer);
	ring_buffer__free(tracer->ring);
	call_trace__destroy(tracer->bpf);
	free(tracer);
}

int tracer_fd(const struct tracer *tracer)
{
	return ring_buffer__epoll_fd(tracer->ring);
}

int tracer_read(struct tracer *tracer, tracer_fn *fn, void *data)
{
	int nr;

	tracer->fn = fn;
	tracer->data = data;
	nr = ring_buffer__consume(tracer->ring);
	return nr < 0 ? nr : 0;
}

uint64_t tracer_dropped(const struct tracer *tracer)
{
	return __atomic_load_n(&tracer->bpf->bss->dropped, __ATOMIC_RELAXED);
}
