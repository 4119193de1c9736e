/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal that `top` draws on, which is given back as it was, whatever signal ends us. */
#ifndef TOP_SCREEN_H
#define TOP_SCREEN_H

#include "cmd/top_rows.h"

enum top_wish {
	TOP_NOTHING,		/* time is up */
	TOP_AGAIN,		/* something typed changes what is shown */
	TOP_QUIT
};

struct top_view {
	struct top_order order;
	size_t first;		/* row at the top */
	bool typing;		/* the filter */
	uint32_t seconds;	/* between two looks */
};

/* Says why there is none, and returns the exit status. */
int screen_open(void);
void screen_close(void);

void screen_draw(const struct top_table *table, struct top_view *view);

/* Wait for a key, at most until @deadline (CLOCK_MONOTONIC), and do what it asks for. */
enum top_wish screen_wait(struct top_view *view, const struct timespec *deadline);

/* Once the screen is closed: a signal that has come ends us as if nothing had been there. */
void screen_die_of_signal(void);

#endif /* TOP_SCREEN_H */
