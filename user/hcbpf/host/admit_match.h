/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's own matcher of rules of admission, for the command. */
#ifndef HOST_ADMIT_MATCH_H
#define HOST_ADMIT_MATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef uint32_t u32;

#include "../../../kmod/admit_match.h"

#endif /* HOST_ADMIT_MATCH_H */
