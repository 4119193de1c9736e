/* SPDX-License-Identifier: GPL-2.0-only */
/* What a usage says: "VM PORT {slot N | eventfd PID:FD [slot N]}". */
#ifndef USAGE_H
#define USAGE_H

#include <stdbool.h>

#define USAGE_WORDS 31		/* arguments that are looked at */

/* @word (@len characters): one that is written as it stands there, or a kind of words. */
typedef void usage_fn(void *data, const char *word, int len);

/*
 * Call @fn for each word that may follow these arguments; options are no arguments. What
 * is a kind stands for any argument. Where they do not fit, nothing may follow.
 */
void usage_next(const char *usage, const char *const *words, int nr, usage_fn *fn, void *data);

/* Kinds are in capital letters. */
bool usage_is_kind(const char *word);

#endif /* USAGE_H */
