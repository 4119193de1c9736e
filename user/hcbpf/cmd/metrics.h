/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of `metrics`. Each that may fail says why, and returns the exit status. */
#ifndef METRICS_H
#define METRICS_H

#include "host/sample.h"
#include "text/exposition.h"

int metrics_of_module(const struct exposition *to, int dev);
/* Of @vms VMs at most, and the calls of @observed of these. */
int metrics_of_vms(const struct exposition *to, int dev, uint32_t vms, uint32_t observed);

/*
 * The calls of at most so many observed VMs, which are read here. A VM that has ended by then
 * leaves the sample, so this comes before what else there is of it.
 */
int metrics_of_calls(const struct exposition *to, struct sample *sample, uint32_t most);

/* A VM's label. */
#define ID_TEXT 12
const char *metrics_id(char text[ID_TEXT], const struct vm_sample *vm);

#endif /* METRICS_H */
