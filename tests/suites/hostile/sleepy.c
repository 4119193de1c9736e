// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "sleepy.h"

#define LONGEST_US 3000
#define NR_WAKERS 4

static const struct sleepy *how;
static struct waker {
	unsigned int number;
	struct chance chance;
} wakers[NR_WAKERS];
static int uffd;
static char *memory, *shadow;	/* what sleeps, and what it holds */
static size_t page;
static bool can_protect;

static void *anonymous(size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		_exit(97);
	madvise(start, size, MADV_NOHUGEPAGE);
	return start;
}

static bool open_uffd(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API, .features = features };

	uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (uffd < 0)
		_exit(96);
	if (!ioctl(uffd, UFFDIO_API, &api))
		return true;
	close(uffd);
	return false;
}

static void watch(size_t size)
{
	struct uffdio_register reg = {
		.range = { (uintptr_t)memory, size }, .mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	can_protect = open_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	if (!can_protect && !open_uffd(0))
		_exit(95);
	if (can_protect)
		reg.mode |= UFFDIO_REGISTER_MODE_WP;
	if (ioctl(uffd, UFFDIO_REGISTER, &reg))
		_exit(94);
}

/* Others may be changing the process's memory: then again. */
static void bring(uint64_t where, struct chance *chance)
{
	struct uffdio_copy copy = {
		.dst = where, .src = (uintptr_t)shadow + (where - (uintptr_t)memory), .len = page,
		.mode = can_protect && chance_percent(chance, 50) ? UFFDIO_COPY_MODE_WP : 0,
	};
	struct uffdio_range range = { where, page };

	while (ioctl(uffd, UFFDIO_COPY, &copy) && errno == EAGAIN)
		copy.copy = 0;
	ioctl(uffd, UFFDIO_WAKE, &range);	/* if it was there */
}

static void unprotect(uint64_t where)
{
	struct uffdio_writeprotect protect = { .range = { where, page } };

	while (ioctl(uffd, UFFDIO_WRITEPROTECT, &protect) && errno == EAGAIN)
		;
}

static void serve(const struct uffd_msg *msg, struct waker *waker)
{
	struct chance *chance = &waker->chance;
	uint64_t where = msg->arg.pagefault.address & ~(page - 1);
	size_t at = where - (uintptr_t)memory;

	if (chance_percent(chance, 50))
		nap_us(chance_below(chance, LONGEST_US));
	attack_begin(waker->number);
	how->meanwhile(at / how->size, at % how->size, chance);
	attack_end(waker->number);
	if (msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		unprotect(where);
	else
		bring(where, chance);
}

static void *waker_main(void *arg)
{
	struct pollfd wait = { .fd = uffd, .events = POLLIN };
	struct uffd_msg msg;

	for (;;) {
		poll(&wait, 1, -1);
		if (read(uffd, &msg, sizeof(msg)) == sizeof(msg) &&
		    msg.event == UFFD_EVENT_PAGEFAULT)
			serve(&msg, arg);
	}
	return NULL;
}

void sleepy_start(const struct sleepy *what, struct chance with)
{
	size_t size = what->size * what->users;
	pthread_t thread;
	unsigned int i;

	how = what;
	page = sysconf(_SC_PAGESIZE);
	memory = anonymous(size);
	shadow = anonymous(size);
	watch(size);
	for (i = 0; i < NR_WAKERS; i++) {
		wakers[i] = (struct waker){ i, chance_of(chance_next(&with), i) };
		if (pthread_create(&thread, NULL, waker_main, &wakers[i]))
			_exit(93);
	}
}

void *sleepy_put(unsigned int user, size_t offset, const void *data, size_t size)
{
	size_t at = user * how->size + offset;

	memcpy(shadow + at, data, size);
	return memory + at;
}

void sleepy_away(unsigned int user)
{
	madvise(memory + user * how->size, how->size, MADV_DONTNEED);
}
