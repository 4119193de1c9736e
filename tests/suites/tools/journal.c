// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stands in for systemd's journal: takes entries at its socket, and prints each as a line,
 * "FIELD=VALUE|FIELD=VALUE". Says "ready" first. A value that has newlines comes in another form,
 * which nobody here is to use: "binary FIELD".
 */
#include <err.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define PATH "/run/systemd/journal/socket"

static void print_entry(char *entry)
{
	char *field, before = 0;

	while ((field = strsep(&entry, "\n"))) {
		if (!field[0])
			continue;
		if (before)
			putchar(before);
		printf("%s%s", strchr(field, '=') ? "" : "binary ", field);
		before = '|';
	}
	putchar('\n');
	fflush(stdout);
}

int main(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = PATH };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char entry[65536];
	ssize_t len;

	mkdir("/run", 0755);
	mkdir("/run/systemd", 0755);
	mkdir("/run/systemd/journal", 0755);
	unlink(PATH);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to)) || chmod(PATH, 0666))
		err(1, "%s", PATH);
	puts("ready");
	fflush(stdout);
	while ((len = recv(fd, entry, sizeof(entry) - 1, 0)) >= 0) {
		entry[len] = '\0';
		print_entry(entry);
	}
	return 1;
}
