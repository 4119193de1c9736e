/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IS_ENABLED
#define IS_ENABLED(option) 1
#endif
