/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that are run by a process that was forked before any VM came: one that has them would
 * have each of its children copy thousands of descriptors, and close them. Nanoseconds of the
 * CPU that a command took, with its children; any failure ends the program.
 */
#ifndef TESTS_BENCH_COMMANDS_H
#define TESTS_BENCH_COMMANDS_H

void commands_start(void);
double command_attach(void);	/* hcbpf vm attach, to a VM of a process of its own */
double command_replace(void);	/* hcbpf replace */
void commands_end(void);

#endif /* TESTS_BENCH_COMMANDS_H */
