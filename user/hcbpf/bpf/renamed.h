/* SPDX-License-Identifier: GPL-2.0-only */
/* Functions of the module that once had other names. */
#ifndef RENAMED_H
#define RENAMED_H

#include <bpf/btf.h>

struct renamed {
	const char *old;
	const char *now;
};

/* The first of them that a program calls by its old name, or NULL. */
const struct renamed *renamed_find(const struct btf *btf);

#endif /* RENAMED_H */
