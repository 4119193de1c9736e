/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `hcbpf load` leaves in the BPF file system:
 *
 *	/sys/fs/bpf/hcbpf/POLICY/link		keeps the policy loaded
 *	/sys/fs/bpf/hcbpf/POLICY/program	the program that decides
 *	/sys/fs/bpf/hcbpf/POLICY/map_NAME	its maps
 *
 * That file system allows no dots in names: a dot in POLICY becomes ':', which
 * no policy's name has, and in NAME '_'.
 *
 * Other users may be able to write to /sys/fs/bpf. So both directories are
 * opened once and checked (see bpffs.h), and everything is done relative to their
 * descriptors: no path leads through what somebody else could change.
 */
#ifndef PINS_H
#define PINS_H

#include <stdbool.h>
#include <json-c/json.h>
#include <hcbpf/call.h>

#include "host/check.h"

#define PINS_ROOT "/sys/fs/bpf/hcbpf"

/* In front of the names of program and maps that are to replace the pinned ones. */
#define PINS_NEXT "next_"

/* The pins of one policy. */
struct pins {
	int root;			/* PINS_ROOT; -1: there is none */
	int dir;			/* the policy's directory in it; -1: there is none */
	char name[HCBPF_NAME_LEN];	/* of that directory */
};

/*
 * Open what there is, to read it. 0, or a negative errno, and @why has the
 * reason. pins_close() may be called in any case.
 */
int pins_open(struct pins *pins, const char *policy, struct check *why);

/* Make PINS_ROOT if it is not there. On failure say why and return false. */
bool pins_make_root(void);

/*
 * Open them to change them, and keep out other loads and unloads until
 * pins_close(). On failure say why and return false.
 */
bool pins_lock(struct pins *pins, const char *policy);

/* The same lock for what is of no policy: only root can have it. */
bool pins_lock_root(struct pins *pins);

void pins_close(struct pins *pins);

/* Make the directory, empty. 0 or a negative errno; -EEXIST: foreign files in it. */
int pins_create(struct pins *pins);

/* Pin the object @fd under a name in the directory. 0 or a negative errno. */
int pins_add(const struct pins *pins, const char *prefix, const char *item, int fd);

/*
 * A descriptor of the object that is pinned under such a name, or a negative errno;
 * -ELOOP: what has the name is not a pin of root's.
 */
int pins_get(const struct pins *pins, const char *prefix, const char *item);

/* Remove the directory and what `hcbpf load` put there, the link first. */
int pins_remove(struct pins *pins);

/* Let the pins that begin with PINS_NEXT take the place of the others; or remove them. */
int pins_commit_next(const struct pins *pins);
int pins_drop_next(const struct pins *pins);

/* Has the policy a directory? Not if it cannot be opened. */
bool pins_exist(const char *policy);

/* Names of the files in the policy's directory. */
struct json_object *pins_list(const char *policy);

#endif /* PINS_H */
