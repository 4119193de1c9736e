// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "files.h"

#define ROOM 6

static int held[NR_FILES][ROOM];

void files_init(void)
{
	memset(held, -1, sizeof(held));
}

int files_any(enum files sort, struct chance *chance)
{
	return __atomic_load_n(&held[sort][chance_below(chance, ROOM)], __ATOMIC_RELAXED);
}

static int files_exchange(enum files sort, struct chance *chance, int fd)
{
	int *place = &held[sort][chance_below(chance, ROOM)];

	return __atomic_exchange_n(place, fd, __ATOMIC_RELAXED);
}

void files_put(enum files sort, struct chance *chance, int fd)
{
	if (fd < 0)
		return;
	fd = files_exchange(sort, chance, fd);
	if (fd >= 0)
		close(fd);
}

int files_close(enum files sort, struct chance *chance)
{
	int fd = files_exchange(sort, chance, -1);

	if (fd < 0)
		return NOTHING;
	close(fd);
	return 0;
}

/* ---- from process to process ---- */

struct parcel {
	struct msghdr head;
	struct iovec part;
	char sort;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
};

static struct msghdr *parcel_of(struct parcel *parcel, enum files sort)
{
	memset(parcel, 0, sizeof(*parcel));
	parcel->sort = sort;
	parcel->part = (struct iovec){ &parcel->sort, 1 };
	parcel->head = (struct msghdr){
		.msg_iov = &parcel->part, .msg_iovlen = 1,
		.msg_control = &parcel->control, .msg_controllen = sizeof(parcel->control),
	};
	return &parcel->head;
}

int file_send(int socket, enum files sort, int fd)
{
	struct parcel parcel;
	struct msghdr *head = parcel_of(&parcel, sort);
	struct cmsghdr *control = CMSG_FIRSTHDR(head);

	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(control), &fd, sizeof(int));
	return sendmsg(socket, head, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int file_receive(int socket, enum files *sort)
{
	struct parcel parcel;
	struct msghdr *head = parcel_of(&parcel, 0);
	struct cmsghdr *control;
	int fd;

	if (recvmsg(socket, head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return errno == EAGAIN ? NOTHING : -errno;
	control = CMSG_FIRSTHDR(head);
	if (!control)
		return NOTHING;
	memcpy(&fd, CMSG_DATA(control), sizeof(int));
	*sort = parcel.sort;
	return fd;
}
