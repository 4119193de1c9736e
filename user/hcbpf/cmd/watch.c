// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <time.h>

#include "cmd/watch.h"

int watch(const struct watch *what, uint32_t seconds, uint32_t times)
{
	struct sample before, now;
	struct timespec next;
	int status = what->read(what->source, &before);

	if (status)
		return status;
	next = before.at;
	do {
		/* Not the interval from here on: reading takes its time, too. */
		next.tv_sec += seconds;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		status = what->read(what->source, &now);
		if (!status)
			what->show(what->source, &now, &before);
		sample_free(&before);
		before = now;
	} while (!status && !ferror(stdout) && --times);
	sample_free(&before);
	return status;
}
