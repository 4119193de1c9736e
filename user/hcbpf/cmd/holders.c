// SPDX-License-Identifier: GPL-2.0-only
/*
 * holders: what keeps the module loaded. A VMM that binds itself keeps its binding's file
 * after the binding has ended, and nothing else shows that.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/pins.h"
#include "cli/command.h"
#include "cli/output.h"
#include "host/admission.h"
#include "host/check.h"
#include "host/device.h"
#include "host/module.h"
#include "host/remote.h"

#define BINDING_LINK "anon_inode:hcbpf-vm"
#define CLAIM_LINK "anon_inode:hcbpf-claim"
#define BPF_LINK "anon_inode:bpf_link"
/* In fdinfo, of a program on the tracepoint hcbpf:call, as `hcbpf trace` has one. */
#define TRACES_CALLS "tp_name:\tcall\n"

static const struct column columns[] = {
	{ "what", "WHAT" }, { "pid", "PID" }, { "command", "COMMAND" }, { "user", "USER" },
	{ "detail", "DETAIL" }, { 0 }
};

struct search {
	struct json_object *rows;
	const struct process *process;
	int hidden;		/* processes that could not be looked into */
};

static const char *user_text(const struct process *process, char number[USER_NUMBER_LEN])
{
	uid_t uid;

	return process_user(process, &uid) ? "" : user_name(uid, number);
}

/* @process: NULL if it is none's. */
static void add(struct json_object *rows, const struct process *process, const char *what,
		const char *detail)
{
	struct json_object *row = json_object_new_object();
	char comm[COMM_LEN] = "", number[USER_NUMBER_LEN];

	if (process)
		process_comm(process, comm);
	add_text(row, "what", what);
	add_id(row, "pid", process ? process->pid : 0);
	add_text(row, "command", comm);
	add_text(row, "user", process ? user_text(process, number) : "");
	add_text(row, "detail", detail);
	json_object_array_add(rows, row);
}

/* ---- processes ---- */

static const char *what_of(const struct process *process, uint32_t fd, const char *link)
{
	if (!strcmp(link, BINDING_LINK))
		return "binding's file";
	if (!strcmp(link, CLAIM_LINK))
		return "claim";
	if (!strcmp(link, BPF_LINK))
		return process_fd_says(process, fd, TRACES_CALLS) ? "tracer" : NULL;
	return strcmp(link, HCBPF_DEVICE) ? NULL : "device";
}

static int add_fd(uint32_t fd, const char *link, void *data)
{
	struct search *search = data;
	const char *what = what_of(search->process, fd, link);
	char detail[32];

	if (!what)
		return 0;
	snprintf(detail, sizeof(detail), "file descriptor %u", fd);
	add(search->rows, search->process, what, detail);
	return 0;
}

/* A table of ports that is mapped keeps the file, also when that has been closed. */
static int look_into(struct search *search, const struct process *process)
{
	int err;

	search->process = process;
	err = process_each_fd(process, add_fd, search);
	if (!err && process_has_mapped(process, " " BINDING_LINK))
		add(search->rows, process, "mapping", "ports or page attributes of a binding");
	return err;
}

static int add_process(uint32_t pid, void *data)
{
	struct search *search = data;
	struct process process;
	int err;

	/* We have it open ourselves. */
	if (pid == (uint32_t)getpid())
		return 0;
	err = process_open(pid, &process);
	if (!err) {
		err = look_into(search, &process);
		process_close(&process);
	}
	search->hidden += err == -EACCES || err == -EPERM;
	return err == -ESRCH || err == -EACCES || err == -EPERM ? 0 : err;
}

/* ---- policies and VMs ---- */

static int add_policies(struct json_object *rows, int dev)
{
	char detail[sizeof(PINS_ROOT) + HCBPF_NAME_LEN + 64];
	struct hcbpf_next_policy policy = { 0 };
	int err;

	while (!(err = policy_next(dev, &policy))) {
		if (!(policy.state & HCBPF_POLICY_LOADED))
			continue;
		if (pins_exist(policy.name))
			snprintf(detail, sizeof(detail), "%s: `hcbpf unload %s`", policy.name,
				 policy.name);
		else
			snprintf(detail, sizeof(detail), "%s: no pins under %s here; a process has "
				 "it, or another mount", policy.name, PINS_ROOT);
		add(rows, NULL, "policy", detail);
	}
	return err == -ENOENT ? 0 : err;
}

static void add_vm(struct json_object *rows, const struct hcbpf_vm_info *info)
{
	struct process process;
	char detail[64];
	bool found = info->pid && !process_open(info->pid, &process);

	snprintf(detail, sizeof(detail), "%u: `hcbpf vm detach %u`", info->id, info->id);
	add(rows, found ? &process : NULL, "bound VM", detail);
	if (found)
		process_close(&process);
}

static int add_vms(struct json_object *rows, int dev)
{
	struct hcbpf_vm_info info;
	struct hcbpf_vm *vm;
	uint32_t id = 0;
	int err;

	while (!(err = vm_next(dev, &id, &vm))) {
		if (!hcbpf_vm_info(vm, &info))
			add_vm(rows, &info);
		hcbpf_vm_close(vm);
	}
	return err == -ENOENT ? 0 : err;
}

/* ---- admission ---- */

/* A module that has none, or does not tell whoever asks, is held by none. */
static void add_admission(struct json_object *rows, int dev)
{
	struct hcbpf_admission numbers;
	char detail[COUNTS_TEXT + 32], counts[COUNTS_TEXT];

	if (admission_numbers(dev, &numbers) || (!numbers.nr_templates && !numbers.nr_rules))
		return;
	admission_counts(counts, numbers.nr_templates, numbers.nr_rules);
	snprintf(detail, sizeof(detail), "%s: `hcbpf admit clear`", counts);
	add(rows, NULL, "admission", detail);
}

/* ---- all of it ---- */

/* What the kernel counts; our own descriptor is closed. */
static void say_count(const struct search *search)
{
	char text[16] = "";

	if (search->hidden)
		out_progress("not in the list: what %d process%s has that cannot be looked into; %s",
			     search->hidden, search->hidden == 1 ? "" : "es", hint_forbidden());
	if (read_line("/sys/module/hcbpf/refcnt", text, sizeof(text)))
		out_progress("the kernel counts %s user%s of the module; `rmmod hcbpf` works at 0",
			     text, strcmp(text, "1") ? "s" : "");
}

static int collect(struct search *search)
{
	int dev = device_open(), err;

	if (dev < 0)
		return EXIT_FAILURE;
	err = add_policies(search->rows, dev);
	if (err) {
		fail(err, "cannot list the policies: %s", strerror(-err));
	} else {
		err = add_vms(search->rows, dev);
		if (err)
			fail_vm_list(err);
		add_admission(search->rows, dev);
	}
	close(dev);
	if (err)
		return EXIT_FAILURE;
	err = each_process(add_process, search);
	return err ? fail(err, "cannot look for processes in /proc: %s", strerror(-err)) : 0;
}

int holders_run(const struct args *args)
{
	struct search search = { .rows = json_object_new_array() };
	int status;

	(void)args;
	status = collect(&search);
	if (status) {
		json_object_put(search.rows);
		return status;
	}
	out_table(search.rows, columns, "nothing is seen that keeps the module loaded");
	fflush(stdout);
	say_count(&search);
	return EXIT_SUCCESS;
}
