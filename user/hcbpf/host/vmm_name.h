/* SPDX-License-Identifier: GPL-2.0-only */
#include "../../../kmod/vmm_name.h"
