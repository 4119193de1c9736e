/* SPDX-License-Identifier: GPL-2.0-only */
/* Verbs of `port` in files of their own. */
#ifndef PORT_H
#define PORT_H

#include "cli/command.h"

extern const struct option claim_options[];

int claim_run(const struct args *args);
int claims_run(const struct args *args);

#endif /* PORT_H */
