// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a command, and say whether it succeeded, and whether a device was there meanwhile,
 * were it for a moment: "done" or "failed", "with device" or "without". The kernel makes
 * the node in /dev before the driver's registration returns, and inotify keeps that for
 * who asks when all is over.
 *
 * usage: appears NAME COMMAND [ARGUMENT...]
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **command)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(command[0], command);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

/* Among what has been made in the directory that @fd watches. */
static bool was_made(int fd, const char *name)
{
	char events[4096] __attribute__((aligned(8))), *at;
	const struct inotify_event *event;
	bool made = false;
	ssize_t len;

	while ((len = read(fd, events, sizeof(events))) > 0)
		for (at = events; at < events + len; at += sizeof(*event) + event->len) {
			event = (const void *)at;
			made = made || (event->len && !strcmp(event->name, name));
		}
	return made;
}

int main(int argc, char **argv)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), status;

	if (argc < 3 || fd < 0 || inotify_add_watch(fd, "/dev", IN_CREATE) < 0)
		return 2;
	status = run(argv + 2);
	printf("%s %s\n", status ? "failed" : "done",
	       was_made(fd, argv[1]) ? "with device" : "without");
	return 0;
}
