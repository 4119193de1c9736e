/* SPDX-License-Identifier: GPL-2.0-only */
/* KVM's functions, watched or redirected through ftrace. */
#ifndef HCBPF_KMOD_WATCH_H
#define HCBPF_KMOD_WATCH_H

#include <linux/ftrace.h>

struct watch {
	const char *function;
	struct ftrace_ops ops;
};

/* What is called where a watched function begins. It does not sleep. */
#define WATCHER(name) void notrace name(unsigned long ip, unsigned long parent_ip, \
				struct ftrace_ops *ops, struct ftrace_regs *fregs)

/* The watched function's @n-th argument, from 0. */
#define WATCHED(n) ((void *)ftrace_regs_get_argument(fregs, n))

/* A row of a table of them; @what is 0, or one or both of the next two. */
#define WATCH(name, watcher, what) { name, { .func = watcher, .flags = what } }

/* ftrace cannot be switched off while this one is watched. */
#define WATCH_ALWAYS FTRACE_OPS_FL_PERMANENT
/* The watcher may put another function in its place: hcb_watch_redirect(). One user at a time. */
#define WATCH_TO_REDIRECT FTRACE_OPS_FL_IPMODIFY

static inline void hcb_watch_redirect(struct ftrace_regs *fregs, void *function)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)function);
}

/* Set the filters, by the names. Errors: those of hcb_resolve_filter(). */
int hcb_watch_init(struct watch *watches, unsigned int nr);

/* All of them or none; they go in reverse order. -EBUSY: somebody redirects one already. */
int hcb_watch_on(struct watch *watches, unsigned int nr);
int hcb_watch_off(struct watch *watches, unsigned int nr);

/* Once no watcher can be running any more. */
void hcb_watch_free(struct watch *watches, unsigned int nr);

#endif /* HCBPF_KMOD_WATCH_H */
