// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
#include "commands.h"

static int commander = -1;	/* a socket to that process */
static pid_t commander_pid;

static void make_vm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0 || ioctl(kvm, KVM_CREATE_VM, 0) < 0)
		err(1, "commands: KVM_CREATE_VM");
}

static double children_ran(void)
{
	struct rusage used;

	getrusage(RUSAGE_CHILDREN, &used);
	return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e9 +
	       (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e3;
}

static double command(const char *text)
{
	double ran = children_ran();

	if (system(text))
		errx(1, "commands: %s failed", text);
	return children_ran() - ran;
}

static double attach_other(void)
{
	int ready[2];
	char text[80];
	double ran;
	pid_t pid;

	if (pipe(ready))
		err(1, "commands: pipe");
	pid = fork();
	if (pid < 0)
		err(1, "commands: fork");
	if (!pid) {
		make_vm();
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], text, 1) != 1)
		errx(1, "commands: the other process has no VM");
	close(ready[0]);
	close(ready[1]);
	snprintf(text, sizeof(text), "exec hcbpf vm attach --pid %d > /dev/null", pid);
	ran = command(text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return ran;
}

/* Until the other end is closed. */
static void obey(int socket)
{
	double ran;
	char what;

	while (read(socket, &what, 1) == 1) {
		ran = what == 'a' ? attach_other() : command("exec hcbpf replace standard > /dev/null");
		if (write(socket, &ran, sizeof(ran)) != sizeof(ran))
			break;
	}
	_exit(0);
}

void commands_start(void)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		err(1, "commands: socketpair");
	commander_pid = fork();
	if (commander_pid < 0)
		err(1, "commands: fork");
	if (!commander_pid) {
		close(sockets[0]);
		obey(sockets[1]);
	}
	close(sockets[1]);
	commander = sockets[0];
}

static double ask(char what)
{
	double ran;

	if (write(commander, &what, 1) != 1 || read(commander, &ran, sizeof(ran)) != sizeof(ran))
		errx(1, "commands: the process that runs them has ended");
	return ran;
}

double command_attach(void)
{
	return ask('a');
}

double command_replace(void)
{
	return ask('r');
}

void commands_end(void)
{
	close(commander);
	waitpid(commander_pid, NULL, 0);
}
