/* SPDX-License-Identifier: GPL-2.0-only */
/* Page attributes, sizes and addresses, as people write them. Nothing here prints. */
#ifndef GPA_WORDS_H
#define GPA_WORDS_H

#include <stdint.h>

#define ATTR_TEXT 32
#define SIZE_TEXT 40

/* "encrypted, key 3" */
void attr_text(char text[ATTR_TEXT], uint32_t attr);

/* "1.5 GiB": exact, or with one digit behind the point and a '~' in front. */
void size_text(char text[SIZE_TEXT], uint64_t bytes);

/* An address or size: decimal or 0x, perhaps with K, M, G, T or P behind. 0, -EINVAL, -ERANGE. */
int parse_address(const char *text, uint64_t *address);

#endif /* GPA_WORDS_H */
