/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The files of a process, which all its threads use: any of them may be closed, or take
 * another's place, while somebody is in a request on it.
 */
#ifndef TESTS_LAB_HOSTILE_FILES_H
#define TESTS_LAB_HOSTILE_FILES_H

#include "attack.h"

enum files {
	DEVICES, VMS, BINDINGS, VCPUS, EVENTFDS, NR_FILES
};

/* Empty. */
void files_init(void);
/* One of a sort, or -1. Another thread may close it at any moment. */
int files_any(enum files sort, struct chance *chance);
/* Put @fd somewhere, and close what was there. Negative ones are fine. */
void files_put(enum files sort, struct chance *chance, int fd);
/* Close one: 0, or NOTHING. */
int files_close(enum files sort, struct chance *chance);

/* Send a file to whoever reads the other end, and take what comes. They do not wait. */
int file_send(int socket, enum files sort, int fd);
int file_receive(int socket, enum files *sort);

#endif /* TESTS_LAB_HOSTILE_FILES_H */
