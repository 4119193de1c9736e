// SPDX-License-Identifier: GPL-2.0-only
/* Run a command for which the kernel says that it is a 2.6 one. */
#include <stdio.h>
#include <sys/personality.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	if (personality(UNAME26) < 0)
		perror("personality");
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
