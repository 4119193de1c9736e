/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Those who change something while guests call: each is a thread that takes its turn
 * again and again until it is told to stop.
 */
#ifndef TESTS_LAB_PARALLEL_CHANGES_H
#define TESTS_LAB_PARALLEL_CHANGES_H

#include <stdatomic.h>
#include "callers.h"

struct changer {
	const char *what;
	int (*turn)(void *arg, unsigned long turn);	/* 0, or what should not have been */
	void *arg;
	atomic_ulong turns;
	atomic_int err;
	atomic_bool stop;
	pthread_t thread;
};

static void *change(void *arg)
{
	struct changer *changer = arg;

	while (!changer->err && !atomic_load(&changer->stop)) {
		changer->err = changer->turn(changer->arg, changer->turns);
		changer->turns++;
	}
	return NULL;
}

static inline void changers_start(struct changer *changers, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		changers[i].turns = 0;
		changers[i].err = 0;
		atomic_store(&changers[i].stop, false);
		assert_return(pthread_create(&changers[i].thread, NULL, change, &changers[i]), 0);
	}
}

/* Each has had @turns, or one something that should not be. */
static inline bool changers_had(struct changer *changers, unsigned int nr, unsigned long turns)
{
	bool all = true;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (changers[i].err)
			return true;
		all = all && changers[i].turns >= turns;
	}
	return all;
}

/* Everything in their turns was as it should be. */
static inline void changers_stop(struct changer *changers, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		atomic_store(&changers[i].stop, true);
	for (i = 0; i < nr; i++)
		pthread_join(changers[i].thread, NULL);
	for (i = 0; i < nr; i++)
		print_message("# %s: %lu times\n", changers[i].what, changers[i].turns);
	for (i = 0; i < nr; i++)
		if (changers[i].err)
			fail_msg("%s: %s", changers[i].what, strerror(-changers[i].err));
}

#endif /* TESTS_LAB_PARALLEL_CHANGES_H */
