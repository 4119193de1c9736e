// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* Page attributes in a file of a VM's state. */
#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "state_attributes.h"

#define HEAD sizeof(struct hcbpf_state_attributes)
#define RANGE sizeof(struct hcbpf_state_range)

void state_attributes_append(struct state_writer *writer, uint32_t default_attr,
			     const struct hcbpf_gpa_range *ranges, size_t nr)
{
	struct hcbpf_state_attributes head = {
		.default_attr = htole32(default_attr), .nr = htole64(nr)
	};
	struct hcbpf_state_range range;
	unsigned char *to;
	size_t i;

	/* A length that is refused, rather than one that has wrapped. */
	to = state_append(writer, HCBPF_STATE_ATTRIBUTES, 1, HCBPF_STATE_CRITICAL,
			  nr < SIZE_MAX / RANGE - 1 ? HEAD + nr * RANGE : SIZE_MAX);
	if (!to)
		return;
	memcpy(to, &head, HEAD);
	for (i = 0; i < nr; i++) {
		range = (struct hcbpf_state_range){
			.gfn = htole64(ranges[i].gfn), .npages = htole64(ranges[i].npages),
			.attr = htole32(ranges[i].attr),
		};
		memcpy(to + HEAD + i * RANGE, &range, RANGE);
	}
}

static struct hcbpf_gpa_range range_at(const unsigned char *content, size_t index)
{
	struct hcbpf_state_range range;

	memcpy(&range, content + HEAD + index * RANGE, RANGE);
	return (struct hcbpf_gpa_range){
		.gfn = le64toh(range.gfn), .npages = le64toh(range.npages),
		.attr = le32toh(range.attr), .reserved = le32toh(range.reserved),
	};
}

static bool is_range(const struct hcbpf_gpa_range *range)
{
	return range->npages && range->npages <= HCBPF_GPA_FRAMES &&
	       range->gfn <= HCBPF_GPA_FRAMES - range->npages &&
	       range->attr <= HCBPF_GPA_ATTR_MASK && !range->reserved;
}

static const char *problem(const struct hcbpf_gpa_range *range, const struct hcbpf_gpa_range *last,
			   uint32_t default_attr)
{
	if (!is_range(range))
		return "is invalid";
	if (range->attr == default_attr)
		return "has the default attribute";
	if (last && range->gfn < last->gfn + last->npages)
		return "is out of order";
	if (last && range->gfn == last->gfn + last->npages && range->attr == last->attr)
		return "goes on where the one before it ends";
	return NULL;
}

int state_attributes_check(const void *content, size_t length, struct hcbpf_state_error *error)
{
	const uint32_t type = HCBPF_STATE_ATTRIBUTES;
	struct hcbpf_gpa_range range, last;
	struct hcbpf_state_attributes head;
	const char *what;
	size_t i;

	if (length < HEAD || (length - HEAD) % RANGE)
		return state_refuse(error, HCBPF_STATE_BAD_SECTION, type,
				    "its page attributes have an impossible length");
	memcpy(&head, content, HEAD);
	if (le64toh(head.nr) != (length - HEAD) / RANGE)
		return state_refuse(error, HCBPF_STATE_BAD_SECTION, type,
				    "its page attributes have a wrong number of ranges");
	if (le32toh(head.default_attr) > HCBPF_GPA_ATTR_MASK || head.reserved)
		return state_refuse(error, HCBPF_STATE_BAD_SECTION, type,
				    "its page attributes have an impossible default");
	for (i = 0; i < le64toh(head.nr); i++, last = range) {
		range = range_at(content, i);
		what = problem(&range, i ? &last : NULL, le32toh(head.default_attr));
		if (what)
			return state_refuse(error, HCBPF_STATE_BAD_SECTION, type,
					    "range %zu of its page attributes %s", i + 1, what);
	}
	return 0;
}

int state_attributes_read(const void *data, uint32_t *default_attr,
			  struct hcbpf_gpa_range **ranges, size_t *nr,
			  struct hcbpf_state_error *error)
{
	struct hcbpf_state_attributes head;
	const void *content;
	size_t length, i;

	content = state_find(data, HCBPF_STATE_ATTRIBUTES, &length);
	if (!content)
		return state_missing(error, HCBPF_STATE_ATTRIBUTES);
	memcpy(&head, content, HEAD);
	*ranges = calloc(le64toh(head.nr) + 1, sizeof(**ranges));
	if (!*ranges)
		return -ENOMEM;
	*default_attr = le32toh(head.default_attr);
	*nr = le64toh(head.nr);
	for (i = 0; i < *nr; i++)
		(*ranges)[i] = range_at(content, i);
	return 0;
}
