// SPDX-License-Identifier: GPL-2.0-only
/* Hold an eventfd: print "PID FD", then keep the count of its signals in a file. */
#include <stdint.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int keep(uint64_t total)
{
	FILE *file = fopen("/run/holder.new", "w");

	if (!file)
		return -1;
	fprintf(file, "%llu\n", (unsigned long long)total);
	fclose(file);
	return rename("/run/holder.new", "/run/holder");
}

int main(void)
{
	uint64_t more, total = 0;
	int fd = eventfd(0, 0);

	if (fd < 0 || keep(0))
		return 1;
	printf("%d %d\n", getpid(), fd);
	fclose(stdout);
	while (read(fd, &more, sizeof(more)) == sizeof(more)) {
		total += more;
		if (keep(total))
			return 1;
	}
	return 1;
}
