// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of registered buffers: sorted, without overlaps, immutable. A change
 * makes a new table; the limit on their number keeps that cheap.
 */
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "buffer_table.h"

static size_t size_for(u32 places)
{
	return sizeof(struct buffer_table) + places * (sizeof(u64) + sizeof(struct buffer));
}

static u32 places_of(const struct buffer_table *table)
{
	return 2 * table->half;
}

size_t hcb_buffer_table_size(const struct buffer_table *table)
{
	return table ? size_for(places_of(table)) : 0;
}

static struct buffer_table *alloc(u32 nr, gfp_t gfp)
{
	u32 places = nr > 1 ? 1U << order_base_2(nr) : 2;
	struct buffer_table *table = kmalloc(size_for(places), gfp);	/* indexed() fills it up */

	if (!table)
		return ERR_PTR(-ENOMEM);
	table->owner = NULL;
	table->nr = nr;
	table->half = places / 2;
	table->buffer = (struct buffer *)(table->start + places);
	return table;
}

/* Once the buffers are there. A search for ~0 ends behind them: there is the last one, too. */
static struct buffer_table *indexed(struct buffer_table *table)
{
	u32 i;

	for (i = 0; i < table->nr; i++)
		table->start[i] = table->buffer[i].va;
	for (; i < places_of(table); i++) {
		table->start[i] = ~0ULL;
		table->buffer[i] = table->buffer[table->nr - 1];
	}
	return table;
}

struct buffer_table *hcb_buffer_table_make(const struct buffer *sorted, u32 nr, gfp_t gfp)
{
	struct buffer_table *table;

	if (!nr)
		return NULL;
	table = alloc(nr, gfp);
	if (IS_ERR(table))
		return table;
	memcpy(table->buffer, sorted, nr * sizeof(*sorted));
	return indexed(table);
}

/* Where a buffer that begins at @va is, or would go. */
static u32 place_of(const struct buffer_table *table, u64 va)
{
	u32 i;

	if (!table)
		return 0;
	i = min((u32)(hcb_buffer_table_near(table, va) - table->buffer), table->nr - 1);
	return table->buffer[i].va < va ? i + 1 : i;
}

/* The caller has made sure that it overlaps no other. */
struct buffer_table *hcb_buffer_table_with(const struct buffer_table *old,
					   const struct buffer *buffer, gfp_t gfp)
{
	u32 nr = old ? old->nr : 0, at = place_of(old, buffer->va);
	struct buffer_table *table = alloc(nr + 1, gfp);

	if (IS_ERR(table))
		return table;
	if (old) {
		memcpy(table->buffer, old->buffer, at * sizeof(*buffer));
		memcpy(table->buffer + at + 1, old->buffer + at, (nr - at) * sizeof(*buffer));
	}
	table->buffer[at] = *buffer;
	return indexed(table);
}

struct buffer_table *hcb_buffer_table_without(const struct buffer_table *old, u64 va, gfp_t gfp)
{
	u32 at = place_of(old, va);
	struct buffer_table *table;

	if (!old || at == old->nr || old->buffer[at].va != va)
		return ERR_PTR(-ENOENT);
	if (old->nr == 1)
		return NULL;
	table = alloc(old->nr - 1, gfp);
	if (IS_ERR(table))
		return table;
	memcpy(table->buffer, old->buffer, at * sizeof(*old->buffer));
	memcpy(table->buffer + at, old->buffer + at + 1, (old->nr - at - 1) * sizeof(*old->buffer));
	return indexed(table);
}

bool hcb_buffer_is_valid(const struct buffer *buffer, u64 last)
{
	return buffer->size && buffer->va <= last && buffer->size - 1 <= last - buffer->va &&
	       buffer->size - 1 <= ~0ULL - buffer->gpa;
}

/* Any byte of it. What wraps around touches what lies before the end. */
bool hcb_buffer_table_touch(const struct buffer_table *table, u64 va, u64 size)
{
	u64 end = size - 1 <= ~0ULL - va ? va + (size - 1) : ~0ULL;
	const struct buffer *near;

	if (!table || !size)
		return false;
	/* The one with the last byte, or the last that begins before it. */
	near = hcb_buffer_table_near(table, end);
	return near->va <= end && near->va + (near->size - 1) >= va;
}
