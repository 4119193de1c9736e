/* SPDX-License-Identifier: GPL-2.0-only */
#define CAP_SYS_ADMIN 21
#define capable(cap) ((void)(cap), false)
