/* SPDX-License-Identifier: GPL-2.0-only */
/* What --watch does: a sample again and again, each shown beside the one before. */
#ifndef WATCH_H
#define WATCH_H

#include <stdint.h>

#include "host/sample.h"

struct watch {
	/* On failure says why, and returns the exit status. */
	int (*read)(void *source, struct sample *sample);
	void (*show)(void *source, const struct sample *now, const struct sample *before);
	void *source;		/* for both */
};

/*
 * Until interrupted, until there is nobody to read what is shown, until reading fails, or until
 * that many were shown; @times = 0: without end. Returns the exit status.
 */
int watch(const struct watch *what, uint32_t seconds, uint32_t times);

#endif /* WATCH_H */
