// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's page attributes over a kernel made of an array, which changes
 * between any two calls: following misses nothing, a snapshot is of one moment,
 * and a file says what the map was.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "unit.h"
#include "../../user/libhcbpf/internal.h"
#include "../../user/libhcbpf/gpa_ranges.h"

/* The first frames, each for itself; all behind them are one. */
#define FRAMES 64
#define REST FRAMES

static struct kernel {
	uint32_t attr[FRAMES + 1];
	uint64_t changed[FRAMES + 1];
	uint64_t generation;
	uint32_t default_attr;
	unsigned int at_once;		/* ranges in one answer */
	unsigned int changes;		/* of random frames, after each answer */
	unsigned int calls;
	int fail_next;
	uint32_t fail_set_at;		/* ranges that a set can do before -ENOMEM */
	bool ended;
	bool history;
} kernel;

/* The whole map as it was at each generation. */
#define HISTORY 4096
static uint32_t history[HISTORY][FRAMES + 1];

static void kernel_init(unsigned int at_once)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.at_once = at_once;
	kernel.fail_set_at = UINT32_MAX;
}

static void change(unsigned int frame, uint32_t attr)
{
	kernel.attr[frame] = attr;
	kernel.changed[frame] = ++kernel.generation;
	if (kernel.history && kernel.generation < HISTORY)
		memcpy(history[kernel.generation], kernel.attr, sizeof(kernel.attr));
}

static void change_some(void)
{
	unsigned int i;

	for (i = 0; i < kernel.changes; i++)
		change(rand() % (FRAMES + 1), rand() % 3);
}

static struct hcbpf_gpa_range range_of(unsigned int frame)
{
	return (struct hcbpf_gpa_range){
		.gfn = frame, .npages = frame == REST ? HCBPF_GPA_FRAMES - FRAMES : 1,
		.attr = kernel.attr[frame],
	};
}

static int kernel_get(struct hcbpf_gpa_get *get)
{
	struct hcbpf_gpa_range *to = (void *)(uintptr_t)get->ranges;
	uint32_t room = get->nr < kernel.at_once ? get->nr : kernel.at_once;

	assert_int_equal(get->size, sizeof(*get));
	if (!get->nr || get->gfn > HCBPF_GPA_FRAMES || get->since > kernel.generation)
		return -EINVAL;
	for (get->nr = 0; get->nr < room && get->gfn < HCBPF_GPA_FRAMES; get->gfn++) {
		unsigned int frame = get->gfn < FRAMES ? get->gfn : REST;

		if (!get->since || kernel.changed[frame] > get->since)
			to[get->nr++] = range_of(frame);
		if (frame == REST)
			get->gfn = HCBPF_GPA_FRAMES - 1;
	}
	get->generation = kernel.generation;
	get->default_attr = kernel.default_attr;
	change_some();
	return 0;
}

static int kernel_set(struct hcbpf_gpa_set *set)
{
	const struct hcbpf_gpa_range *from = (void *)(uintptr_t)set->ranges;
	uint32_t i, nr = set->nr;
	uint64_t gfn;

	assert_true(nr <= HCBPF_GPA_MAX_RANGES || set->flags & HCBPF_GPA_REPLACE);
	if (set->flags & HCBPF_GPA_REPLACE) {
		kernel.default_attr = set->default_attr;
		for (i = 0; i <= FRAMES; i++)
			change(i, set->default_attr);
	}
	for (i = 0; i < nr; i++) {
		if (i == kernel.fail_set_at) {
			set->nr = i;
			return -ENOMEM;
		}
		for (gfn = from[i].gfn; gfn < from[i].gfn + from[i].npages && gfn <= REST; gfn++)
			change(gfn, from[i].attr);
	}
	return 0;
}

int hcbpf_ioctl(int fd, unsigned long request, void *arg)
{
	int err = kernel.fail_next;

	(void)fd;
	kernel.calls++;
	kernel.fail_next = 0;
	if (kernel.ended && request == HCBPF_VM_GPA_SET)
		((struct hcbpf_gpa_set *)arg)->nr = 0;
	if (err || kernel.ended)
		return err ? err : -ENODEV;
	switch (request) {
	case HCBPF_VM_GPA_GET:
		return kernel_get(arg);
	case HCBPF_VM_GPA_SET:
		return kernel_set(arg);
	default:
		fail_msg("request %lx", request);
		return -ENOTTY;
	}
}

static struct hcbpf_vm vm = { .fd = -1 };

/* ---- following ---- */

/* What a migration's destination has. */
static uint32_t mirror[FRAMES + 1];

static void take(const struct hcbpf_gpa_range *ranges, size_t nr)
{
	uint64_t gfn;
	size_t i;

	for (i = 0; i < nr; i++, ranges++)
		for (gfn = ranges->gfn; gfn < ranges->gfn + ranges->npages && gfn <= REST; gfn++)
			mirror[gfn] = ranges->attr;
}

static void round_into_mirror(struct hcbpf_gpa_follower *follower, size_t room)
{
	struct hcbpf_gpa_range ranges[8];
	size_t nr;
	int more;

	do {
		nr = room;
		more = hcbpf_gpa_follow(follower, ranges, &nr);
		assert_true(more >= 0);
		assert_true(nr <= room);
		take(ranges, nr);
	} while (more);
}

static void following_misses_no_change(void **state)
{
	struct hcbpf_gpa_follower *follower;
	unsigned int seed, round;

	(void)state;
	for (seed = 0; seed < 300; seed++) {
		srand(seed);
		kernel_init(1 + seed % 7);
		kernel.changes = seed % 5;
		memset(mirror, 0xff, sizeof(mirror));
		assert_int_equal(hcbpf_gpa_follower_new(&vm, HCBPF_GPA_FOLLOW, &follower), 0);
		for (round = 0; round < 4; round++)
			round_into_mirror(follower, 1 + seed % 8);
		/* The guest is paused: one more round has all. */
		kernel.changes = 0;
		round_into_mirror(follower, 8);
		assert_memory_equal(mirror, kernel.attr, sizeof(mirror));
		assert_int_equal(hcbpf_gpa_follower_generation(follower), kernel.generation);
		hcbpf_gpa_follower_free(follower);
	}
}

/* A change to what this round has passed already is in the next. */
static void a_change_behind_the_rounds_back_is_in_the_next(void **state)
{
	struct hcbpf_gpa_follower *follower;
	struct hcbpf_gpa_range range;
	size_t nr = 1;

	(void)state;
	kernel_init(1);
	change(63, 1);
	memset(mirror, 0xff, sizeof(mirror));
	assert_int_equal(hcbpf_gpa_follower_new(&vm, 0, &follower), 0);
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), 1);
	assert_int_equal(range.gfn, 0);
	change(0, 2);
	round_into_mirror(follower, 1);
	assert_int_not_equal(mirror[0], 2);
	nr = 1;
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), 1);
	assert_int_equal(nr, 1);
	assert_int_equal(range.gfn, 0);
	assert_int_equal(range.attr, 2);
	nr = 1;
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), 0);
	assert_int_equal(nr, 0);
	hcbpf_gpa_follower_free(follower);
}

static void an_error_loses_nothing(void **state)
{
	struct hcbpf_gpa_follower *follower;
	struct hcbpf_gpa_range range;
	size_t nr = 1;

	(void)state;
	kernel_init(1);
	change(1, 1);
	assert_int_equal(hcbpf_gpa_follower_new(&vm, 0, &follower), 0);
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), 1);
	kernel.fail_next = -ENOMEM;
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), -ENOMEM);
	assert_int_equal(hcbpf_gpa_follow(follower, &range, &nr), 1);
	assert_int_equal(range.gfn, 1);
	hcbpf_gpa_follower_free(follower);
}

static void unknown_flags_are_refused(void **state)
{
	struct hcbpf_gpa_follower *follower = NULL;

	(void)state;
	assert_int_equal(hcbpf_gpa_follower_new(&vm, 2, &follower), -EINVAL);
	assert_null(follower);
	hcbpf_gpa_follower_free(NULL);
}

/* ---- snapshots ---- */

static void check_form(const struct hcbpf_gpa_snapshot *map)
{
	const struct hcbpf_gpa_range *range = map->ranges, *last;
	size_t i;

	for (i = 0; i < map->nr; i++, range++) {
		assert_int_not_equal(range->attr, map->default_attr);
		last = i ? range - 1 : NULL;
		assert_true(!last || last->gfn + last->npages <= range->gfn);
		assert_true(!last || last->gfn + last->npages < range->gfn ||
			    last->attr != range->attr);
	}
}

static void is_the_kernels(const struct hcbpf_gpa_snapshot *map)
{
	unsigned int i;

	check_form(map);
	for (i = 0; i <= FRAMES; i++)
		mirror[i] = map->default_attr;
	take(map->ranges, map->nr);
	assert_memory_equal(mirror, kernel.attr, sizeof(mirror));
}

static void a_snapshot_of_a_map_at_rest(void **state)
{
	struct hcbpf_gpa_snapshot *map;
	unsigned int at_once;

	(void)state;
	for (at_once = 1; at_once < 70; at_once++) {
		kernel_init(at_once);
		kernel.default_attr = at_once % 3;
		kernel.changes = 50;
		change_some();
		kernel.changes = 0;
		assert_int_equal(hcbpf_gpa_snapshot(&vm, &map), 0);
		is_the_kernels(map);
		assert_int_equal(map->generation, kernel.generation);
		hcbpf_gpa_snapshot_free(map);
	}
	hcbpf_gpa_snapshot_free(NULL);
}

static void a_snapshot_of_a_map_in_motion_is_of_one_moment(void **state)
{
	struct hcbpf_gpa_snapshot *map;
	unsigned int seed, i;

	(void)state;
	for (seed = 0; seed < 200; seed++) {
		srand(seed);
		kernel_init(5);
		kernel.changes = 2;
		kernel.history = true;
		memset(history[0], 0, sizeof(history[0]));
		assert_int_equal(hcbpf_gpa_snapshot(&vm, &map), 0);
		assert_true(map->generation < HISTORY);
		check_form(map);
		for (i = 0; i <= FRAMES; i++)
			mirror[i] = map->default_attr;
		take(map->ranges, map->nr);
		assert_memory_equal(mirror, history[map->generation], sizeof(mirror));
		hcbpf_gpa_snapshot_free(map);
	}
}

static void a_map_that_changes_too_fast_is_given_up(void **state)
{
	struct hcbpf_gpa_snapshot *map = NULL;

	(void)state;
	srand(1);
	kernel_init(1);
	kernel.changes = 200;
	assert_int_equal(hcbpf_gpa_snapshot(&vm, &map), -EAGAIN);
	assert_null(map);
}

/* ---- overlaying, against arrays ---- */

static void random_list(struct ranges *list, int32_t *model)
{
	struct hcbpf_gpa_range range = { 0 };

	for (range.gfn = 0; range.gfn < FRAMES; range.gfn += range.npages) {
		range.npages = 1 + rand() % 6;
		range.attr = rand() % 3;
		if (range.gfn + range.npages > FRAMES)
			range.npages = FRAMES - range.gfn;
		/* Leave holes. */
		if (rand() % 2)
			continue;
		assert_int_equal(ranges_add(list, &range), 0);
		for (uint64_t g = range.gfn; g < range.gfn + range.npages; g++)
			model[g] = range.attr;
	}
}

static void an_overlay_is_as_page_by_page(void **state)
{
	struct ranges base, delta;
	int32_t model[FRAMES], seen[FRAMES];
	unsigned int seed;
	size_t i;

	(void)state;
	for (seed = 0; seed < 5000; seed++) {
		srand(seed);
		memset(&base, 0, sizeof(base));
		memset(&delta, 0, sizeof(delta));
		memset(model, 0xff, sizeof(model));
		memset(seen, 0xff, sizeof(seen));
		random_list(&base, model);
		random_list(&delta, model);
		assert_int_equal(ranges_overlay(&base, &delta), 0);
		for (i = 0; i < base.nr; i++) {
			assert_true(!i || base.list[i - 1].gfn + base.list[i - 1].npages <=
				    base.list[i].gfn);
			for (uint64_t g = 0; g < base.list[i].npages; g++)
				seen[base.list[i].gfn + g] = base.list[i].attr;
		}
		assert_memory_equal(seen, model, sizeof(seen));
		ranges_free(&base);
		ranges_free(&delta);
	}
}

/* ---- setting ---- */

static void a_malformed_range_changes_nothing(void **state)
{
	static const struct hcbpf_gpa_range bad[] = {
		{ 1, 0, 1, 0 }, { 1, 1, 0x10000, 0 }, { 1, 1, 1, 1 }, { HCBPF_GPA_FRAMES, 1, 1, 0 },
		{ 1, HCBPF_GPA_FRAMES, 1, 0 }, { UINT64_MAX, 2, 1, 0 },
	};
	size_t i, done = 9;

	(void)state;
	kernel_init(8);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		const struct hcbpf_gpa_range list[] = { { 0, 1, 1, 0 }, bad[i] };

		assert_int_equal(hcbpf_gpa_set(&vm, list, 2, &done), -EINVAL);
		assert_int_equal(done, 0);
	}
	assert_int_equal(kernel.calls, 0);
}

static void more_ranges_than_one_call_takes(void **state)
{
	size_t nr = HCBPF_GPA_MAX_RANGES + 3, done, i;
	struct hcbpf_gpa_range *list = calloc(nr, sizeof(*list));

	(void)state;
	kernel_init(8);
	for (i = 0; i < nr; i++)
		list[i] = (struct hcbpf_gpa_range){ .gfn = i, .npages = 1, .attr = 1 };
	list[nr - 1].gfn = 7;
	list[nr - 1].attr = 2;
	assert_int_equal(hcbpf_gpa_set(&vm, list, nr, &done), 0);
	assert_int_equal(done, nr);
	assert_int_equal(kernel.calls, 2);
	assert_int_equal(kernel.attr[7], 2);
	kernel.fail_set_at = 3;
	assert_int_equal(hcbpf_gpa_set(&vm, list, nr, &done), -ENOMEM);
	assert_int_equal(done, 3);
	kernel.fail_set_at = UINT32_MAX;
	kernel.calls = 0;
	assert_int_equal(hcbpf_gpa_replace(&vm, 0, list, nr), 0);
	assert_int_equal(kernel.calls, 1);
	free(list);
}

/* ---- files ---- */

static void a_file_brings_the_map_back(void **state)
{
	struct hcbpf_state_error error;
	uint32_t before[FRAMES + 1];
	void *data;
	size_t size;

	(void)state;
	srand(7);
	kernel_init(5);
	kernel.default_attr = 1;
	kernel.changes = 100;
	change_some();
	kernel.changes = 0;
	memcpy(before, kernel.attr, sizeof(before));
	assert_int_equal(hcbpf_gpa_export(&vm, &data, &size), 0);
	kernel_init(8);
	assert_int_equal(hcbpf_gpa_import(&vm, data, size, &error), 0);
	assert_memory_equal(kernel.attr, before, sizeof(before));
	assert_int_equal(kernel.default_attr, 1);
	free(data);
}

static void a_damaged_file_changes_nothing(void **state)
{
	struct hcbpf_state_error error;
	unsigned char *bytes;
	size_t size, i;
	void *data;

	(void)state;
	kernel_init(8);
	change(3, 1);
	assert_int_equal(hcbpf_gpa_export(&vm, &data, &size), 0);
	kernel.calls = 0;
	bytes = data;
	for (i = 0; i < size; i++) {
		bytes[i] ^= 1;
		assert_int_equal(hcbpf_gpa_import(&vm, data, size, &error), -EBADMSG);
		assert_true(error.text[0]);
		assert_int_equal(hcbpf_gpa_import(&vm, data, size, NULL), -EBADMSG);
		bytes[i] ^= 1;
		assert_int_equal(hcbpf_gpa_import(&vm, data, i, &error), -EBADMSG);
	}
	assert_int_equal(kernel.calls, 0);
	free(data);
}

static void an_ended_vm_is_told(void **state)
{
	struct hcbpf_gpa_snapshot *map;
	uint64_t gfn = 0;
	struct hcbpf_gpa_range range;
	size_t size, nr = 1;
	void *data;

	(void)state;
	kernel_init(8);
	kernel.ended = true;
	assert_int_equal(hcbpf_gpa_get(&vm, &gfn, &range, &nr), -ENODEV);
	assert_int_equal(hcbpf_gpa_set(&vm, NULL, 0, NULL), -ENODEV);
	assert_int_equal(hcbpf_gpa_replace(&vm, 0, NULL, 0), -ENODEV);
	assert_int_equal(hcbpf_gpa_reset(&vm), -ENODEV);
	assert_int_equal(hcbpf_gpa_snapshot(&vm, &map), -ENODEV);
	assert_int_equal(hcbpf_gpa_export(&vm, &data, &size), -ENODEV);
	assert_int_equal(hcbpf_gpa_notify(&vm, 0), -ENODEV);
	assert_int_equal(hcbpf_gpa_notify_stop(&vm), -ENODEV);
}

/* -1 would stop the notification. */
static void a_negative_eventfd_is_ebadf(void **state)
{
	(void)state;
	kernel_init(8);
	assert_int_equal(hcbpf_gpa_notify(&vm, -1), -EBADF);
	assert_int_equal(kernel.calls, 0);
}

static bool bit(const unsigned char *bitmap, uint64_t i)
{
	return bitmap[i / 8] >> (i & 7) & 1;
}

/* @npages of them from @gfn on, page by page; and nothing behind. */
static void check_bitmap(uint64_t gfn, uint64_t npages)
{
	size_t size = (npages + 7) / 8;
	unsigned char *bitmap = malloc(size);
	uint64_t i;

	memset(bitmap, 0xa5, size);
	assert_int_equal(hcbpf_gpa_bitmap(&vm, gfn, npages, bitmap), 0);
	for (i = 0; i < npages; i++)
		assert_int_equal(bit(bitmap, i),
				 kernel.attr[gfn + i < FRAMES ? gfn + i : REST] & 1);
	for (; i < 8 * size; i++)
		assert_false(bit(bitmap, i));
	free(bitmap);
}

static void a_bitmap_is_the_map_page_by_page(void **state)
{
	unsigned int round;
	uint64_t gfn;

	(void)state;
	for (round = 0; round < 500; round++) {
		kernel_init(1 + rand() % 9);
		kernel.changes = 40;
		change_some();
		kernel.changes = 0;
		gfn = rand() % (FRAMES + 20);
		check_bitmap(gfn, 1 + rand() % (2 * FRAMES));
	}
}

static void a_bitmap_of_no_page_is_refused(void **state)
{
	unsigned char byte = 7;

	(void)state;
	kernel_init(9);
	assert_int_equal(hcbpf_gpa_bitmap(&vm, 0, 0, &byte), -EINVAL);
	assert_int_equal(hcbpf_gpa_bitmap(&vm, HCBPF_GPA_FRAMES, 1, &byte), -EINVAL);
	assert_int_equal(hcbpf_gpa_bitmap(&vm, 1, UINT64_MAX, &byte), -EINVAL);
	kernel.fail_next = -ENODEV;
	assert_int_equal(hcbpf_gpa_bitmap(&vm, 0, 8, &byte), -ENODEV);
	assert_int_equal(byte, 7);
	kernel.fail_next = 0;
	assert_int_equal(hcbpf_gpa_bitmap(&vm, HCBPF_GPA_FRAMES - 1, 1, &byte), 0);
	assert_int_equal(byte, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(following_misses_no_change),
		cmocka_unit_test(a_change_behind_the_rounds_back_is_in_the_next),
		cmocka_unit_test(an_error_loses_nothing),
		cmocka_unit_test(unknown_flags_are_refused),
		cmocka_unit_test(a_snapshot_of_a_map_at_rest),
		cmocka_unit_test(a_snapshot_of_a_map_in_motion_is_of_one_moment),
		cmocka_unit_test(a_map_that_changes_too_fast_is_given_up),
		cmocka_unit_test(an_overlay_is_as_page_by_page),
		cmocka_unit_test(a_malformed_range_changes_nothing),
		cmocka_unit_test(more_ranges_than_one_call_takes),
		cmocka_unit_test(a_bitmap_is_the_map_page_by_page),
		cmocka_unit_test(a_bitmap_of_no_page_is_refused),
		cmocka_unit_test(a_file_brings_the_map_back),
		cmocka_unit_test(a_damaged_file_changes_nothing),
		cmocka_unit_test(an_ended_vm_is_told),
		cmocka_unit_test(a_negative_eventfd_is_ebadf),
	};

	return cmocka_run_group_tests_name("page attributes in the library", tests, NULL, NULL);
}
