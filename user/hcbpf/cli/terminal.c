// SPDX-License-Identifier: GPL-2.0-only
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "cli/args.h"
#include "cli/terminal.h"

#define USUAL 80
#define MIN_WIDTH 40	/* below, there is no room for text beside an option */
#define MAX_WIDTH 200

static int within(uint32_t width)
{
	if (width < MIN_WIDTH)
		return MIN_WIDTH;
	return width > MAX_WIDTH ? MAX_WIDTH : width;
}

int terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint32_t width;

	if (columns && !parse_u32(columns, &width) && width)
		return within(width);
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return within(size.ws_col);
	return USUAL;
}
