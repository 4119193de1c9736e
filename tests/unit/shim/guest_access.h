/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's memory is the test's. */
#ifndef TESTS_UNIT_SHIM_GUEST_ACCESS_H
#define TESTS_UNIT_SHIM_GUEST_ACCESS_H

#include "kernel.h"

struct guest_access {
	u64 gpa;
	bool write;
};

bool hcb_access_entry(struct guest_access *access, u64 gpa, u64 *entry);

#endif /* TESTS_UNIT_SHIM_GUEST_ACCESS_H */
