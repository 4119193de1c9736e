/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs of `port` in files of their own. */
#ifndef PORT_H
#define PORT_H

#include "cli/command.h"

extern const struct option claim_options[];

/* A port or a slot, and an eventfd as PID:FD. If it is none say so, and return the exit status. */
int parse_index(const char *text, uint32_t *index);
int parse_eventfd(const char *text, uint32_t *pid, uint32_t *fd);

int claim_run(const struct args *args);
int claims_run(const struct args *args);

#endif /* PORT_H */
