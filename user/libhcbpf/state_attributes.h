/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The section ATTRIBUTES of <hcbpf/state.h>. */
#ifndef STATE_ATTRIBUTES_H
#define STATE_ATTRIBUTES_H

#include <hcbpf/gpa.h>
#include "state_file.h"

/*
 * Append the section. The ranges are as the format wants them. Errors show in
 * state_end().
 */
void state_attributes_append(struct state_writer *writer, uint32_t default_attr,
			     const struct hcbpf_gpa_range *ranges, size_t nr);

/* 0, or -EBADMSG with the reason. */
int state_attributes_check(const void *content, size_t length, struct hcbpf_state_error *error);

/*
 * Read the section from data that state_check() has passed. 0, and *@ranges is
 * to be freed; -EBADMSG: there is none; -ENOMEM.
 */
int state_attributes_read(const void *data, uint32_t *default_attr,
			  struct hcbpf_gpa_range **ranges, size_t *nr,
			  struct hcbpf_state_error *error);

#endif /* STATE_ATTRIBUTES_H */
