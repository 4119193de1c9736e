/* SPDX-License-Identifier: GPL-2.0-only */
/* What a machine must have, one function per thing. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

enum check_state {
	CHECK_OK,
	CHECK_NO,
	CHECK_UNKNOWN,
};

struct check {
	enum check_state state;
	int err;		/* for CHECK_NO: the errno that fits, negative */
	char detail[192];	/* how it is */
	char remedy[224];	/* what to do about it; for CHECK_OK what would be better, or empty */
};

typedef void check_fn(struct check *check);

check_fn check_root;		/* the capabilities that loading needs */
check_fn check_tracing;		/* and those that tracing does */
check_fn check_kernel;		/* version */
check_fn check_btf;		/* of the kernel */
check_fn check_jit;
check_fn check_struct_ops;	/* in modules */
check_fn check_bpffs;		/* is there, and only root can meddle with what is in it */
check_fn check_pins;		/* where policies are pinned: pins.c */
check_fn check_ftrace;
check_fn check_livepatch;
check_fn check_kvm;		/* /dev/kvm */
check_fn check_kvm_vendor;	/* kvm_amd or kvm_intel */
check_fn check_kvm_exports;
check_fn check_module;		/* hcbpf is loaded */
check_fn check_signature;	/* what this kernel asks of modules, and ours has it */
check_fn check_module_btf;
check_fn check_admission;	/* what is in force, or why there can be none */
check_fn check_device;		/* /dev/hcbpf can be opened and speaks our interface */

/* Has this process a capability that counts on the host, and not only in a user namespace? */
#define CAPABILITY_SYS_PTRACE 19
#define CAPABILITY_SYS_ADMIN 21
#define CAPABILITY_PERFMON 38
#define CAPABILITY_BPF 39
bool have_capability(int capability);

/* What to do where a privilege is missing. */
const char *hint_root(void);
const char *hint_root_or_group(void);

/* Run one check; if the thing is missing say so and return true. */
bool check_failed(check_fn *fn);

/* For the checks themselves. */
void check_set(struct check *check, enum check_state state, int err, const char *remedy,
	       const char *detail, ...) __attribute__((format(printf, 5, 6)));

/* Read a small file without its last newline; false if it cannot be read. */
bool read_line(const char *path, char *buf, int size);

#endif /* CHECK_H */
