// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf/pins.h"
#include "bpf/same.h"

/* A program's tag is a hash of its instructions as they were loaded. */
static bool tag_of(int fd, __u8 tag[BPF_TAG_SIZE])
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return false;
	memcpy(tag, info.tag, BPF_TAG_SIZE);
	return true;
}

static bool same_programs(int one, int other)
{
	__u8 tags[2][BPF_TAG_SIZE];

	return tag_of(one, tags[0]) && tag_of(other, tags[1]) &&
	       !memcmp(tags[0], tags[1], BPF_TAG_SIZE);
}

/* The only value of a map of one element; free() it. */
static void *value_of(int fd, __u32 size)
{
	void *value = calloc(1, size);
	__u32 zero = 0;

	if (!value)
		abort();
	if (!bpf_map_lookup_elem(fd, &zero, value))
		return value;
	free(value);
	return NULL;
}

static bool map_info(int fd, struct bpf_map_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, size);
	return !bpf_obj_get_info_by_fd(fd, info, &size);
}

static bool same_shape(const struct bpf_map_info *one, const struct bpf_map_info *other)
{
	return one->type == other->type && one->key_size == other->key_size &&
	       one->value_size == other->value_size && one->max_entries == other->max_entries &&
	       one->map_flags == other->map_flags;
}

/* Constants are a map that programs may only read. */
static bool same_maps(int one, int other)
{
	struct bpf_map_info info, info2;
	void *value, *value2;
	bool same;

	if (!map_info(one, &info) || !map_info(other, &info2) || !same_shape(&info, &info2))
		return false;
	if (!(info.map_flags & BPF_F_RDONLY_PROG) || info.max_entries != 1)
		return true;
	value = value_of(one, info.value_size);
	value2 = value_of(other, info.value_size);
	same = value && value2 && !memcmp(value, value2, info.value_size);
	free(value);
	free(value2);
	return same;
}

/* In a value of struct_ops a program stands as its id. */
static bool same_word(__u64 one, __u64 other)
{
	int fd, fd2;
	bool same;

	if (one == other)
		return true;
	if (one > UINT32_MAX || other > UINT32_MAX)
		return false;
	fd = bpf_prog_get_fd_by_id(one);
	fd2 = bpf_prog_get_fd_by_id(other);
	same = fd >= 0 && fd2 >= 0 && same_programs(fd, fd2);
	if (fd >= 0)
		close(fd);
	if (fd2 >= 0)
		close(fd2);
	return same;
}

/* Behind a count of users and a state, which differ: the ops themselves. */
static bool same_ops(int one, int other)
{
	struct bpf_map_info info, info2;
	__u64 *value, *value2;
	bool same;
	__u32 i;

	if (!map_info(one, &info) || !map_info(other, &info2) || !same_shape(&info, &info2))
		return false;
	value = value_of(one, info.value_size);
	value2 = value_of(other, info.value_size);
	same = value && value2;
	for (i = 1; same && i < info.value_size / sizeof(*value); i++)
		same = same_word(value[i], value2[i]);
	free(value);
	free(value2);
	return same;
}

static int loaded_ops(const struct pins *pins)
{
	struct bpf_link_info info = { 0 };
	int link = pins_get(pins, "link", ""), err;
	__u32 size = sizeof(info), map_id;

	if (link < 0)
		return -1;
	err = bpf_obj_get_info_by_fd(link, &info, &size);
	close(link);
	/* info.struct_ops.map_id, which headers before Linux 6.4 lack. */
	memcpy(&map_id, &info.raw_tracepoint, sizeof(map_id));
	return err ? -1 : bpf_map_get_fd_by_id(map_id);
}

/* libbpf fills the map in when it links it, which fails: the name is taken. */
static bool ops_are_same(const struct pins *pins, const struct object *object)
{
	struct bpf_link *link = bpf_map__attach_struct_ops(object->ops);
	int fd;
	bool same;

	if (link) {
		bpf_link__destroy(link);
		return false;
	}
	fd = loaded_ops(pins);
	same = fd >= 0 && same_ops(fd, bpf_map__fd(object->ops));
	if (fd >= 0)
		close(fd);
	return same;
}

static bool map_is_same(const struct pins *pins, const struct bpf_map *map)
{
	int fd = pins_get(pins, "map_", bpf_map__name(map));
	bool same = fd >= 0 && same_maps(fd, bpf_map__fd(map));

	if (fd >= 0)
		close(fd);
	return same;
}

static bool pins_are_same(const struct pins *pins, const struct object *object)
{
	int fd = pins_get(pins, "program", "");
	bool same = fd >= 0 && same_programs(fd, bpf_program__fd(object->program));
	struct bpf_map *map;

	if (fd >= 0)
		close(fd);
	bpf_object__for_each_map(map, object->bpf)
		if (map != object->ops && bpf_map__fd(map) >= 0)
			same = same && map_is_same(pins, map);
	return same && ops_are_same(pins, object);
}

bool policy_is_same(const struct object *object)
{
	struct check why;
	struct pins pins;
	bool same;

	same = !pins_open(&pins, object->name, &why) && pins_are_same(&pins, object);
	pins_close(&pins);
	return same;
}
