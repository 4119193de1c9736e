// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Registered hypercall buffers in a file of a VM's state. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state_buffers.h"

#define BUFFER sizeof(struct hcbpf_state_buffer)

static int by_place(const void *a, const void *b)
{
	const struct hcbpf_buffer *one = a, *two = b;

	if (one->vcpu != two->vcpu)
		return one->vcpu < two->vcpu ? -1 : 1;
	return one->va < two->va ? -1 : one->va > two->va;
}

void state_buffers_append(struct state_writer *writer, struct hcbpf_buffer *buffers, size_t nr)
{
	unsigned char *to = state_append(writer, HCBPF_STATE_BUFFERS, 1, HCBPF_STATE_CRITICAL,
					 nr * BUFFER);
	struct hcbpf_state_buffer buffer;
	size_t i;

	/* The kernel has them in no order. */
	qsort(buffers, nr, sizeof(*buffers), by_place);
	for (i = 0; to && i < nr; i++) {
		buffer = (struct hcbpf_state_buffer){
			.va = htole64(buffers[i].va), .gpa = htole64(buffers[i].gpa),
			.size = htole64(buffers[i].size), .vcpu = htole32(buffers[i].vcpu),
		};
		memcpy(to + i * BUFFER, &buffer, BUFFER);
	}
}

static struct hcbpf_buffer buffer_at(const void *content, size_t index)
{
	struct hcbpf_state_buffer buffer;

	memcpy(&buffer, (const char *)content + index * BUFFER, BUFFER);
	return (struct hcbpf_buffer){
		.va = le64toh(buffer.va), .gpa = le64toh(buffer.gpa), .size = le64toh(buffer.size),
		.vcpu = le32toh(buffer.vcpu), .reserved = le32toh(buffer.reserved),
	};
}

static const char *problem(const struct hcbpf_buffer *buffer, const struct hcbpf_buffer *last)
{
	if (!buffer->size || buffer->va + (buffer->size - 1) < buffer->va ||
	    buffer->gpa + (buffer->size - 1) < buffer->gpa || buffer->reserved)
		return "one of its buffers is malformed";
	if (last && by_place(last, buffer) >= 0)
		return "its buffers do not ascend";
	if (last && last->vcpu == buffer->vcpu && buffer->va - last->va < last->size)
		return "two of its buffers overlap";
	return NULL;
}

int state_buffers_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	struct hcbpf_buffer buffer, last;
	const char *what = NULL;
	size_t i;

	if (length % BUFFER)
		what = "its buffers have a wrong length";
	for (i = 0; !what && i < length / BUFFER; i++, last = buffer) {
		buffer = buffer_at(content, i);
		what = problem(&buffer, i ? &last : NULL);
	}
	return what ? state_refuse(error, HCBPF_STATE_BAD_SECTION, HCBPF_STATE_BUFFERS, "%s", what) : 0;
}

int state_buffers_read(const void *data, struct hcbpf_buffer **buffers, size_t *nr)
{
	size_t length = 0, i;
	const void *content = state_find(data, HCBPF_STATE_BUFFERS, &length);

	*nr = content ? length / BUFFER : 0;
	*buffers = calloc(*nr ? *nr : 1, sizeof(**buffers));
	if (!*buffers)
		return -ENOMEM;
	for (i = 0; i < *nr; i++)
		(*buffers)[i] = buffer_at(content, i);
	return 0;
}
