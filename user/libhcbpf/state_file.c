// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* A file of a VM's state: header, sections, checksum. */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "state_attributes.h"
#include "state_buffers.h"
#include "state_file.h"
#include "state_format.h"

#define HEADER sizeof(struct hcbpf_state_header)
#define SECTION sizeof(struct hcbpf_state_section)
#define CRC offsetof(struct hcbpf_state_header, crc)

/* 0, or -EBADMSG: the content is not what the type and version say. */
typedef int check_fn(const void *content, size_t length, struct hcbpf_state_error *error);

static const struct known_section {
	uint32_t type, version;
	check_fn *check;
} known_sections[] = {
	{ HCBPF_STATE_ATTRIBUTES, 1, state_attributes_check },
	{ HCBPF_STATE_BUFFERS, 1, state_buffers_check },
	{ HCBPF_STATE_PARAM, 1, state_param_check },
	{ HCBPF_STATE_PORTS, 1, state_ports_check },
	{ HCBPF_STATE_RULES, 1, state_rules_check },
	{ HCBPF_STATE_PROFILE, 1, state_profile_check },
	{ HCBPF_STATE_BINDING, 1, state_binding_check },
};

uint32_t state_arch(void)
{
#if defined(__x86_64__)
	return EM_X86_64;
#elif defined(__aarch64__)
	return EM_AARCH64;
#else
#error "which machine is this?"
#endif
}

static const char *arch_text(uint32_t arch, char number[24])
{
	switch (arch) {
	case EM_X86_64:
		return "x86_64";
	case EM_AARCH64:
		return "aarch64";
	default:
		snprintf(number, 24, "machine %u", arch);
		return number;
	}
}

static size_t padded(size_t length)
{
	return (length + 7) & ~(size_t)7;
}

/* The checksum with its own field as zero. */
static uint32_t checksum(const unsigned char *data, size_t size)
{
	static const unsigned char zero[4];
	uLong crc;

	crc = crc32(0, data, CRC);
	crc = crc32(crc, zero, sizeof(zero));
	return crc32_z(crc, data + CRC + sizeof(zero), size - CRC - sizeof(zero));
}

/* ---- writing ---- */

/* @size more bytes, zeroed. */
static void *grow(struct state_writer *w, size_t size)
{
	unsigned char *data;
	size_t room;

	if (w->err)
		return NULL;
	if (size > HCBPF_STATE_MAX_LENGTH - w->size) {
		w->err = -E2BIG;
		return NULL;
	}
	if (size > w->room - w->size) {
		room = 2 * w->room > w->size + size ? 2 * w->room : w->size + size;
		data = realloc(w->data, room);
		if (!data) {
			w->err = -ENOMEM;
			return NULL;
		}
		w->data = data;
		w->room = room;
	}
	data = memset(w->data + w->size, 0, size);
	w->size += size;
	return data;
}

void state_begin(struct state_writer *w)
{
	grow(w, HEADER);
}

void *state_append(struct state_writer *w, uint32_t type, uint32_t version, uint32_t flags,
		   size_t length)
{
	const struct hcbpf_state_section section = {
		.type = htole32(type),
		.version = htole32(version),
		.flags = htole32(flags),
		.length = htole64(length),
	};
	unsigned char *to;

	if (length > HCBPF_STATE_MAX_LENGTH || w->nr_sections == HCBPF_STATE_MAX_SECTIONS)
		w->err = w->err ? w->err : -E2BIG;
	to = grow(w, SECTION + padded(length));
	if (!to)
		return NULL;
	memcpy(to, &section, SECTION);
	w->nr_sections++;
	return to + SECTION;
}

int state_end(struct state_writer *w, void **data, size_t *size)
{
	struct hcbpf_state_header header = {
		.version = htole32(HCBPF_STATE_VERSION),
		.header_size = htole32(HEADER),
		.length = htole64(w->size),
		.nr_sections = htole32(w->nr_sections),
		.arch = htole32(state_arch()),
	};
	int err = w->err;

	if (err) {
		free(w->data);
	} else {
		memcpy(header.magic, HCBPF_STATE_MAGIC, HCBPF_STATE_MAGIC_LEN);
		memcpy(w->data, &header, HEADER);
		header.crc = htole32(checksum(w->data, w->size));
		memcpy(w->data, &header, HEADER);
		*data = w->data;
		*size = w->size;
	}
	memset(w, 0, sizeof(*w));
	return err;
}

/* ---- refusing ---- */

int state_refuse(struct hcbpf_state_error *error, uint32_t reason, uint32_t section,
		 const char *fmt, ...)
{
	va_list ap;

	memset(error, 0, sizeof(*error));
	error->reason = reason;
	error->section = section;
	va_start(ap, fmt);
	vsnprintf(error->text, sizeof(error->text), fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

int state_missing(struct hcbpf_state_error *error, uint32_t type)
{
	static const char *const what[] = {
		[HCBPF_STATE_ATTRIBUTES] = "page attributes",
		[HCBPF_STATE_PORTS] = "ports",
		[HCBPF_STATE_RULES] = "rules",
		[HCBPF_STATE_PROFILE] = "profile",
		[HCBPF_STATE_BUFFERS] = "buffers",
		[HCBPF_STATE_PARAM] = "parameter",
		[HCBPF_STATE_SDEI] = "SDEI state",
		[HCBPF_STATE_BINDING] = "policy",
	};

	if (type < sizeof(what) / sizeof(what[0]) && what[type])
		return state_refuse(error, HCBPF_STATE_MISSING_SECTION, type, "it has no %s in it",
				    what[type]);
	return state_refuse(error, HCBPF_STATE_MISSING_SECTION, type, "it has no section %u", type);
}

/* ---- the header ---- */

static int check_magic(const unsigned char *data, size_t size, struct hcbpf_state_error *error)
{
	size_t len = size < HCBPF_STATE_MAGIC_LEN ? size : HCBPF_STATE_MAGIC_LEN;

	if (!size)
		return state_refuse(error, HCBPF_STATE_NOT_STATE, 0, "it is empty");
	if (memcmp(data, HCBPF_STATE_MAGIC, len))
		return state_refuse(error, HCBPF_STATE_NOT_STATE, 0,
				    "it is not a file of a VM's state");
	if (size < HEADER)
		return state_refuse(error, HCBPF_STATE_TRUNCATED, 0,
				    "it ends in the middle of its header, after %zu bytes", size);
	return 0;
}

static int check_sizes(const struct hcbpf_state_header *header, size_t size,
		       struct hcbpf_state_error *error)
{
	uint64_t length = le64toh(header->length);

	if (le32toh(header->version) != HCBPF_STATE_VERSION)
		return state_refuse(error, HCBPF_STATE_VERSION_UNKNOWN, 0,
				    "it has version %u, and only version %d is known here",
				    le32toh(header->version), HCBPF_STATE_VERSION);
	if (le32toh(header->header_size) != HEADER || header->reserved)
		return state_refuse(error, HCBPF_STATE_MALFORMED, 0,
				    "its header is not one of version %d", HCBPF_STATE_VERSION);
	if (length < HEADER || length > HCBPF_STATE_MAX_LENGTH || length % 8)
		return state_refuse(error, HCBPF_STATE_MALFORMED, 0,
				    "its header says that it has %llu bytes, which cannot be",
				    (unsigned long long)length);
	if (le32toh(header->nr_sections) > HCBPF_STATE_MAX_SECTIONS)
		return state_refuse(error, HCBPF_STATE_MALFORMED, 0,
				    "its header says that it has %u sections, and %d is the limit",
				    le32toh(header->nr_sections), HCBPF_STATE_MAX_SECTIONS);
	if (size < length)
		return state_refuse(error, HCBPF_STATE_TRUNCATED, 0,
				    "it is cut off: it has %zu of %llu bytes", size,
				    (unsigned long long)length);
	if (size > length)
		return state_refuse(error, HCBPF_STATE_TRAILING, 0,
				    "%zu bytes follow its end", (size_t)(size - length));
	return 0;
}

static int check_header(const unsigned char *data, size_t size, struct hcbpf_state_header *header,
			struct hcbpf_state_error *error)
{
	char theirs[24], ours[24];
	uint32_t crc;
	int err;

	err = check_magic(data, size, error);
	if (err)
		return err;
	memcpy(header, data, HEADER);
	err = check_sizes(header, size, error);
	if (err)
		return err;
	crc = checksum(data, size);
	if (crc != le32toh(header->crc))
		return state_refuse(error, HCBPF_STATE_CHECKSUM, 0,
				    "it is damaged: its checksum is %08x, and it says %08x", crc,
				    le32toh(header->crc));
	if (le32toh(header->arch) != state_arch())
		return state_refuse(error, HCBPF_STATE_FOREIGN_ARCH, 0,
				    "it is from %s, and this machine is %s",
				    arch_text(le32toh(header->arch), theirs),
				    arch_text(state_arch(), ours));
	return 0;
}

/* ---- sections ---- */

struct section {
	uint32_t type, version, flags;
	const unsigned char *content;
	size_t length;
};

/* The section at *@at, which moves behind it; -EBADMSG: it does not fit. */
static int next_section(const unsigned char *data, size_t size, size_t *at, struct section *section)
{
	struct hcbpf_state_section header;
	size_t left = size - *at, end;

	if (left < SECTION)
		return -EBADMSG;
	memcpy(&header, data + *at, SECTION);
	left -= SECTION;
	section->type = le32toh(header.type);
	section->version = le32toh(header.version);
	section->flags = le32toh(header.flags);
	section->content = data + *at + SECTION;
	section->length = le64toh(header.length);
	/* Both sizes are multiples of 8: what is not longer than @left is not when padded. */
	if (le64toh(header.length) > left || header.reserved || !section->type ||
	    section->flags & ~HCBPF_STATE_CRITICAL)
		return -EBADMSG;
	end = padded(section->length);
	for (left = section->length; left < end; left++)
		if (section->content[left])
			return -EBADMSG;
	*at += SECTION + end;
	return 0;
}

static const struct known_section *known(const struct section *section)
{
	size_t i;

	for (i = 0; i < sizeof(known_sections) / sizeof(known_sections[0]); i++)
		if (known_sections[i].type == section->type &&
		    known_sections[i].version == section->version)
			return &known_sections[i];
	return NULL;
}

static int check_section(const struct section *section, struct hcbpf_state_error *error)
{
	const struct known_section *k = known(section);

	if (k)
		return k->check(section->content, section->length, error);
	if (!(section->flags & HCBPF_STATE_CRITICAL))
		return 0;
	return state_refuse(error, HCBPF_STATE_UNKNOWN_SECTION, section->type,
			    "it needs section %u of version %u, which is not known here",
			    section->type, section->version);
}

static int check_sections(const unsigned char *data, size_t size, uint32_t nr,
			  struct hcbpf_state_error *error)
{
	uint32_t seen[HCBPF_STATE_MAX_SECTIONS], i, j;
	struct section section;
	size_t at = HEADER;
	int err;

	for (i = 0; i < nr; i++) {
		if (next_section(data, size, &at, &section))
			return state_refuse(error, HCBPF_STATE_MALFORMED, 0,
					    "its section %u is invalid", i + 1);
		for (j = 0; j < i; j++)
			if (seen[j] == section.type)
				return state_refuse(error, HCBPF_STATE_DUPLICATE_SECTION,
						    section.type, "it has section %u twice",
						    section.type);
		seen[i] = section.type;
		err = check_section(&section, error);
		if (err)
			return err;
	}
	if (at != size)
		return state_refuse(error, HCBPF_STATE_MALFORMED, 0,
				    "%zu bytes in it belong to no section", size - at);
	return 0;
}

int state_check(const void *data, size_t size, struct hcbpf_state_error *error)
{
	struct hcbpf_state_header header;
	int err;

	memset(error, 0, sizeof(*error));
	err = check_header(data, size, &header, error);
	return err ? err : check_sections(data, size, le32toh(header.nr_sections), error);
}

const void *state_find(const void *data, uint32_t type, size_t *length)
{
	struct hcbpf_state_header header;
	struct section section;
	size_t at = HEADER;

	memcpy(&header, data, HEADER);
	while (at < le64toh(header.length) &&
	       !next_section(data, le64toh(header.length), &at, &section)) {
		if (section.type != type)
			continue;
		*length = section.length;
		return known(&section) ? section.content : NULL;
	}
	return NULL;
}
