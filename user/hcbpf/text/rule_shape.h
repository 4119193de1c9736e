/* SPDX-License-Identifier: GPL-2.0-only */
/* What rules look like, in profiles and in cases. */
#ifndef RULE_SHAPE_H
#define RULE_SHAPE_H

#include "text/shape.h"

choice_fn choose_abi, choose_action, choose_plain_action, choose_user_action;

extern const struct shape call_shape, op_shape, ret_shape, action_shape,
	otherwise_shape, user_shape, text_shape, bool_shape;

/* What a rule says beside which call it is for and its action. */
#define RULE_KEYS								\
	KEY("otherwise", &otherwise_shape,					\
	    "of a port that is not set, of a change that cannot be recorded"),	\
	KEY("user", &user_shape,						\
	    "what the guest's programs get that make the call themselves"),	\
	KEY("ret", &ret_shape, "the result of a call that is denied")

/* The action that a mapping's member names; 0: it is not there. */
uint32_t action_of(const struct node *map, const char *key);

#endif /* RULE_SHAPE_H */
