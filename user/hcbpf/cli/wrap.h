/* SPDX-License-Identifier: GPL-2.0-only */
/* Text in lines that fit. */
#ifndef WRAP_H
#define WRAP_H

#include <stdio.h>

/*
 * Print @text, which begins in column @column and whose further lines begin in column
 * @indent, in lines of at most @width columns, and end the last one. What is longer than
 * a line has one of its own. Newlines in the text stay.
 */
void wrap_text(FILE *f, const char *text, int column, int indent, int width);

/* The same for arguments: "[--fd N]" and "--pid PID" stay on one line. */
void wrap_usage(FILE *f, const char *usage, int column, int indent, int width);

#endif /* WRAP_H */
