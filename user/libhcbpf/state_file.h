/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/*
 * The container of <hcbpf/state.h>: writing it and, once all of it has been
 * checked, reading it. What is in a section is left to the file that handles it
 * (state_attributes.c, state_format.c); a new one adds its line to known_sections[].
 */
#ifndef STATE_FILE_H
#define STATE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <hcbpf/state.h>

/* ---- writing ---- */

/* Zero before state_begin(). The first error is remembered and ends it all. */
struct state_writer {
	unsigned char *data;
	size_t size, room;
	uint32_t nr_sections;
	int err;
};

void state_begin(struct state_writer *writer);

/*
 * Append a section. Returns where its @length bytes of content go, zeroed, for
 * use until the next call on @writer; NULL on an error.
 */
void *state_append(struct state_writer *writer, uint32_t type, uint32_t version,
		   uint32_t flags, size_t length);

/*
 * Complete it: 0, and *@data, of *@size bytes, is to be freed; or -ENOMEM or
 * -E2BIG (beyond the format's limits). Frees what the writer holds either way.
 */
int state_end(struct state_writer *writer, void **data, size_t *size);

/* ---- reading ---- */

/*
 * Check everything: the container, and each section that is known. 0, or
 * -EBADMSG with the reason in *@error. @data needs no alignment.
 */
int state_check(const void *data, size_t size, struct hcbpf_state_error *error);

/*
 * A section's content in data that state_check() has passed; NULL: there is none
 * that is known. Not aligned, if the data was not.
 */
const void *state_find(const void *data, uint32_t type, size_t *length);

/* The refusal of data that has no section of this type: -EBADMSG. */
int state_missing(struct hcbpf_state_error *error, uint32_t type);

/* Fill in *@error. Returns -EBADMSG. */
int state_refuse(struct hcbpf_state_error *error, uint32_t reason, uint32_t section,
		 const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The machine that this runs on, as in ELF. */
uint32_t state_arch(void);

#endif /* STATE_FILE_H */
