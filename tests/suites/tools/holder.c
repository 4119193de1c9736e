// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with an eventfd for somebody else's port. Says "ready FD"; for each
 * line on stdin, how often the eventfd has been signalled since the last one.
 */
#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

int main(void)
{
	int efd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t signals;
	char line[16];

	if (efd < 0)
		err(1, "eventfd");
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready %d\n", efd);
	while (fgets(line, sizeof(line), stdin)) {
		if (read(efd, &signals, sizeof(signals)) != sizeof(signals))
			signals = 0;
		printf("%llu\n", (unsigned long long)signals);
	}
	return 0;
}
