/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registered hypercall buffers: a guest says once where a piece of its virtual
 * memory lies, and calls with arguments in there need no page walk.
 *
 * A struct buffer_table is one table, built whole and never changed. buffer_table.c knows
 * only such tables; vm_buffers.c has those of a VM, one for each vCPU and
 * one that all share, and swaps them under RCU.
 */
#ifndef HCBPF_KMOD_BUFFER_TABLE_H
#define HCBPF_KMOD_BUFFER_TABLE_H

#include <linux/compiler.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct vm_buffers;

struct buffer {
	u64 va;
	u64 gpa;
	u64 size;	/* 0: none */
};

/*
 * The places where buffers begin are a separate array, filled up to a power of two
 * with ~0: a step of the search is then five instructions, on arm64 six.
 */
struct buffer_table {
	struct rcu_head rcu;
	struct vm_buffers *owner;	/* while it waits for RCU */
	u32 nr;
	u32 half;			/* of the places in start[], which are at least two */
	struct buffer *buffer;		/* as many, behind start[] */
	u64 start[];
};

#define BUFFERS_ALL 0xffffffffU		/* in place of a vCPU's id: the table of all */

/*
 * Those that make a table return it or an ERR_PTR; NULL is an empty one, also
 * as @old, which they leave alone.
 */
struct buffer_table *hcb_buffer_table_make(const struct buffer *sorted, u32 nr, gfp_t gfp);
struct buffer_table *hcb_buffer_table_with(const struct buffer_table *old,
					   const struct buffer *buffer, gfp_t gfp);
struct buffer_table *hcb_buffer_table_without(const struct buffer_table *old, u64 va, gfp_t gfp);
size_t hcb_buffer_table_size(const struct buffer_table *table);

/* Neither empty nor wrapping around the end of an address space of @last. */
bool hcb_buffer_is_valid(const struct buffer *buffer, u64 last);
bool hcb_buffer_table_touch(const struct buffer_table *table, u64 va, u64 size);

/* The buffer that may have @va in it: the last one that begins at or before it, or the first. */
static __always_inline const struct buffer *hcb_buffer_table_near(const struct buffer_table *table,
								  u64 va)
{
	const u64 *at = table->start;
	size_t step = table->half;

	do {
		if (at[step] <= va)
			at += step;
	} while (step >>= 1);
	return &table->buffer[at - table->start];
}

/* How many of the @len bytes at @va lie in one buffer, which begin at *@gpa. */
static __always_inline u32 hcb_buffer_table_piece(const struct buffer_table *table, u64 va, u32 len,
						  u64 *gpa)
{
	const struct buffer *buffer = hcb_buffer_table_near(table, va);
	u64 off = va - buffer->va;

	if (off >= buffer->size)
		return 0;
	*gpa = buffer->gpa + off;
	return likely(len <= buffer->size - off) ? len : buffer->size - off;
}

#endif /* HCBPF_KMOD_BUFFER_TABLE_H */
