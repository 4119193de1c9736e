/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CMD_PROFILE_LEARN_H
#define CMD_PROFILE_LEARN_H

#include "cli/command.h"

extern const struct option learn_options[];
int learn_run(const struct args *args);

#endif /* CMD_PROFILE_LEARN_H */
