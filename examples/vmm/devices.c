// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * The devices behind the ports: eventfds, and one thread that waits for all of
 * them. They cannot tell who signals, the kernel or the VMM, and need not.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "vmm.h"

struct port *ports;
unsigned int nr_ports;
static int quit_efd;
static pthread_t thread;

void create_ports(void)
{
	nr_ports = opt.ports + 2;
	ports = calloc(nr_ports, sizeof(*ports));
	if (!ports)
		err(1, "ports");
	for (unsigned int i = 0; i < nr_ports; i++) {
		ports[i].number = i + 1;
		ports[i].efd[0] = CHECK(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
		ports[i].efd[1] = CHECK(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
		ports[i].how = i < opt.ports ? "set" : i == opt.ports ? "not set" : "doorbell";
	}
	if (!opt.plain)
		ports[0].how = "changing";
}

static uint64_t drain(int efd)
{
	uint64_t count = 0;

	return read(efd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

/* Wait for signals until told to quit, then take what is left. */
static void *backend(void *arg)
{
	int epoll = CHECK(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event event = { .events = EPOLLIN };

	CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, quit_efd, &event));
	for (unsigned int i = 0; i < 2 * nr_ports; i++) {
		event.data.ptr = &ports[i / 2];
		CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, ports[i / 2].efd[i % 2], &event));
	}
	while (epoll_wait(epoll, &event, 1, -1) < 0 || event.data.ptr) {
		struct port *port = event.data.ptr;

		port->arrived += drain(port->efd[0]) + drain(port->efd[1]);
	}
	for (unsigned int i = 0; i < nr_ports; i++)
		ports[i].arrived += drain(ports[i].efd[0]) + drain(ports[i].efd[1]);
	close(epoll);
	return arg;
}

void start_devices(void)
{
	quit_efd = CHECK(eventfd(0, EFD_CLOEXEC));
	start_thread(&thread, backend, NULL);
}

/* Returns when all signals that were there are counted. */
void stop_devices(void)
{
	CHECK(eventfd_write(quit_efd, 1));
	pthread_join(thread, NULL);
}

void start_thread(pthread_t *id, void *(*function)(void *), void *arg)
{
	errno = pthread_create(id, NULL, function, arg);
	if (errno)
		err(1, "pthread_create");
}
