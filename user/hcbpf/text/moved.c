// SPDX-License-Identifier: GPL-2.0-only
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <hcbpf/state.h>

#include "text/moved.h"

#define HEADER sizeof(struct moved_header)

#if defined(__x86_64__)
#define ARCH EM_X86_64
#elif defined(__aarch64__)
#define ARCH EM_AARCH64
#else
#error "which machine is this?"
#endif

/* The checksum with its own field as zero. */
static __u32 checksum(const struct moved_header *header, const void *behind, size_t size)
{
	struct moved_header copy = *header;
	uLong crc;

	copy.crc = 0;
	crc = crc32(0, (const Bytef *)&copy, sizeof(copy));
	return crc32_z(crc, behind, size);
}

int moved_pack(const void *state, size_t state_size, void **data, size_t *size)
{
	uLongf room = compressBound(state_size);
	struct moved_header header = {
		.version = htole32(MOVED_VERSION),
		.arch = htole32(ARCH),
		.state_size = htole64(state_size),
	};
	unsigned char *all = malloc(HEADER + room);

	if (!all)
		return -ENOMEM;
	if (!state_size) {
		room = 0;
	} else if (compress(all + HEADER, &room, state, state_size) != Z_OK) {
		free(all);
		return -ENOMEM;
	}
	memcpy(header.magic, MOVED_MAGIC, MOVED_MAGIC_LEN);
	header.length = htole64(HEADER + room);
	header.crc = htole32(checksum(&header, all + HEADER, room));
	memcpy(all, &header, HEADER);
	*data = all;
	*size = HEADER + room;
	return 0;
}

static int refuse(char error[MOVED_ERROR], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(error, MOVED_ERROR, fmt, ap);
	va_end(ap);
	return -EBADMSG;
}

/* What it is first, then whether all of it is there, then whether it is for this host. */
static int check(const struct moved_header *header, const void *data, size_t size,
		 char error[MOVED_ERROR])
{
	if (size < HEADER || memcmp(header->magic, MOVED_MAGIC, MOVED_MAGIC_LEN))
		return refuse(error, "it is no state of a VM");
	if (le32toh(header->version) != MOVED_VERSION)
		return refuse(error, "it is of version %u, and this hcbpf knows version %u",
			      le32toh(header->version), MOVED_VERSION);
	if (le64toh(header->length) != size)
		return refuse(error, "it is damaged: %llu bytes were sent, and %zu have come",
			      (unsigned long long)le64toh(header->length), size);
	if (le32toh(header->crc) != checksum(header, (const char *)data + HEADER, size - HEADER))
		return refuse(error, "it is damaged: its checksum is wrong");
	if (le32toh(header->arch) != ARCH)
		return refuse(error, "it is of another architecture, number %u",
			      le32toh(header->arch));
	if (header->reserved || le64toh(header->state_size) > HCBPF_STATE_MAX_LENGTH)
		return refuse(error, "it is malformed");
	return 0;
}

/* Its sender may be hostile: no more is unpacked than it has said. */
static int unpack(const void *data, size_t size, void *state, size_t state_size,
		  char error[MOVED_ERROR])
{
	uLongf unpacked = state_size;
	uLong packed = size - HEADER;
	int status = uncompress2(state, &unpacked, (const Bytef *)data + HEADER, &packed);

	if (status == Z_MEM_ERROR)
		return -ENOMEM;
	if (status != Z_OK || unpacked != state_size || packed != size - HEADER)
		return refuse(error, "it is malformed: what is packed is not as long as it says");
	return 0;
}

int moved_unpack(const void *data, size_t size, void **state, size_t *state_size,
		 char error[MOVED_ERROR])
{
	struct moved_header header = { 0 };
	int err;

	*state = NULL;
	memcpy(&header, data, size < HEADER ? size : HEADER);
	err = check(&header, data, size, error);
	if (err)
		return err;
	*state_size = le64toh(header.state_size);
	if (!*state_size)
		return size == HEADER ? 0 : refuse(error, "it is malformed");
	*state = malloc(*state_size);
	if (!*state)
		return -ENOMEM;
	err = unpack(data, size, *state, *state_size, error);
	if (err) {
		free(*state);
		*state = NULL;
	}
	return err;
}
