// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "bpf/btf_json.h"
#include "bpf/pins.h"
#include "bpf/records.h"
#include "cli/args.h"
#include "cli/output.h"

#define MAP_PREFIX "map_"
/* Of a variable that HCBPF_RECORDS() makes; the map's name follows. */
#define TYPE_PREFIX "hcbpf_records_"

/* ---- the ring buffer ---- */

/* 0, if it is one. */
static int ring_id(const struct pins *pins, const char *map, __u32 *id)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = pins_get(pins, MAP_PREFIX, map), err;

	if (fd < 0)
		return fd;
	err = bpf_map_get_info_by_fd(fd, &info, &size);
	close(fd);
	if (!err && info.type != BPF_MAP_TYPE_RINGBUF)
		err = -EINVAL;
	*id = info.id;
	return err;
}

/* "calls, notices"; returns how many there are, and the last one's name. */
static int list_rings(const struct pins *pins, const char *policy, char list[256],
		      char last[NAME_MAX + 1])
{
	struct json_object *files = pins_list(policy);
	size_t used = 0, i;
	int nr = 0;
	__u32 id;

	list[0] = '\0';
	for (i = 0; i < json_object_array_length(files); i++) {
		const char *file =
			json_object_get_string(json_object_array_get_idx(files, i));

		if (strncmp(file, MAP_PREFIX, strlen(MAP_PREFIX)) ||
		    ring_id(pins, file + strlen(MAP_PREFIX), &id))
			continue;
		snprintf(last, NAME_MAX + 1, "%s", file + strlen(MAP_PREFIX));
		if (used < 256)
			used += snprintf(list + used, 256 - used, "%s%s", nr ? ", " : "", last);
		nr++;
	}
	json_object_put(files);
	return nr;
}

/* Which map is meant, or say why there is none. */
static bool choose_map(const struct pins *pins, const char *policy, const char *map,
		       struct records *records)
{
	char list[256], last[NAME_MAX + 1];
	int nr = list_rings(pins, policy, list, last);

	if (map && (strlen(map) > NAME_MAX || ring_id(pins, map, &records->map_id)))
		fail(-ENOENT, "policy \"%s\" has no ring buffer \"%s\"\n%s%s", policy, map,
		     nr ? "it has " : "it has none at all", list);
	else if (!map && !nr)
		fail(-ENOENT, "policy \"%s\" has no ring buffer", policy);
	else if (!map && nr > 1)
		fail(-EINVAL, "policy \"%s\" has several ring buffers: %s\nname one with --map",
		     policy, list);
	else {
		snprintf(records->map, sizeof(records->map), "%s", map ? map : last);
		return !ring_id(pins, records->map, &records->map_id);
	}
	return false;
}

static int hear(void *arg, void *record, size_t size)
{
	struct records *records = arg;

	return records->fn(records->data, record, size);
}

static bool open_ring(const struct pins *pins, struct records *records)
{
	int fd = pins_get(pins, MAP_PREFIX, records->map);

	if (fd >= 0)
		records->ring = ring_buffer__new(fd, hear, records, NULL);
	if (!records->ring)
		fail(fd < 0 ? fd : -errno, "cannot map ring buffer \"%s\": %s", records->map,
		     strerror(fd < 0 ? -fd : errno));
	if (fd >= 0)
		close(fd);
	return records->ring;
}

/* ---- what is in it ---- */

/* Of the pinned program; NULL: it was compiled without. */
static struct btf *program_btf(const struct pins *pins)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = pins_get(pins, "program", ""), err;

	if (fd < 0)
		return NULL;
	err = bpf_prog_get_info_by_fd(fd, &info, &size);
	close(fd);
	return err || !info.btf_id ? NULL : btf__load_from_kernel_by_id(info.btf_id);
}

/* What HCBPF_RECORDS(map, type) says; 0: nothing. */
static int declared_type(const struct btf *btf, const char *map)
{
	char name[sizeof(TYPE_PREFIX) + NAME_MAX];
	const struct btf_type *type;
	int id;

	snprintf(name, sizeof(name), TYPE_PREFIX "%s", map);
	id = btf__find_by_name_kind(btf, name, BTF_KIND_VAR);
	if (id < 0)
		return 0;
	id = btf__resolve_type(btf, btf__type_by_id(btf, id)->type);
	type = id < 0 ? NULL : btf__type_by_id(btf, id);
	if (!type || !btf_is_ptr(type))
		return 0;
	id = btf__resolve_type(btf, type->type);
	return id < 0 ? 0 : id;
}

/* "struct notice", "notice", or a typedef. */
static int named_type(const struct btf *btf, const char *name)
{
	const int kinds[] = { BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF, BTF_KIND_INT };
	size_t i;
	int id;

	if (!strncmp(name, "struct ", 7))
		name += 7;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		id = btf__find_by_name_kind(btf, name, kinds[i]);
		if (id > 0)
			return btf__resolve_type(btf, id);
	}
	return 0;
}

static bool find_type(struct records *records, const char *policy, const char *type)
{
	if (records->btf)
		records->type = type ? named_type(records->btf, type) :
				       declared_type(records->btf, records->map);
	if (!type || records->type > 0)
		return true;
	fail(-ENOENT, "policy \"%s\" has no type \"%s\" that its compiler kept\n"
	     "say it in the policy: HCBPF_RECORDS(%s, %s)", policy, type, records->map, type);
	return false;
}

static bool is_text(const struct records *records)
{
	const struct btf_type *type = btf__type_by_id(records->btf, records->type);

	return btf_is_int(type) && type->size == 1;
}

static void print(void *file, const char *format, va_list args)
{
	vfprintf(file, format, args);
}

static char *dump(const struct records *records, const void *record, size_t size)
{
	LIBBPF_OPTS(btf_dump_type_data_opts, opts, .compact = true, .emit_zeroes = true);
	struct btf_dump *dump;
	size_t length;
	char *text;
	FILE *file = open_memstream(&text, &length);
	int err = -ENOMEM;

	if (!file)
		abort();
	dump = btf_dump__new(records->btf, print, file, NULL);
	if (dump)
		err = btf_dump__dump_type_data(dump, records->type, record, size, &opts);
	btf_dump__free(dump);
	fclose(file);
	if (err >= 0)
		return text;
	free(text);
	return NULL;
}

char *record_text(const struct records *records, const void *record, size_t size)
{
	char *text;

	if (records->type <= 0)
		return NULL;
	text = is_text(records) ? strndup(record, size) : dump(records, record, size);
	/* It may be what a guest has written. */
	if (text)
		text_clean(text, false);
	return text;
}

struct json_object *record_json(const struct records *records, const void *record, size_t size)
{
	struct json_object *value = NULL;
	char *text;

	if (records->type <= 0)
		return NULL;
	if (!is_text(records)) {
		btf_json(records->btf, records->type, record, size, &value);
		return value;
	}
	text = record_text(records, record, size);
	if (!text)
		return NULL;
	value = json_object_new_string(text);
	free(text);
	return value;
}

/* ---- all of it ---- */

static bool open_all(struct records *records, struct pins *pins, const char *policy,
		     const char *map, const char *type)
{
	struct check why;

	if (pins_open(pins, policy, &why)) {
		fail(why.err, "%s\n%s", why.detail, why.remedy);
		return false;
	}
	if (pins->dir < 0) {
		fail(-ENOENT, "there is no policy \"%s\" that `hcbpf load` has loaded\n"
		     "see `hcbpf policy list`", policy);
		return false;
	}
	if (!choose_map(pins, policy, map, records))
		return false;
	records->btf = program_btf(pins);
	return find_type(records, policy, type) && open_ring(pins, records);
}

bool records_open(struct records *records, const char *policy, const char *map, const char *type)
{
	struct pins pins;
	bool done;

	memset(records, 0, sizeof(*records));
	done = open_all(records, &pins, policy, map, type);
	pins_close(&pins);
	if (!done)
		records_close(records);
	return done;
}

void records_close(struct records *records)
{
	ring_buffer__free(records->ring);
	btf__free(records->btf);
	memset(records, 0, sizeof(*records));
}

void records_read(struct records *records, record_fn *fn, void *data)
{
	records->fn = fn;
	records->data = data;
	ring_buffer__consume(records->ring);
}

int records_are_current(const struct records *records, const char *policy, bool *current)
{
	struct check why;
	struct pins pins;
	__u32 id;
	int err;

	err = pins_open(&pins, policy, &why);
	if (!err)
		err = ring_id(&pins, records->map, &id);
	pins_close(&pins);
	*current = !err && id == records->map_id;
	return err;
}
