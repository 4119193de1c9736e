/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that were counted by kind, in words and numbers. No function here prints or keeps
 * state.
 */
#ifndef SEEN_H
#define SEEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <hcbpf/libhcbpf.h>

#include "text/abi_names.h"

/* The kind that has all that are not told apart. */
bool seen_is_other(const struct hcbpf_seen *seen);

/* "event_channel_op:send", or "other"; the ABI of others is NULL. */
void seen_text(char text[NAMES_TEXT], const struct hcbpf_seen *seen);
const char *seen_abi(const struct hcbpf_seen *seen);

/* Whatever became of them; and those of all kinds. */
uint64_t seen_calls(const struct hcbpf_seen *seen);
uint64_t seen_all_calls(const struct hcbpf_calls *calls);

/* The same kind, or NULL. */
const struct hcbpf_seen *seen_find(const struct hcbpf_calls *calls, const struct hcbpf_seen *seen);

/* What has come since @before, NULL: from the beginning. A VM observed anew has counted less. */
struct hcbpf_seen seen_since(const struct hcbpf_seen *now, const struct hcbpf_seen *before);

/* The bucket below whose end so many of 100 decisions were made; -1: there was none. */
int seen_bucket(const struct hcbpf_seen *seen, unsigned int percent);

/* Where a bucket ends, in ns; 0: nowhere, it is the last. */
uint64_t seen_end_ns(const struct hcbpf_calls *calls, int bucket);

/* "820ns", "1.2us", "67ms"; for the last bucket ">67ms". At most 6 characters. */
#define NS_TEXT 16
const char *seen_end_text(char text[NS_TEXT], const struct hcbpf_calls *calls, int bucket);

/* How many decisions took how long, as bars in lines of less than 80 characters. */
void seen_bars(FILE *to, const struct hcbpf_calls *calls, const struct hcbpf_seen *seen,
	       bool utf8);

#endif /* SEEN_H */
