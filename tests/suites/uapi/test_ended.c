// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for the end of a binding: poll() on its files; and whose number it shows. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>
#include "standard_policy.h"

#define WAIT_MS 20000

static struct kvm_vm *vm;
static int binding;

static int bind_vm(void **state)
{
	struct kvm_vm_conf conf = { 0 };

	(void)state;
	if (kvm_vm_create(&conf, &vm))
		return -1;
	binding = hc_bind(vm->fd, "standard");
	return binding < 0 ? -1 : 0;
}

static int destroy_vm(void **state)
{
	(void)state;
	if (vm)
		kvm_vm_destroy(vm);
	vm = NULL;
	close(binding);
	return 0;
}

/* What poll() says: its events, 0 after the time. */
static int poll_for(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&pollfd, 1, ms) < 0 ? -errno : pollfd.revents;
}

static void nothing_is_said_while_it_is_in_force(void **state)
{
	(void)state;
	assert_return(poll_for(binding, 0), 0);
	assert_return(poll_for(binding, 50), 0);
}

static void the_end_is_said_for_good(void **state)
{
	int other = assert_fd(hc_open_id(hc_vm_info(binding).id)), copy = assert_fd(dup(binding));

	(void)state;
	assert_ok(hc_unbind(other));
	assert_return(poll_for(binding, 0), POLLHUP);
	assert_return(poll_for(binding, -1), POLLHUP);
	assert_return(poll_for(other, 0), POLLHUP);
	assert_return(poll_for(copy, 0), POLLHUP);
	close(other);
	close(copy);
}

static void another_binding_of_the_vm_is_not_meant(void **state)
{
	int next;

	(void)state;
	assert_ok(hc_unbind(binding));
	next = assert_fd(hc_bind(vm->fd, "standard"));
	assert_return(poll_for(binding, 0), POLLHUP);
	assert_return(poll_for(next, 0), 0);
	assert_ok(hc_unbind(next));
	assert_return(poll_for(next, 0), POLLHUP);
	close(next);
}

/* ---- being woken ---- */

struct waiter {
	pthread_t thread;
	int fd, said;
	int *ready;
};

static void *wait_for_end(void *arg)
{
	struct waiter *waiter = arg;

	__atomic_add_fetch(waiter->ready, 1, __ATOMIC_RELAXED);
	waiter->said = poll_for(waiter->fd, WAIT_MS);
	return NULL;
}

static void start(struct waiter *waiters, int nr, int fd, int *ready)
{
	int i;

	*ready = 0;
	for (i = 0; i < nr; i++) {
		waiters[i] = (struct waiter){ .fd = fd, .ready = ready };
		assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_for_end,
						&waiters[i]), 0);
	}
}

static void join(struct waiter *waiters, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		pthread_join(waiters[i].thread, NULL);
	for (i = 0; i < nr; i++)
		assert_int_equal(waiters[i].said, POLLHUP);
}

static void who_waits_is_woken_by_detach(void **state)
{
	struct waiter waiters[8];
	int ready;

	(void)state;
	start(waiters, 8, binding, &ready);
	assert_true(wait_until(__atomic_load_n(&ready, __ATOMIC_RELAXED) == 8, WAIT_MS));
	sleep_ms(50);
	assert_ok(hc_unbind(binding));
	join(waiters, 8);
}

static void who_waits_is_woken_by_the_vms_end(void **state)
{
	struct waiter waiter;
	int ready;

	(void)state;
	start(&waiter, 1, binding, &ready);
	sleep_ms(50);
	kvm_vm_destroy(vm);
	vm = NULL;
	join(&waiter, 1);
}

static void a_child_is_woken(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	if (!child)
		_exit(poll_for(binding, WAIT_MS) == POLLHUP ? 42 : 1);
	sleep_ms(100);
	assert_ok(hc_unbind(binding));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 42);
}

/* An end that comes while they are on their way into poll(): none of them misses it. */
static void no_end_is_missed(void **state)
{
	struct waiter waiters[4];
	int round, ready;

	(void)state;
	for (round = 0; round < 30; round++) {
		start(waiters, 4, binding, &ready);
		while (__atomic_load_n(&ready, __ATOMIC_RELAXED) < round % 5)
			sched_yield();
		assert_ok(hc_unbind(binding));
		join(waiters, 4);
		close(binding);
		binding = assert_fd(hc_bind(vm->fd, "standard"));
	}
}

/* ---- epoll ---- */

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return epoll;
}

static uint32_t epoll_says(int epoll, int ms)
{
	struct epoll_event event = { 0 };

	return epoll_wait(epoll, &event, 1, ms) == 1 ? event.events : 0;
}

/* More than are woken at a time, of every kind, and epolls of epolls. */
static void each_of_many_is_woken(void **state)
{
	static const uint32_t kinds[] = { 0, EPOLLIN | EPOLLET, EPOLLIN | EPOLLEXCLUSIVE,
					  EPOLLONESHOT };
	int epolls[300], above = -1, i;

	(void)state;
	for (i = 0; i < 300; i++) {
		epolls[i] = assert_fd(watch(binding, kinds[i % 4]));
		assert_int_equal(epoll_says(epolls[i], 0), 0);
	}
	above = assert_fd(watch(epolls[299], EPOLLIN));
	assert_ok(hc_unbind(binding));
	for (i = 0; i < 300; i++)
		assert_int_equal(epoll_says(epolls[i], 0), EPOLLHUP);
	close(above);
	for (i = 0; i < 300; i++)
		close(epolls[i]);
}

static void an_epoll_does_not_keep_it(void **state)
{
	int epoll = assert_fd(watch(binding, 0));

	(void)state;
	close(binding);
	binding = -1;
	/* Its last file is closed: the epoll has forgotten it. */
	kvm_vm_destroy(vm);
	vm = NULL;
	assert_true(wait_until(hc_next_vm(0) == -ENOENT, WAIT_MS));
	assert_int_equal(epoll_says(epoll, 50), 0);
	close(epoll);
}

static bool stop;

/* Waiters that come at both ends of the queue, and go, for as long as they may. */
static void *come_and_go(void *arg)
{
	int epolls[100], i, *fd = arg;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < 100; i++)
			epolls[i] = watch(*fd, i & 1 ? EPOLLEXCLUSIVE : 0);
		for (i = 0; i < 100; i++)
			close(epolls[i]);
	}
	return NULL;
}

static void an_end_comes_to_its_end(void **state)
{
	pthread_t threads[2];
	uint64_t before;
	int i;

	(void)state;
	stop = false;
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &binding), 0);
	sleep_ms(100);
	before = now_ms();
	assert_ok(hc_unbind(binding));
	assert_true(now_ms() - before < WAIT_MS);
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_return(poll_for(binding, 0), POLLHUP);
}

/* ---- whose it is ---- */

/* A child makes a VM in a thread of its own, and gives us its binding by staying alive. */
static void *make_a_vm(void *arg)
{
	struct kvm_vm_conf conf = { 0 };
	static struct kvm_vm *made;
	int *fd = arg;

	*fd = kvm_vm_create(&conf, &made) ? -1 : hc_bind(made->fd, "standard");
	return NULL;
}

static void be_a_vmm(int out)
{
	pthread_t thread;
	int fd, id = -1;

	hc_device_close();
	if (!pthread_create(&thread, NULL, make_a_vm, &fd) && !pthread_join(thread, NULL) &&
	    fd >= 0)
		id = hc_vm_info(fd).id;
	if (write(out, &id, sizeof(id)) != sizeof(id))
		_exit(1);
	for (;;)
		pause();
}

static void its_process_is_the_one_that_has_made_the_vm(void **state)
{
	int fds[2], id = -1, fd;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child)
		be_a_vmm(fds[1]);
	assert_int_equal(read(fds[0], &id, sizeof(id)), sizeof(id));
	fd = assert_fd(hc_open_id(id));
	/* The thread that made it has gone. */
	assert_int_equal(hc_vm_info(fd).pid, child);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	/* Its number may be another's from here on. */
	assert_int_equal(hc_vm_info(fd).pid, 0);
	assert_return(poll_for(fd, WAIT_MS), POLLHUP);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

#define vm_test(f) cmocka_unit_test_setup_teardown(f, bind_vm, destroy_vm)

int main(void)
{
	const struct CMUnitTest tests[] = {
		vm_test(nothing_is_said_while_it_is_in_force),
		vm_test(the_end_is_said_for_good),
		vm_test(another_binding_of_the_vm_is_not_meant),
		vm_test(who_waits_is_woken_by_detach),
		vm_test(who_waits_is_woken_by_the_vms_end),
		vm_test(a_child_is_woken),
		vm_test(no_end_is_missed),
		vm_test(each_of_many_is_woken),
		vm_test(an_epoll_does_not_keep_it),
		vm_test(an_end_comes_to_its_end),
		cmocka_unit_test(its_process_is_the_one_that_has_made_the_vm),
	};

	return cmocka_run_group_tests_name("ended", tests, standard_setup, standard_teardown);
}
