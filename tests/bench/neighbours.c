// SPDX-License-Identifier: GPL-2.0-only
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "bench.h"
#include "neighbours.h"

struct neighbour {
	pid_t pid;			/* the process that has it, or 0: we do */
	int fd;				/* KVM's */
	struct hcbpf_vm *binding;
};

static struct neighbour *neighbours;
static unsigned int nr_neighbours;

static void bind_vm(int kvm, struct neighbour *new)
{
	int ret;

	new->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (new->fd < 0)
		err(1, "neighbours: KVM_CREATE_VM");
	ret = hcbpf_vm_bind(new->fd, NULL, &new->binding);
	if (ret)
		errx(1, "neighbours: bind: %s", strerror(-ret));
}

static int open_kvm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		err(1, "/dev/kvm");
	return kvm;
}

static void add_here(struct neighbour *new)
{
	int kvm = open_kvm();

	bind_vm(kvm, new);
	close(kvm);
}

/* A process that has nothing of ours, only its VM. */
static void live(int ready)
{
	struct neighbour own;

	dup2(ready, 3);
	close_range(4, ~0U, 0);
	bind_vm(open_kvm(), &own);
	if (write(3, "", 1) == 1)
		pause();
	_exit(1);
}

static void add_elsewhere(struct neighbour *new)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		err(1, "neighbours: pipe");
	new->pid = fork();
	if (new->pid < 0)
		err(1, "neighbours: fork");
	if (!new->pid)
		live(ready[1]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		errx(1, "neighbours: a process could not bind its VM");
	close(ready[0]);
}

static void grow(unsigned int nr, void (*add)(struct neighbour *new))
{
	if (nr <= nr_neighbours)
		return;
	neighbours = reallocarray(neighbours, nr, sizeof(*neighbours));
	if (!neighbours)
		err(1, "neighbours");
	for (; nr_neighbours < nr; nr_neighbours++) {
		neighbours[nr_neighbours] = (struct neighbour){ .fd = -1 };
		add(&neighbours[nr_neighbours]);
	}
}

void neighbours_here(unsigned int nr)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		err(1, "neighbours: files");
	if (files.rlim_cur < 2 * nr + 1000) {
		files.rlim_cur = files.rlim_max = 2 * nr + 1000;
		if (setrlimit(RLIMIT_NOFILE, &files))
			err(1, "neighbours: more files");
	}
	grow(nr, add_here);
}

void neighbours_elsewhere(unsigned int nr)
{
	grow(nr, add_elsewhere);
}

void neighbours_end(void)
{
	while (nr_neighbours) {
		struct neighbour *last = &neighbours[--nr_neighbours];

		if (last->pid) {
			kill(last->pid, SIGKILL);
			waitpid(last->pid, NULL, 0);
		} else {
			close(last->fd);
			hcbpf_vm_close(last->binding);
		}
	}
	free(neighbours);
	neighbours = NULL;
}
