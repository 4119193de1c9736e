/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the arguments of calls, and results. Nothing here prints or keeps state. */
#ifndef CALL_ARGS_H
#define CALL_ARGS_H

#include <hcbpf/call.h>

#include "text/abi_names.h"

#define MAX_ARGS 6
#define ARG_NAME 24

/*
 * The names of a call's arguments, and how many there are; -1: nobody has written down what
 * this call takes.
 */
int call_arg_names(const struct hcbpf_call *call, char names[MAX_ARGS][ARG_NAME]);

/* How many argument registers the ABI has. */
unsigned int abi_nr_args(const struct hcbpf_call *call);

/* @call->ret as a result: the name of an error, or a number. */
void call_ret_text(char text[NAMES_TEXT], const struct hcbpf_call *call);

#endif /* CALL_ARGS_H */
