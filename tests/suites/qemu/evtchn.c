// SPDX-License-Identifier: GPL-2.0-only
/*
 * In the guest inside QEMU: an event channel of its own, and sends on it. Says
 * the channel's port; then for each line N on stdin makes N sends and says "sent".
 *
 * Nobody has the other end. The VMM takes such a send and drops it, so each costs
 * an exit and does no harm.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/ioctl.h>

typedef uint16_t domid_t;	/* the header wants it and does not say where it is */
#include <xen/evtchn.h>

int main(void)
{
	struct ioctl_evtchn_bind_unbound_port bind = { .remote_domain = 0 };
	struct ioctl_evtchn_notify notify;
	unsigned int nr;
	int fd, port;

	setvbuf(stdout, NULL, _IOLBF, 0);
	fd = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		err(1, "/dev/xen/evtchn");
	port = ioctl(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &bind);
	if (port < 0)
		err(1, "bind a port");
	printf("%d\n", port);
	notify.port = port;
	while (scanf("%u", &nr) == 1) {
		while (nr--)
			if (ioctl(fd, IOCTL_EVTCHN_NOTIFY, &notify))
				err(1, "send");
		puts("sent");
	}
	return 0;
}
