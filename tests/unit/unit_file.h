/* SPDX-License-Identifier: GPL-2.0-only */
/* To be included after cmocka.h. */
#ifndef UNIT_FILE_H
#define UNIT_FILE_H

#include <stdio.h>

static inline void unit_write(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

#endif /* UNIT_FILE_H */
