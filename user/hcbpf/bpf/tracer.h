/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of bound VMs as they are decided, by a BPF program on the module's tracepoint. While
 * there is one, the module stays loaded.
 */
#ifndef TRACER_H
#define TRACER_H

#include <stddef.h>
#include <stdint.h>
#include "../../../bpf/trace/call_trace.h"

struct tracer;

/*
 * Begin. @size: bytes of the ring buffer, a power of 2 and of pages; the kernel maps it a second
 * time, but has it once. On failure say why and return NULL.
 */
struct tracer *tracer_open(const struct trace_filter *filter, size_t size);
/* No more calls come; those that are there can still be read. */
void tracer_stop(struct tracer *tracer);
void tracer_close(struct tracer *tracer);

/* Readable when it is time to read. Calls may be there before. */
int tracer_fd(const struct tracer *tracer);

/* Call @fn for each call that is there; it returns 0, or what ends that at once. */
typedef int tracer_fn(void *data, const struct trace_record *record);
int tracer_read(struct tracer *tracer, tracer_fn *fn, void *data);

/* How many calls there has been no room for. */
uint64_t tracer_dropped(const struct tracer *tracer);

#endif /* TRACER_H */
