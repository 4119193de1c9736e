/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `hcbpf load` leaves in the BPF file system:
 *
 *	/sys/fs/bpf/hcbpf/POLICY/link		keeps the policy loaded
 *	/sys/fs/bpf/hcbpf/POLICY/program	the program that decides
 *	/sys/fs/bpf/hcbpf/POLICY/map_NAME	its maps
 *
 * That file system knows no dots in names: a dot in POLICY becomes ':', which
 * no policy's name has, and in NAME '_'.
 */
#ifndef PINS_H
#define PINS_H

#include <limits.h>
#include <stdbool.h>
#include <json-c/json.h>

#define PINS_ROOT "/sys/fs/bpf/hcbpf"

/* In front of the names of program and maps that are to replace the pinned ones. */
#define PINS_NEXT "next_"

/* Path of a pin of @policy, or with @item "" of their directory. */
void pins_path(char path[PATH_MAX], const char *policy, const char *prefix, const char *item);

bool pins_exist(const char *policy);

/*
 * Keep other loads and unloads out until the returned file descriptor is
 * closed. A negative errno on failure.
 */
int pins_lock(void);

/* Make the directory, empty. 0 or a negative errno; -EEXIST: foreign files in it. */
int pins_create(const char *policy);

/* Remove the directory and what `hcbpf load` put there, the link first. */
int pins_remove(const char *policy);

/* Let the pins that begin with PINS_NEXT take the place of the others; or remove them. */
int pins_commit_next(const char *policy);
int pins_drop_next(const char *policy);

/* Names of the files in the directory. */
struct json_object *pins_list(const char *policy);

#endif /* PINS_H */
