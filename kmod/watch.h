/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM's functions, watched or redirected through ftrace. */
#ifndef HCBPF_KMOD_WATCH_H
#define HCBPF_KMOD_WATCH_H

#include <linux/ftrace.h>

struct watch {
	const char *function;
	struct ftrace_ops ops;
};

/* Set the filters, by the names. Errors: those of resolve_filter(). */
int watch_init(struct watch *watches, unsigned int nr);

/* All of them or none; they go in reverse order. -EBUSY: somebody redirects one already. */
int watch_on(struct watch *watches, unsigned int nr);
int watch_off(struct watch *watches, unsigned int nr);

/* Once nothing can be inside any more. */
void watch_free(struct watch *watches, unsigned int nr);

#endif /* HCBPF_KMOD_WATCH_H */
