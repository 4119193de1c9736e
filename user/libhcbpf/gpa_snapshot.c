// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The whole map of page attributes at one moment; to a file, and back. */
#include <errno.h>
#include <stdlib.h>

#include "gpa_follow.h"
#include "gpa_ranges.h"
#include "state_attributes.h"

#define ROOM 512	/* as many as the kernel gives out at once */
#define ROUNDS 64

/* All ranges of the follower's next round. */
static int read_round(struct hcbpf_gpa_follower *follower, struct ranges *ranges)
{
	struct hcbpf_gpa_range buffer[ROOM];
	int more, err = 0;
	size_t nr, i;

	do {
		nr = ROOM;
		more = hcbpf_gpa_follow(follower, buffer, &nr);
		for (i = 0; more >= 0 && !err && i < nr; i++)
			err = ranges_add(ranges, &buffer[i]);
	} while (more > 0 && !err);
	return more < 0 ? more : err;
}

/*
 * The first round may be torn: its pieces are from different moments. But a later
 * round has all that changed since it began, and when such a round is of one
 * moment, so is the map with it.
 */
static int read_map(struct hcbpf_gpa_follower *follower, struct ranges *map)
{
	struct ranges delta = { 0 };
	int err, rounds;

	err = read_round(follower, map);
	for (rounds = 1; !err && follower->torn && rounds < ROUNDS; rounds++) {
		err = read_round(follower, &delta);
		if (!err)
			err = ranges_overlay(map, &delta);
		ranges_free(&delta);
	}
	ranges_free(&delta);
	return !err && follower->torn ? -EAGAIN : err;
}

static int take(struct hcbpf_vm *vm, struct hcbpf_gpa_snapshot *to)
{
	struct hcbpf_gpa_follower *follower;
	struct ranges map = { 0 };
	int err;

	err = hcbpf_gpa_follower_new(vm, 0, &follower);
	if (err)
		return err;
	err = read_map(follower, &map);
	if (err) {
		ranges_free(&map);
	} else {
		ranges_drop(&map, follower->default_attr);
		*to = (struct hcbpf_gpa_snapshot){
			.generation = follower->generation,
			.default_attr = follower->default_attr,
			.nr = map.nr, .ranges = map.list,
		};
	}
	hcbpf_gpa_follower_free(follower);
	return err;
}

int hcbpf_gpa_snapshot(struct hcbpf_vm *vm, struct hcbpf_gpa_snapshot **snapshot)
{
	struct hcbpf_gpa_snapshot *new = calloc(1, sizeof(*new));
	int err = new ? take(vm, new) : -ENOMEM;

	if (err)
		free(new);
	else
		*snapshot = new;
	return err;
}

void hcbpf_gpa_snapshot_free(struct hcbpf_gpa_snapshot *snapshot)
{
	if (!snapshot)
		return;
	free(snapshot->ranges);
	free(snapshot);
}

/* ---- files ---- */

int hcbpf_gpa_export(struct hcbpf_vm *vm, void **data, size_t *size)
{
	struct state_writer writer = { 0 };
	struct hcbpf_gpa_snapshot *map;
	int err;

	err = hcbpf_gpa_snapshot(vm, &map);
	if (err)
		return err;
	state_begin(&writer);
	state_attributes_append(&writer, map->default_attr, map->ranges, map->nr);
	hcbpf_gpa_snapshot_free(map);
	return state_end(&writer, data, size);
}

int hcbpf_gpa_import(struct hcbpf_vm *vm, const void *data, size_t size,
		     struct hcbpf_state_error *error)
{
	struct hcbpf_state_error unused;
	struct hcbpf_gpa_range *ranges;
	uint32_t default_attr;
	size_t nr;
	int err;

	error = error ? error : &unused;
	err = state_check(data, size, error);
	if (!err)
		err = state_attributes_read(data, &default_attr, &ranges, &nr, error);
	if (err)
		return err;
	err = hcbpf_gpa_replace(vm, default_attr, ranges, nr);
	free(ranges);
	return err;
}
