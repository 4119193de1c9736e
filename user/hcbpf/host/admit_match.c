// SPDX-License-Identifier: GPL-2.0-only
/* One matcher for both: what the command finds is what the module would. */
#include "host/admit_match.h"
#include "../../../kmod/admit_match.c"
