/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_H
#define TEST_H

struct args;

int test_run(const struct args *args);

#endif /* TEST_H */
