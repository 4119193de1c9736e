/* SPDX-License-Identifier: GPL-2.0-only */
#define swab64(x) __builtin_bswap64(x)
