// SPDX-License-Identifier: GPL-2.0-only
/* profile learn: observe a VM for a while, and write the profile that its guest needs. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/args.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cmd/calls.h"
#include "cmd/profile_learn.h"
#include "cmd/rule.h"
#include "cmd/which_vm.h"
#include "text/profile_file.h"
#include "text/profile_learn.h"
#include "text/seen.h"

const struct option learn_options[] = {
	{ "for SECONDS", "how long to observe it (default: until Ctrl-C)" },
	{ "output FILE", "the profile's file, NAME.yaml (default: -, standard output)" },
	{ 0 }
};

struct learning {
	struct hcbpf_vm *vm;
	const char *file;
	char name[HCBPF_NAME_LEN];
	uint32_t seconds;		/* 0: until somebody ends it */
	struct hcbpf_calls *calls;	/* as they were when last read */
	struct vm_rules rules;
	struct json_object *warnings;
};

static void warn(void *context, const char *warning)
{
	struct learning *l = context;

	list_text(l->warnings, warning);
	out_progress("warning: %s", warning);
}

/* ---- watching ---- */

/* False: it cannot be read any more; what was read before is still there. */
static bool look(struct learning *l, int *err)
{
	struct hcbpf_calls *calls;

	*err = hcbpf_vm_calls(l->vm, &calls);
	if (*err)
		return false;
	hcbpf_calls_free(l->calls);
	l->calls = calls;
	return true;
}

/* A second passes; true: a signal says that it is enough. */
static bool interrupted(const sigset_t *signals)
{
	const struct timespec second = { .tv_sec = 1 };

	return sigtimedwait(signals, NULL, &second) > 0;
}

/*
 * Each second, so that what a VM called that ends is not lost. Ctrl-C ends the watching, not
 * us, who have something to put back.
 */
static int watch(struct learning *l)
{
	uint32_t left = l->seconds;
	sigset_t signals, before;
	int err;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, &before);
	while (look(l, &err) && !interrupted(&signals) && (!l->seconds || --left))
		;
	if (!err)
		look(l, &err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* The rules are those at the end, which are those of the beginning unless somebody changes them. */
static int read_rules(struct learning *l)
{
	struct vm_rules rules;
	int err = vm_rules_read(l->vm, &rules);

	if (err)
		return err;
	if (l->rules.generation && rules.generation != l->rules.generation)
		warn(l, "the VM's rules were changed meanwhile: this profile does what the new ones "
		     "say");
	free(l->rules.rules);
	l->rules = rules;
	return 0;
}

static int observe(struct learning *l)
{
	uint32_t id = hcbpf_vm_id(l->vm);
	int err = read_rules(l), began;

	if (!err)
		err = hcbpf_vm_observe(l->vm, HCBPF_OBSERVE_ON);
	began = !err;
	if (err == -EALREADY)
		out_progress("VM %u is observed already: what it has called since then counts", id);
	else if (err)
		return fail_calls(l->vm, err);
	if (l->seconds)
		out_progress("observing VM %u for %u s", id, l->seconds);
	else
		out_progress("observing VM %u until Ctrl-C", id);
	err = watch(l);
	if (began)
		hcbpf_vm_observe(l->vm, 0);
	if (err == -ENODEV && l->calls)
		warn(l, "the VM has ended: what it called in the last second is missing");
	else if (err == -ENOENT && l->calls)
		warn(l, "somebody has stopped observing the VM: what it called since then is missing");
	else if (err)
		return fail_calls(l->vm, err);
	if (!err && read_rules(l))
		warn(l, "the VM's rules could not be read again");
	return 0;
}

/* ---- writing ---- */

/* What a profile is called is what its file is called. */
static void name_profile(struct learning *l)
{
	const char *slash = strrchr(l->file, '/'), *base = slash ? slash + 1 : l->file;
	size_t len = strlen(base), suffix = strlen(PROFILE_SUFFIX);
	char name[HCBPF_NAME_LEN] = "";

	if (len > suffix && !strcmp(base + len - suffix, PROFILE_SUFFIX))
		len -= suffix;
	if (len < sizeof(name))
		memcpy(name, base, len);
	strcpy(l->name, name[0] && strcmp(l->file, "-") && !name_problem(name) ? name : "learned");
}

static int put(struct learning *l, char *yaml, size_t size, int nr_rules)
{
	struct json_object *object;

	if (!out_is_json() && !strcmp(l->file, "-")) {
		fwrite(yaml, 1, size, stdout);
		return EXIT_SUCCESS;
	}
	if (strcmp(l->file, "-") && file_write(l->file, FILE_SHARED, yaml, size))
		return EXIT_FAILURE;
	object = json_object_new_object();
	add_number(object, "id", hcbpf_vm_id(l->vm));
	add_text(object, "name", l->name);
	add_text(object, "file", strcmp(l->file, "-") ? l->file : "");
	add_text(object, "yaml", yaml);
	add_number(object, "nr_rules", nr_rules);
	add_number(object, "nr_calls", seen_all_calls(l->calls));
	json_object_object_add(object, "warnings", json_object_get(l->warnings));
	out_done(object, "%s is profile \"%s\", learned from %llu calls of VM %u: %d rules", l->file,
		 l->name, (unsigned long long)seen_all_calls(l->calls), hcbpf_vm_id(l->vm),
		 nr_rules);
	return EXIT_SUCCESS;
}

static int write_profile(struct learning *l)
{
	struct hcbpf_vm_info info = { 0 };
	struct lesson lesson = {
		.name = l->name, .id = hcbpf_vm_id(l->vm), .policy = info.policy,
		.calls = l->calls, .rules = l->rules.rules, .nr_rules = l->rules.nr,
	};
	char *yaml = NULL;
	size_t size;
	int nr, status;
	FILE *to;

	if (!seen_all_calls(l->calls))
		return fail(-ENODATA, "VM %u has made no calls: there is nothing to learn\n"
			    "observe it while its guest works", lesson.id);
	hcbpf_vm_info(l->vm, &info);
	to = open_memstream(&yaml, &size);
	if (!to)
		abort();
	nr = profile_learn(to, &lesson, warn, l);
	fclose(to);
	status = nr < 0 ? fail(nr, "cannot write a profile: %s", strerror(-nr)) :
		 put(l, yaml, size, nr);
	free(yaml);
	return status;
}

int learn_run(const struct args *args)
{
	const char *seconds = option_value(args, "for"), *file = option_value(args, "output");
	struct learning l = { .file = file ? file : "-" };
	int status;

	if (seconds && (parse_u32(seconds, &l.seconds) || !l.seconds))
		return fail_usage("\"%s\" is not a number of seconds", seconds);
	name_profile(&l);
	l.vm = which_vm(args);
	if (!l.vm)
		return EXIT_FAILURE;
	l.warnings = json_object_new_array();
	status = observe(&l);
	if (!status)
		status = write_profile(&l);
	json_object_put(l.warnings);
	hcbpf_calls_free(l.calls);
	free(l.rules.rules);
	hcbpf_vm_close(l.vm);
	return status;
}
