// SPDX-License-Identifier: GPL-2.0-only
/* Files of other processes: what changes between a look and the next one. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../user/hcbpf/host/process.h"

/* The first look at a link is told this, once, rather than what it says. */
static const char *lie;

ssize_t __real_readlinkat(int dir, const char *path, char *to, size_t size);

ssize_t __wrap_readlinkat(int dir, const char *path, char *to, size_t size)
{
	const char *text = lie;

	if (!text)
		return __real_readlinkat(dir, path, to, size);
	lie = NULL;
	memcpy(to, text, strlen(text));
	return strlen(text);
}

#define NUMBER 61

/* A child that sleeps with @file as its descriptor NUMBER; @pid: of this number, or 0. */
static pid_t child_with(int file, pid_t pid)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = pid ? (uintptr_t)&pid : 0,
		.set_tid_size = !!pid,
	};
	pid_t child;

	assert_int_equal(dup2(file, NUMBER), NUMBER);
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (!child) {
		/* Also when a test fails. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	close(NUMBER);
	return child;
}

static void end(pid_t child)
{
	/* To -1 it would go to all processes. */
	assert_true(child > 0);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

static void an_eventfd_is_fetched(void **state)
{
	int efd = eventfd(0, EFD_NONBLOCK), got;
	pid_t child = child_with(efd, 0);
	struct process process;
	uint64_t count = 7;

	(void)state;
	assert_int_equal(process_open(child, &process), 0);
	got = process_fd(&process, NUMBER, EVENTFD_LINK);
	assert_true(got >= 0);
	assert_true(fcntl(got, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(efd, &count, sizeof(count)), sizeof(count));
	count = 0;
	assert_int_equal(read(got, &count, sizeof(count)), sizeof(count));
	assert_int_equal(count, 7);
	close(got);
	assert_int_equal(process_fd(&process, NUMBER, VM_LINK), -EINVAL);
	assert_int_equal(process_fd(&process, NUMBER + 1, VM_LINK), -EBADF);
	process_close(&process);
	end(child);
	close(efd);
}

/* What a VMM has put there after the first look is seen by the second one. */
static void what_was_fetched_is_looked_at(void **state)
{
	int file = open("/dev/null", O_RDONLY);
	pid_t child = child_with(file, 0);
	struct process process;

	(void)state;
	assert_true(child > 0);
	assert_int_equal(process_open(child, &process), 0);
	lie = EVENTFD_LINK;
	assert_int_equal(process_fd(&process, NUMBER, EVENTFD_LINK), -EINVAL);
	assert_null(lie);
	process_close(&process);
	end(child);
	close(file);
}

static void who_gets_its_number_is_another_process(void **state)
{
	int efd = eventfd(0, EFD_NONBLOCK);
	uint64_t start, start2;
	struct process process, other;
	uint32_t *fds;
	pid_t child = child_with(efd, 0), next;

	(void)state;
	assert_int_equal(process_open(child, &process), 0);
	assert_int_equal(process_start(&process, &start), 0);
	end(child);
	/* It began in the same tick of 10 ms, or else another one. */
	usleep(20000);
	next = child_with(efd, child);
	if (next < 0)
		skip();		/* only root may choose a number */
	assert_int_equal(next, child);
	assert_int_equal(process_fd(&process, NUMBER, EVENTFD_LINK), -ESRCH);
	assert_int_equal(process_vm_fds(&process, &fds), -ESRCH);
	assert_int_equal(process_open(child, &other), 0);
	assert_int_equal(process_start(&other, &start2), 0);
	assert_true(start != start2);
	process_close(&process);
	process_close(&other);
	end(next);
	close(efd);
}

static void nobody_is_not_opened(void **state)
{
	struct process process;
	pid_t child = fork();

	(void)state;
	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
	assert_int_equal(process_open(child, &process), -ESRCH);
	assert_int_equal(process_open(0x7fffffff, &process), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_eventfd_is_fetched),
		cmocka_unit_test(what_was_fetched_is_looked_at),
		cmocka_unit_test(who_gets_its_number_is_another_process),
		cmocka_unit_test(nobody_is_not_opened),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
