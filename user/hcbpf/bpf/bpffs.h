/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The BPF file system, in which users may make files too where it is mounted
 * with its default mode (1777): only directories that nobody else can change
 * or replace are opened here.
 */
#ifndef BPFFS_H
#define BPFFS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "host/check.h"

#define BPFFS "/sys/fs/bpf"

/*
 * The mount point, as a descriptor (O_PATH) for the *at() calls. Else a negative
 * errno, and @why has the reason.
 */
int bpffs_open(struct check *why);

/*
 * The same for directory @name in @parent, which came from here too; @path is for
 * messages. It must belong to root or to us, be closed to all others, and not be
 * reached by a symbolic link. -ENOENT: there is none.
 */
int bpffs_open_dir(int parent, const char *name, const char *path, struct check *why);

/* Does it belong to root or to us? */
bool bpffs_is_own(const struct stat *st);

#endif /* BPFFS_H */
