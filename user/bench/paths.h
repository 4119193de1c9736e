/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paths whose cost the project measures: ways from a guest to an eventfd,
 * or to an answer. One row each in x86_64/paths.c and arm64/paths.c.
 *
 * Functions return 0 or a negative errno and leave a sentence in kvm_error().
 */
#ifndef BENCH_PATHS_H
#define BENCH_PATHS_H

#include <hcbpf/libhcbpf.h>
#include "cost.h"

enum path_module {
	MODULE_ABSENT,		/* not even loaded */
	MODULE_LOADED,		/* nothing is bound */
	MODULE_OTHER_BOUND,	/* another VM is */
	MODULE_BOUND,		/* this one */
};

/* A VM made ready for a path. */
struct path_vm {
	struct kvm_vm *vm;
	struct hcbpf_vm *hcbpf;		/* NULL: not bound */
	struct path_vm *other;		/* the VM that is bound in its place, or NULL */
	int efd;
};

struct path {
	const char *name;
	const char *what;		/* for people */
	const char *peer;		/* the path it is held against; NULL: it is a peer itself */
	enum path_module module;
	struct kvm_vm_conf vm;
	struct kvm_start call;
	bool hypercall;			/* completing it costs the software step, see kvm_cost_skip() */
	bool silent;			/* signals nothing */
	bool sdei;			/* arm64: needs the module to be loaded with sdei=1 */
	int (*prepare)(struct path_vm *vm);	/* or NULL; 0 or -errno */
	uint64_t (*events)(const struct path_vm *vm);	/* takes them; NULL: those of efd */
	kvm_exit_fn serve;		/* the VMM's part, argument: &efd; NULL: no exit may happen */
};

extern const struct path paths[];
extern const unsigned int nr_paths;
extern const char *const path_of_curves;	/* the send that must not depend on numbers */

const struct path *path_find(const char *name);

/*
 * A VM made ready for the path, from nothing; path_down() takes it away. The
 * module must be in the state that path->module names.
 */
int path_up(const struct path *path, struct path_vm *vm);
void path_down(struct path_vm *vm);

/*
 * Ticks per round, the loop's own included. -EPROTO: a call did not return 0, or
 * there were more or fewer signals than calls.
 */
int path_measure(const struct path *path, struct path_vm *vm, double *ticks);

/* For callers with a loop of their own: before and after @calls of them. */
void path_forget_signals(const struct path *path, const struct path_vm *vm);
int path_check_signals(const struct path *path, const struct path_vm *vm, uint64_t calls);

#endif /* BENCH_PATHS_H */
