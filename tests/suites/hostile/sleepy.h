/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory that sleeps: whoever reads it, the kernel too, waits until a thread, a waker,
 * brings the page, and whoever then writes it waits once more where userfaultfd can
 * protect pages. While one waits, the waker does what would be worst.
 */
#ifndef TESTS_LAB_HOSTILE_SLEEPY_H
#define TESTS_LAB_HOSTILE_SLEEPY_H

#include "attack.h"

struct sleepy {
	size_t size;		/* of one user's memory, whole pages */
	unsigned int users;
	/* In a waker's thread, while user @user waits for @offset: what would be worst. */
	void (*meanwhile)(unsigned int user, size_t offset, struct chance *chance);
};

/* Start the wakers, which are threads. */
void sleepy_start(const struct sleepy *how, struct chance chance);
/* Let @data be what user @user's memory has when it wakes up; its address. */
void *sleepy_put(unsigned int user, size_t offset, const void *data, size_t size);
/* All of it sleeps from now on. */
void sleepy_away(unsigned int user);

#endif /* TESTS_LAB_HOSTILE_SLEEPY_H */
