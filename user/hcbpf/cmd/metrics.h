/* SPDX-License-Identifier: GPL-2.0-only */
/* The two halves of `metrics`. Each says why it fails, and returns the exit status. */
#ifndef METRICS_H
#define METRICS_H

#include "text/exposition.h"

int metrics_of_module(const struct exposition *to, int dev);
int metrics_of_vms(const struct exposition *to, int dev, uint32_t most);

#endif /* METRICS_H */
