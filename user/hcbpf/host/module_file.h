/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that `modprobe hcbpf` would load. */
#ifndef MODULE_FILE_H
#define MODULE_FILE_H

#include <limits.h>
#include <stdbool.h>

enum module_signature {
	MODULE_NOT_SIGNED,
	MODULE_SIGNED,		/* by whomever */
	MODULE_SIGNATURE_UNKNOWN,	/* the file is compressed, or cannot be read */
};

struct module_file {
	char path[PATH_MAX];
	enum module_signature signature;
};

/* False: modprobe would find none for this kernel, @release. */
bool module_file_find(const char *release, struct module_file *file);

#endif /* MODULE_FILE_H */
