/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFIER_H
#define VERIFIER_H

/*
 * The end of a verifier log, where the offending instruction and the reason
 * stand: the last @max lines that say something. To be freed; NULL: no memory.
 */
char *verifier_excerpt(const char *log, int max);

#endif /* VERIFIER_H */
