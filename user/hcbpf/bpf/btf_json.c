// SPDX-License-Identifier: GPL-2.0-only
/*
 * The types are those of a policy, which the kernel has looked at when it was loaded; the bytes may
 * be a guest's. Neither is trusted here: each read is compared with the size, and small types
 * that describe very much are given up.
 */
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_json.h"
#include "cli/args.h"

#define MAX_DEPTH 32
#define MAX_VALUES 65536

struct reading {
	const struct btf *btf;
	const unsigned char *bytes;
	uint64_t bits;		/* how many there are */
	uint64_t values;	/* so far; each character of a text is one */
	unsigned int depth;
	bool failed;
};

static struct json_object *give_up(struct reading *r)
{
	r->failed = true;
	return NULL;
}

static void count_values(struct reading *r, uint64_t nr)
{
	r->values += nr;
	if (r->values > MAX_VALUES)
		give_up(r);
}

static void go_deeper(struct reading *r)
{
	if (++r->depth > MAX_DEPTH)
		give_up(r);
}

static const char *name_at(const struct reading *r, uint32_t offset)
{
	const char *name = btf__name_by_offset(r->btf, offset);

	return name ? name : "";
}

/* ---- bits ---- */

/* BPF programs have the byte order of their machine, and hcbpf is for little-endian ones. */
static uint64_t read_bits(struct reading *r, uint64_t at, unsigned int nr)
{
	uint64_t value = 0;
	unsigned int i;

	if (nr > 64 || at > r->bits || nr > r->bits - at) {
		give_up(r);
		return 0;
	}
	for (i = 0; i < nr; i++, at++)
		value |= (uint64_t)(r->bytes[at / 8] >> at % 8 & 1) << i;
	return value;
}

static int64_t sign_extended(uint64_t value, unsigned int nr)
{
	return nr && nr < 64 && value >> (nr - 1) ? (int64_t)(value | ~0ULL << nr) : (int64_t)value;
}

static struct json_object *number(uint64_t value, unsigned int nr, bool is_signed)
{
	return is_signed ? json_object_new_int64(sign_extended(value, nr)) :
			   json_object_new_uint64(value);
}

/* What JSON has no number for has to be there, too. */
static struct json_object *read_null(struct reading *r, uint64_t at, uint64_t nr)
{
	return at > r->bits || nr > r->bits - at ? give_up(r) : NULL;
}

/* ---- values ---- */

/* @width: of a bit field; 0: it is none. */
static struct json_object *read_int(struct reading *r, const struct btf_type *type, uint64_t at,
				    unsigned int width)
{
	unsigned int nr = width ? width : btf_int_bits(type);
	uint64_t value;

	if (nr > 64)
		return read_null(r, at, nr);
	/* Where old compilers have a bit field's place. */
	value = read_bits(r, at + btf_int_offset(type), nr);
	if (btf_int_encoding(type) & BTF_INT_BOOL)
		return json_object_new_boolean(value != 0);
	return number(value, nr, btf_int_encoding(type) & BTF_INT_SIGNED);
}

static uint64_t enumerator(const struct btf_type *type, int i)
{
	return btf_is_enum64(type) ? btf_enum64_value(&btf_enum64(type)[i]) :
				     (uint64_t)btf_enum(type)[i].val;
}

static const char *enumerator_name(const struct reading *r, const struct btf_type *type, int i)
{
	return name_at(r, btf_is_enum64(type) ? btf_enum64(type)[i].name_off :
						btf_enum(type)[i].name_off);
}

static struct json_object *read_enum(struct reading *r, const struct btf_type *type, uint64_t at,
				     unsigned int width)
{
	unsigned int nr = width ? width : type->size * 8;
	uint64_t value = read_bits(r, at, nr), mask = nr < 64 ? ~(~0ULL << nr) : ~0ULL;
	int i;

	for (i = 0; i < btf_vlen(type); i++)
		if ((enumerator(type, i) & mask) == value)
			return json_object_new_string(enumerator_name(r, type, i));
	return number(value, nr, btf_kflag(type));
}

/* No bit of its encoding says so: compilers leave that out. */
static bool is_char(const struct reading *r, const struct btf_type *type)
{
	return btf_is_int(type) && type->size == 1 && !strcmp(name_at(r, type->name_off), "char");
}

static struct json_object *read_text(struct reading *r, uint64_t at, uint32_t size)
{
	struct json_object *string;
	char *text;

	count_values(r, size);
	if (r->failed || at % 8 || at > r->bits || size > (r->bits - at) / 8)
		return give_up(r);
	text = strndup((const char *)r->bytes + at / 8, size);
	if (!text)
		abort();
	text_clean(text, true);
	string = json_object_new_string(text);
	free(text);
	return string;
}

static struct json_object *read_value(struct reading *r, int id, uint64_t at, unsigned int width);

static struct json_object *read_array(struct reading *r, const struct btf_type *type, uint64_t at)
{
	const struct btf_array *array = btf_array(type);
	int id = btf__resolve_type(r->btf, array->type);
	int64_t size = btf__resolve_size(r->btf, array->type);
	struct json_object *list;
	uint32_t i;

	if (id < 0 || size < 0)
		return give_up(r);
	if (is_char(r, btf__type_by_id(r->btf, id)))
		return read_text(r, at, array->nelems);
	list = json_object_new_array();
	go_deeper(r);
	for (i = 0; i < array->nelems && !r->failed; i++) {
		count_values(r, 1);
		json_object_array_add(list, read_value(r, id, at + i * 8ULL * size, 0));
	}
	r->depth--;
	return list;
}

/* Members of one without a name are those of what it is in. */
static void add_members(struct reading *r, struct json_object *object, const struct btf_type *type,
			uint64_t at)
{
	const struct btf_member *member = btf_members(type);
	const struct btf_type *inner;
	const char *name;
	uint64_t offset;
	int i, id;

	go_deeper(r);
	for (i = 0; i < btf_vlen(type) && !r->failed; i++) {
		count_values(r, 1);
		name = name_at(r, member[i].name_off);
		offset = at + btf_member_bit_offset(type, i);
		id = btf__resolve_type(r->btf, member[i].type);
		inner = btf__type_by_id(r->btf, id < 0 ? 0 : id);
		if (name[0])
			json_object_object_add(object, name,
					       read_value(r, id, offset,
							  btf_member_bitfield_size(type, i)));
		else if (btf_is_composite(inner))
			add_members(r, object, inner, offset);
	}
	r->depth--;
}

static struct json_object *read_struct(struct reading *r, const struct btf_type *type, uint64_t at)
{
	struct json_object *object = json_object_new_object();

	add_members(r, object, type, at);
	return object;
}

/* @id: resolved. What has been read when it fails is thrown away with the rest. */
static struct json_object *read_value(struct reading *r, int id, uint64_t at, unsigned int width)
{
	const struct btf_type *type = id > 0 ? btf__type_by_id(r->btf, id) : NULL;

	if (!type || r->failed)
		return give_up(r);
	if (btf_is_int(type))
		return read_int(r, type, at, width);
	if (btf_is_any_enum(type))
		return read_enum(r, type, at, width);
	if (btf_is_ptr(type))
		return json_object_new_uint64(read_bits(r, at, 64));
	if (btf_is_composite(type))
		return read_struct(r, type, at);
	if (btf_is_array(type))
		return read_array(r, type, at);
	if (btf_is_float(type))
		return read_null(r, at, type->size * 8ULL);
	return give_up(r);
}

bool btf_json(const struct btf *btf, int type, const void *bytes, size_t size,
	      struct json_object **value)
{
	struct reading r = { .btf = btf, .bytes = bytes, .bits = size * 8ULL };
	int64_t needed = btf__resolve_size(btf, type);

	*value = NULL;
	if (needed < 0 || (uint64_t)needed > size)
		return false;
	*value = read_value(&r, btf__resolve_type(btf, type), 0, 0);
	if (!r.failed)
		return true;
	json_object_put(*value);
	*value = NULL;
	return false;
}
