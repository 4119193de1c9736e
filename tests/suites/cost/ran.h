/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RAN_H
#define RAN_H

/*
 * What the children that have ended executed, in instructions: where the clock counts them.
 * Elapsed ticks would have in them how long they waited for grace periods, which is a tick of
 * the timer, or one more.
 */
double children_ran(void);

#endif /* RAN_H */
