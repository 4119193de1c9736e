/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-2-Clause */
/*
 * The version of all of it: module, library, command, packages. This is the one place that
 * has it; make reads the three numbers from here, too.
 */
#ifndef HCBPF_VERSION_H
#define HCBPF_VERSION_H

#define HCBPF_MAJOR 0
#define HCBPF_MINOR 2
#define HCBPF_PATCH 0

#define HCBPF_VERSION_OF_(major, minor, patch) #major "." #minor "." #patch
#define HCBPF_VERSION_OF(major, minor, patch) HCBPF_VERSION_OF_(major, minor, patch)
/* "MAJOR.MINOR.PATCH" */
#define HCBPF_VERSION HCBPF_VERSION_OF(HCBPF_MAJOR, HCBPF_MINOR, HCBPF_PATCH)

#endif
