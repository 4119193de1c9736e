// SPDX-License-Identifier: GPL-2.0-only
/*
 * monitor: what happens, as it happens. The end of a binding wakes us up, by poll() on a file of
 * it; for all else the module is looked at again and again.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "cli/args.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cmd/stats.h"
#include "cmd/which_vm.h"
#include "host/device.h"
#include "host/picture.h"

/* VMs that end one after the other are not looked at more often than this. */
#define LEAST_PAUSE_MS 50

const struct option monitor_options[] = {
	{ "interval SECONDS", "how often to look (default: 1); ends of bindings are seen at once" },
	{ "count N", "end after this many events" },
	{ 0 }
};

/* A VM that is bound. Its process may be gone when the end of it is told. */
struct known {
	uint32_t id;
	struct hcbpf_vm *vm;	/* NULL: there are no more descriptors */
	struct vm_names names;
	char user[USER_NUMBER_LEN * 3];
};

struct monitor {
	uint32_t only;		/* 0: all VMs */
	uint32_t seconds, left;	/* left: 0 is without end */
	bool over;
	struct picture before;
	struct known *known;
	size_t nr;
	struct pollfd *polls;
};

/* ---- VMs and their names ---- */

static struct known *find(struct monitor *m, uint32_t id)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		if (m->known[i].id == id)
			return &m->known[i];
	return NULL;
}

static void learn(struct monitor *m, const struct vm_sample *vm)
{
	struct known *known;

	m->known = realloc(m->known, (m->nr + 1) * sizeof(*m->known));
	m->polls = realloc(m->polls, (m->nr + 1) * sizeof(*m->polls));
	if (!m->known || !m->polls)
		abort();
	known = &m->known[m->nr++];
	memset(known, 0, sizeof(*known));
	known->id = vm->info.id;
	if (hcbpf_vm_open_id(known->id, &known->vm))
		known->vm = NULL;
	vm_names(vm->info.pid, &known->names);
	snprintf(known->user, sizeof(known->user), "%s", known->names.user);
}

static void forget(struct monitor *m, struct known *known)
{
	hcbpf_vm_close(known->vm);
	*known = m->known[--m->nr];
}

/* ---- what is said ---- */

static void print_json(const struct event *event, const struct known *known)
{
	struct json_object *object = json_object_new_object();

	add_time(object, "time");
	add_text(object, "happened", event_name(event->kind));
	add_id(object, "id", event->vm ? event->vm->info.id : 0);
	add_text(object, "name", known ? known->names.name : "");
	add_text(object, "tag", event->vm ? event->vm->info.tag : "");
	add_text(object, "user", known ? known->user : "");
	add_text(object, "policy", event->policy ? event->policy : "");
	json_object_object_add(object, "times",
			       event->count ? json_object_new_uint64(event->count) : NULL);
	add_text(object, "message", event->text);
	out_line(object);
}

static void add_who(char *text, size_t size, const char *what, const char *who)
{
	size_t used = strlen(text);

	if (who[0])
		snprintf(text + used, size - used, "%s%s%s", used ? ", " : "", what, who);
}

/* "02:51:38  bound            VM 7 (web-1, tag web, user qemu) is bound to policy standard" */
static void print_text(const struct event *event, const struct known *known)
{
	char at[sizeof("23:59:59")], who[VMM_NAME_LEN + HCBPF_NAME_LEN + 80] = "";
	time_t now = time(NULL);
	struct tm tm;

	strftime(at, sizeof(at), "%T", localtime_r(&now, &tm));
	add_who(who, sizeof(who), "", known ? known->names.name : "");
	add_who(who, sizeof(who), "tag ", event->vm ? event->vm->info.tag : "");
	add_who(who, sizeof(who), "user ", known ? known->user : "");
	text_clean(who, false);
	printf("%s  %-15s  ", at, event_name(event->kind));
	if (event->vm)
		printf("VM %u%s%s%s ", event->vm->info.id, who[0] ? " (" : "", who,
		       who[0] ? ")" : "");
	puts(event->text);
	fflush(stdout);
}

static void happen(void *data, const struct event *event)
{
	struct monitor *m = data;
	struct known *known;

	if (event->kind == EVENT_BOUND)
		learn(m, event->vm);
	known = event->vm ? find(m, event->vm->info.id) : NULL;
	if (!m->over && (!m->only || (event->vm && event->vm->info.id == m->only))) {
		if (out_is_json())
			print_json(event, known);
		else
			print_text(event, known);
		m->over = ferror(stdout) || (m->left && !--m->left) ||
			  (m->only && event->kind == EVENT_ENDED);
	}
	if (event->kind == EVENT_ENDED && known)
		forget(m, known);
}

/* ---- waiting ---- */

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until it is time to look again, or a binding has ended. */
static void wait_for(struct monitor *m, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = LEAST_PAUSE_MS * 1000000L };
	int64_t left = deadline - milliseconds();
	size_t i;

	for (i = 0; i < m->nr; i++)
		m->polls[i] = (struct pollfd){
			.fd = m->known[i].vm ? hcbpf_vm_fd(m->known[i].vm) : -1
		};
	if (poll(m->polls, m->nr, left > 0 ? left : 0) > 0)
		nanosleep(&pause, NULL);
}

static int look(struct monitor *m)
{
	struct picture now;
	int err = picture_take(&now);

	if (err)
		return fail_vm_list(err);
	picture_changes(&m->before, &now, happen, m);
	picture_free(&m->before);
	m->before = now;
	return 0;
}

static int watch(struct monitor *m)
{
	int64_t deadline = milliseconds();
	int status = 0;

	while (!status && !m->over) {
		if (milliseconds() >= deadline)
			deadline = milliseconds() + m->seconds * INT64_C(1000);
		wait_for(m, deadline);
		status = look(m);
	}
	return status;
}

/* A descriptor for each VM, as far as that goes. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int begin(struct monitor *m)
{
	size_t i;
	int err = picture_take(&m->before);

	if (err)
		return fail_vm_list(err);
	raise_limit();
	for (i = 0; i < m->before.sample.nr; i++)
		learn(m, &m->before.sample.vms[i]);
	if (!m->before.loaded)
		out_progress("the module is not loaded");
	else
		out_progress("VMs that are bound: %zu", m->nr);
	return 0;
}

static int run(struct monitor *m)
{
	int status = begin(m);

	if (!status)
		status = watch(m);
	while (m->nr)
		forget(m, &m->known[0]);
	picture_free(&m->before);
	free(m->known);
	free(m->polls);
	return status;
}

int monitor_run(const struct args *args)
{
	struct monitor m = { 0 };
	struct hcbpf_vm *vm;
	int status = stats_interval(args, "interval", &m.seconds, &m.left);

	if (status)
		return status;
	if (args->nr_words) {
		vm = which_vm(args);
		if (!vm)
			return EXIT_FAILURE;
		m.only = hcbpf_vm_id(vm);
		hcbpf_vm_close(vm);
	}
	return run(&m);
}
