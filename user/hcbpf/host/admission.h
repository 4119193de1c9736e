/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of admission that the module has in force, asked through an open /dev/hcbpf. All
 * return 0 or a negative errno and print nothing.
 */
#ifndef HOST_ADMISSION_H
#define HOST_ADMISSION_H

#include "host/process.h"
#include "text/admission.h"

/* Numbers alone. */
int admission_numbers(int dev, struct hcbpf_admission *numbers);

/* All of it, for admission_free(). -EAGAIN: somebody replaces it all the time. */
int admission_get(int dev, struct admission *table);

/* The template by which @process's VM would be bound as it first runs; NULL: by none. */
const struct hcbpf_template *admission_template_of(const struct admission *table,
						   const struct process *process);

/* Put it in force; an empty one switches admission off. */
int admission_set(int dev, const struct admission *table);

#endif /* HOST_ADMISSION_H */
