// SPDX-License-Identifier: GPL-2.0-only
/* port claim, claims: ports for backends, whether their VM is there or not. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/output.h"
#include "cmd/port.h"
#include "host/check.h"
#include "host/device.h"
#include "host/module.h"
#include "host/remote.h"

const struct option claim_options[] = {
	{ "eventfd PID:FD", "signal this eventfd of a process, until the process ends" },
	{ "count N", "show the signals, and end after this many lines" },
	{ 0 }
};

/* ---- claiming ---- */

struct wanted {
	const char *tag;
	uint32_t port, pid, fd, count;
	char *const *command;		/* NULL: none */
	bool has_eventfd, has_count;
};

/* "" if it has gone. */
static void command_of(uint32_t pid, char comm[COMM_LEN])
{
	struct process process;

	comm[0] = '\0';
	if (pid && !process_open(pid, &process)) {
		process_comm(&process, comm);
		process_close(&process);
	}
}

static void whose_text(const struct hcbpf_claim_holder *holder, char *text, size_t size)
{
	char comm[COMM_LEN], number[USER_NUMBER_LEN];

	if (!holder->pid) {
		snprintf(text, size, "a process of user %s that has ended, by what it has left to "
			 "others", user_name(holder->uid, number));
		return;
	}
	command_of(holder->pid, comm);
	snprintf(text, size, "process %d (%s) of user %s", holder->pid, comm,
		 user_name(holder->uid, number));
}

static int fail_claim(int err, const struct wanted *wanted,
		      const struct hcbpf_claim_holder *holder)
{
	char whose[160];

	switch (err) {
	case -EEXIST:
		whose_text(holder, whose, sizeof(whose));
		return fail(err, "port %u of \"%s\" is claimed by %s\nsee `hcbpf port claims`",
			    wanted->port, wanted->tag, whose);
	case -EBUSY:
		return fail(err, "the VMM has put port %u of \"%s\" on an eventfd of its own\n"
			    "see `hcbpf port list --tag %s`", wanted->port, wanted->tag,
			    wanted->tag);
	case -ERANGE:
		return fail(err, "port %u is too large for the table of \"%s\"", wanted->port,
			    wanted->tag);
	case -ENOSPC:
		return fail(err, "you have %u claims, the most that a user may have",
			    HCBPF_MAX_CLAIMS);
	case -ENOTTY:
		return fail(err, "the module is too old for claims");
	default:
		return fail(err, "cannot claim port %u of \"%s\": %s", wanted->port, wanted->tag,
			    strerror(-err));
	}
}

/* The claim's descriptor; -1 after saying why not. */
static int claim(const struct wanted *wanted, int efd)
{
	struct hcbpf_claim_holder holder = { 0 };
	int fd;

	if (check_failed(check_module) || check_failed(check_device))
		return -1;
	fd = hcbpf_port_claim(wanted->tag, wanted->port, efd, &holder);
	if (fd < 0) {
		fail_claim(fd, wanted, &holder);
		return -1;
	}
	if (!wanted->command)	/* which may have something to say itself */
		out_progress("port %u of \"%s\" is claimed", wanted->port, wanted->tag);
	return fd;
}

/* ---- for an eventfd of another process ---- */

static struct json_object *signals_json(const struct wanted *wanted)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "tag", wanted->tag);
	add_number(object, "port", wanted->port);
	return object;
}

static int wait_for_end(const struct wanted *wanted, const struct process *process)
{
	struct pollfd end = { .fd = process->pidfd, .events = POLLIN };
	struct json_object *object;

	while (poll(&end, 1, -1) < 0)
		if (errno != EINTR)
			return fail(-errno, "cannot wait for process %u: %m", process->pid);
	object = signals_json(wanted);
	add_null(object, "count");
	out_done(object, "process %u has ended: port %u of \"%s\" is not claimed any more",
		 process->pid, wanted->port, wanted->tag);
	return EXIT_SUCCESS;
}

static int claim_for_process(const struct wanted *wanted, const struct process *process)
{
	int efd = remote_eventfd(wanted->pid, wanted->fd), fd, status = EXIT_FAILURE;

	if (efd < 0)
		return status;
	fd = claim(wanted, efd);
	close(efd);
	if (fd >= 0)
		status = wait_for_end(wanted, process);
	return status;
}

/* ---- for a command, or to look at ---- */

/* As from systemd's socket activation, sd_listen_fds(3): 3 is the eventfd, 4 the claim. */
static int run_command(const struct wanted *wanted, int efd, int fd)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	if (setenv("LISTEN_FDS", "2", 1) || setenv("LISTEN_FDNAMES", "eventfd:claim", 1) ||
	    setenv("LISTEN_PID", pid, 1))
		return fail(-errno, "cannot set the environment: %m");
	/* Beyond both first, for one may be where the other has to go. */
	efd = dup(efd);
	fd = dup(fd);
	if (efd < 0 || fd < 0 || dup2(efd, 3) < 0 || dup2(fd, 4) < 0)
		return fail(-errno, "cannot pass the eventfd on: %m");
	if (efd > 4)
		close(efd);
	if (fd > 4)
		close(fd);
	execvp(wanted->command[0], wanted->command);
	return fail(-errno, "cannot run %s: %m", wanted->command[0]);
}

static int show(const struct wanted *wanted, uint64_t count)
{
	struct json_object *object;

	if (!out_is_json()) {
		printf("port %u of %s: %llu\n", wanted->port, wanted->tag,
		       (unsigned long long)count);
		return fflush(stdout) ? -errno : 0;
	}
	object = signals_json(wanted);
	add_number(object, "count", count);
	out_line(object);
	return 0;
}

static int show_signals(const struct wanted *wanted, int efd)
{
	uint32_t left = wanted->count;
	uint64_t count;
	int err = 0;

	while (!err && (!wanted->has_count || left--)) {
		while (read(efd, &count, sizeof(count)) < 0)
			if (errno != EINTR)
				return fail(-errno, "cannot read the eventfd: %m");
		err = show(wanted, count);
	}
	return err ? fail(err, "cannot write: %s", strerror(-err)) : EXIT_SUCCESS;
}

static int claim_for_us(const struct wanted *wanted)
{
	int efd = eventfd(0, EFD_CLOEXEC), fd;

	if (efd < 0)
		return fail(-errno, "cannot make an eventfd: %m");
	fd = claim(wanted, efd);
	if (fd < 0)
		return EXIT_FAILURE;
	return wanted->command ? run_command(wanted, efd, fd) : show_signals(wanted, efd);
}

static int parse(const struct args *args, struct wanted *wanted)
{
	const char *eventfd = option_value(args, "eventfd"), *count = option_value(args, "count");

	*wanted = (struct wanted){ .tag = args->words[0], .has_eventfd = eventfd,
				   .has_count = count };
	if (args->nr_words > 2)
		wanted->command = (char *const *)&args->words[2];
	if (!!eventfd + !!count + !!wanted->command > 1)
		return fail_usage("use one of --eventfd, --count and a command");
	if (fail_name(wanted->tag, "a tag"))
		return EXIT_USAGE;
	if (parse_index(args->words[1], &wanted->port))
		return EXIT_USAGE;
	if (count && (parse_u32(count, &wanted->count) || !wanted->count))
		return fail_usage("\"%s\" is not a number of lines", count);
	return eventfd ? parse_eventfd(eventfd, &wanted->pid, &wanted->fd) : 0;
}

int claim_run(const struct args *args)
{
	struct process process;
	struct wanted wanted;
	int status = parse(args, &wanted);

	if (status)
		return status;
	if (!wanted.has_eventfd)
		return claim_for_us(&wanted);
	/* First, so that its end is noticed whenever it comes. */
	if (remote_open(wanted.pid, &process))
		return EXIT_FAILURE;
	status = claim_for_process(&wanted, &process);
	process_close(&process);
	return status;
}

/* ---- claims ---- */

static const struct column claims_columns[] = {
	{ "claim", "CLAIM" }, { "tag", "TAG" }, { "port", "PORT" }, { "nr_vms", "VMS" },
	{ "pid", "PID" }, { "command", "COMMAND" }, { "user", "USER" }, { 0 }
};

static struct json_object *claim_json(const struct hcbpf_next_claim *claim)
{
	struct json_object *row = json_object_new_object();
	char comm[COMM_LEN], number[USER_NUMBER_LEN];

	command_of(claim->pid, comm);
	add_number(row, "claim", claim->id);
	add_text(row, "tag", claim->tag);
	add_number(row, "port", claim->port);
	add_number(row, "nr_vms", claim->nr_vms);
	add_id(row, "pid", claim->pid);
	add_text(row, "command", comm);
	add_text(row, "user", user_name(claim->uid, number));
	add_number(row, "uid", claim->uid);
	return row;
}

int claims_run(const struct args *args)
{
	struct json_object *rows = json_object_new_array();
	struct hcbpf_next_claim claim = { 0 };
	int dev = device_open(), err;

	(void)args;
	if (dev < 0) {
		json_object_put(rows);
		return EXIT_FAILURE;
	}
	while (!(err = claim_next(dev, &claim)))
		json_object_array_add(rows, claim_json(&claim));
	close(dev);
	if (err == -ENOENT) {
		out_table(rows, claims_columns, "no port is claimed");
		return EXIT_SUCCESS;
	}
	json_object_put(rows);
	return err == -ENOTTY ? fail(err, "the module is too old for claims") :
	       fail(err, "cannot list the claims: %s", strerror(-err));
}
