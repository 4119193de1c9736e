// SPDX-License-Identifier: GPL-2.0-only
/* One parser for both: what the module admits by a name is what the command shows. */
#include "../../../kmod/vmm_name.c"
