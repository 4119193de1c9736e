// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with a KVM VM, or with $VMS of them, that does nothing. Says "ready FD",
 * FD being that of the first. Its arguments are for others to read.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
	const char *number = getenv("VMS");
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), nr = number ? atoi(number) : 1, first = -1;

	if (kvm < 0)
		err(1, "/dev/kvm");
	while (nr--) {
		int vm = ioctl(kvm, KVM_CREATE_VM, 0);

		if (vm < 0)
			err(1, "KVM_CREATE_VM");
		first = first < 0 ? vm : first;
	}
	printf("ready %d\n", first);
	fflush(stdout);
	pause();
	return 0;
}
