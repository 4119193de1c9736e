/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal that somebody reads our output on. */
#ifndef TERMINAL_H
#define TERMINAL_H

/* How many columns it has: as COLUMNS says, else as it says itself, else 80. */
int terminal_width(void);

#endif /* TERMINAL_H */
