/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VMs that are bound on the host beside the one that something is measured with. They have
 * neither memory nor vCPUs. Any failure ends the program.
 */
#ifndef TESTS_BENCH_NEIGHBOURS_H
#define TESTS_BENCH_NEIGHBOURS_H

/* Up to @nr of them, in this process, or in one each. */
void neighbours_here(unsigned int nr);
void neighbours_elsewhere(unsigned int nr);

void neighbours_end(void);

#endif /* TESTS_BENCH_NEIGHBOURS_H */
