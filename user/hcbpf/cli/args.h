/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading what people type. No function here prints or keeps state. */
#ifndef ARGS_H
#define ARGS_H

#include <stdbool.h>
#include <stdint.h>

/* Decimal or 0x; nothing before or after. 0, -EINVAL, or -ERANGE. */
int parse_u32(const char *text, uint32_t *value);
int parse_u64(const char *text, uint64_t *value);

/* "PID:FD". 0, -EINVAL, or -ERANGE. */
int parse_pid_fd(const char *text, uint32_t *pid, uint32_t *fd);

/* What is wrong with a policy's name or a VM's tag; NULL: nothing. */
const char *name_problem(const char *name);

/*
 * Replace by '?' what would break a terminal or a JSON document, or let a text look like
 * another: control characters, bytes that are not UTF-8, what changes the direction of
 * text. Newlines stay if @keep_newlines.
 */
void text_clean(char *text, bool keep_newlines);

#endif /* ARGS_H */
