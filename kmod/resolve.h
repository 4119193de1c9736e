/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding what the kernel does not export. Whoever needs a function by its name asks
 * here, once, while the module loads; <ARCH>/kernel.h lists what is found so.
 */
#ifndef HCBPF_KMOD_RESOLVE_H
#define HCBPF_KMOD_RESOLVE_H

#include <linux/ftrace.h>

/*
 * The address of a function, or 0, with a line in the log that names it. It may lie
 * behind the function's ENDBR (x86), so it is good for a direct call, a jump or an ftrace
 * filter, but never for a call through a pointer, which the CPU may refuse there.
 */
unsigned long hcb_find_function(const char *function);

/*
 * Let @ops watch a function, found by its name: the filter is set by address, since
 * by name ftrace compares all of the kernel's functions with a pattern. 0, -ENOENT
 * (no such function), -EINVAL (not one that ftrace can watch), -ENOMEM: each but the
 * last is in the log, with the name.
 */
int hcb_resolve_filter(struct ftrace_ops *ops, const char *function);

#endif /* HCBPF_KMOD_RESOLVE_H */
