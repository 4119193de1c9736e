/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* The section BUFFERS of <hcbpf/state.h>. */
#ifndef STATE_BUFFERS_H
#define STATE_BUFFERS_H

#include <hcbpf/uapi.h>
#include "state_file.h"

/* Append the section; @buffers get sorted. Errors show in state_end(). */
void state_buffers_append(struct state_writer *writer, struct hcbpf_buffer *buffers, size_t nr);

/* 0, or -EBADMSG with the reason. */
int state_buffers_check(const void *content, size_t length, struct hcbpf_state_error *error);

/*
 * Read the section from data that state_check() has passed; no section is no buffers.
 * 0, and *@buffers is to be freed, or -ENOMEM.
 */
int state_buffers_read(const void *data, struct hcbpf_buffer **buffers, size_t *nr);

#endif /* STATE_BUFFERS_H */
