/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The records that a loaded policy writes into a ring buffer of its own, and what they are: by
 * HCBPF_RECORDS() of <hcbpf/bpf.h>. A ring buffer has one reader: who reads a record takes it.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include <limits.h>
#include <stdbool.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <json-c/json.h>
#include <hcbpf/call.h>

typedef int record_fn(void *data, const void *record, size_t size);

struct records {
	char map[NAME_MAX + 1];		/* the ring buffer's name */
	__u32 map_id;
	struct ring_buffer *ring;
	struct btf *btf;		/* of the policy */
	int type;			/* of a record, in @btf; 0: not known */
	record_fn *fn;
	void *data;
};

/*
 * Open @map of @policy, or if that is NULL the only one it has; @type: the records' type, or
 * NULL for what the policy says. On failure say why and return false.
 */
bool records_open(struct records *records, const char *policy, const char *map, const char *type);
void records_close(struct records *records);

/* Call @fn for each record that is there; it returns 0, or what ends that at once. */
void records_read(struct records *records, record_fn *fn, void *data);

/* Is it still the policy's? -ENOENT: there is no such policy any more, or no such map. */
int records_are_current(const struct records *records, const char *policy, bool *current);

/* A record in words, to be freed; NULL: its type is not known, or it is too short for it. */
char *record_text(const struct records *records, const void *record, size_t size);
/* The same as values: see btf_json(). */
struct json_object *record_json(const struct records *records, const void *record, size_t size);

#endif /* RECORDS_H */
