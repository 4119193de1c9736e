// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/process.h"

#define VCPU_LINK "anon_inode:kvm-vcpu:"
#define MAX_CMDLINE (64 << 10)
#define LINK_LEN 64

/* ---- the process ---- */

/* What is not there was perhaps only hidden: procfs may be mounted with hidepid. */
static int open_proc(const struct process *process)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%u", process->pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : errno == ENOENT ? -EACCES : -errno;
}

static bool is_alive(const struct process *process)
{
	return !syscall(SYS_pidfd_send_signal, process->pidfd, 0, NULL, 0) || errno != ESRCH;
}

/*
 * While the process of the pidfd is there, nobody else has its number: so if it is after
 * the directory was opened, that is its own.
 */
int process_open(uint32_t pid, struct process *process)
{
	int err;

	*process = (struct process){ .pid = pid };
	process->pidfd = syscall(SYS_pidfd_open, pid, 0);
	/* EINVAL: the number is that of a thread; newer kernels say ENOENT. */
	if (process->pidfd < 0)
		return errno == EINVAL || errno == ENOENT ? -ESRCH : -errno;
	process->proc = open_proc(process);
	err = !is_alive(process) ? -ESRCH : process->proc < 0 ? process->proc : 0;
	if (err)
		process_close(process);
	return err;
}

void process_close(struct process *process)
{
	if (process->proc >= 0)
		close(process->proc);
	close(process->pidfd);
}

/* As much of a file in its directory as fits. */
static ssize_t read_file(const struct process *process, const char *file, char *to, size_t size)
{
	int fd = openat(process->proc, file, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t len;

	if (fd < 0)
		return -errno;
	while ((len = read(fd, to + used, size - used)) > 0)
		used += len;
	if (len < 0)
		len = -errno;
	close(fd);
	return len < 0 ? len : (ssize_t)used;
}

/* Field 22 of its stat; the program's name, field 2, may have anything in it. */
int process_start(const struct process *process, uint64_t *start)
{
	char text[1024], *at;
	ssize_t len = read_file(process, "stat", text, sizeof(text) - 1);
	int field;

	if (len < 0)
		return len;
	text[len] = '\0';
	at = strrchr(text, ')');
	for (field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EIO;
	*start = strtoull(at, NULL, 10);
	return 0;
}

int process_uid(const struct process *process, uid_t *uid)
{
	struct stat st;

	if (fstat(process->proc, &st))
		return -errno;
	*uid = st.st_uid;
	return 0;
}

/* The two first of the line "Uid:". */
static int read_uids(const struct process *process, uid_t *real, uid_t *effective)
{
	char status[4096], *at;
	ssize_t len = read_file(process, "status", status, sizeof(status) - 1);

	if (len < 0)
		return len;
	status[len] = '\0';
	at = strstr(status, "\nUid:");
	return at && sscanf(at, " Uid: %u %u", real, effective) == 2 ? 0 : -ESRCH;
}

int process_user(const struct process *process, uid_t *uid)
{
	uid_t real;

	return read_uids(process, &real, uid);
}

int process_real_user(const struct process *process, uid_t *uid)
{
	uid_t effective;

	return read_uids(process, uid, &effective);
}

void process_cgroup(const struct process *process, char cgroup[PATH_MAX])
{
	static const char unified[] = "0::";
	char text[2 * PATH_MAX], *line, *rest = text;
	ssize_t len = read_file(process, "cgroup", text, sizeof(text) - 1);

	cgroup[0] = '\0';
	text[len > 0 ? len : 0] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, unified, strlen(unified)))
			snprintf(cgroup, PATH_MAX, "%s", line + strlen(unified));
}

const char *user_name(uid_t uid, char number[USER_NUMBER_LEN])
{
	const struct passwd *user = getpwuid(uid);

	snprintf(number, USER_NUMBER_LEN, "%u", uid);
	return user ? user->pw_name : number;
}

void process_comm(const struct process *process, char comm[COMM_LEN])
{
	ssize_t len = read_file(process, "comm", comm, COMM_LEN - 1);

	comm[len > 0 ? len : 0] = '\0';
	/* Its last newline; others are its own. */
	if (len > 0 && comm[len - 1] == '\n')
		comm[len - 1] = '\0';
}

/* @file: its command line. */
static int read_vmm_name(const struct process *process, const char *file, char name[VMM_NAME_LEN])
{
	char *cmdline = malloc(MAX_CMDLINE);
	ssize_t len;

	if (!cmdline)
		abort();
	len = read_file(process, file, cmdline, MAX_CMDLINE);
	vmm_name_parse(cmdline, len > 0 ? len : 0, name);
	free(cmdline);
	return len < 0 ? len : 0;
}

void process_vmm_name(const struct process *process, char name[VMM_NAME_LEN])
{
	read_vmm_name(process, "cmdline", name);
}

int pid_vmm_name(uint32_t pid, char name[VMM_NAME_LEN])
{
	const struct process unopened = { .pid = pid, .proc = AT_FDCWD };
	char path[32];

	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	return read_vmm_name(&unopened, path, name);
}

/* Has a line of this file of /proc/PID the text? */
static bool has_line(const struct process *process, const char *file, const char *text)
{
	int fd = openat(process->proc, file, O_RDONLY | O_CLOEXEC);
	FILE *lines = fd < 0 ? NULL : fdopen(fd, "r");
	bool found = false;
	char *line = NULL;
	size_t size = 0;

	while (lines && !found && getline(&line, &size, lines) > 0)
		found = strstr(line, text);
	free(line);
	if (lines)
		fclose(lines);
	else if (fd >= 0)
		close(fd);
	return found;
}

bool process_has_mapped(const struct process *process, const char *text)
{
	return has_line(process, "maps", text);
}

bool process_fd_says(const struct process *process, uint32_t fd, const char *text)
{
	char file[32];

	snprintf(file, sizeof(file), "fdinfo/%u", fd);
	return has_line(process, file, text);
}

bool process_has_vcpu(const struct process *process)
{
	return process_has_mapped(process, " " VCPU_LINK);
}

bool process_runs_us(const struct process *process)
{
	struct stat us, it;

	return !stat("/proc/self/exe", &us) && !fstatat(process->proc, "exe", &it, 0) &&
	       us.st_dev == it.st_dev && us.st_ino == it.st_ino;
}

int each_process(int (*fn)(uint32_t pid, void *data), void *data)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (errno = 0, entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			err = fn(strtoul(entry->d_name, NULL, 10), data);
	/* Of readdir(), if that ended it. */
	if (!err)
		err = -errno;
	closedir(dir);
	return err;
}

/* ---- its descriptors ---- */

static int read_link(int dir, const char *path, char link[LINK_LEN])
{
	ssize_t len = readlinkat(dir, path, link, LINK_LEN - 1);

	if (len < 0)
		return -errno;
	link[len] = '\0';
	return 0;
}

/* One that has been closed meanwhile is none. */
static int tell_fd(int dir, const char *name, process_fd_fn *fn, void *data)
{
	char link[LINK_LEN];
	int err;

	if (!isdigit((unsigned char)name[0]))
		return 0;
	err = read_link(dir, name, link);
	if (err)
		return err == -ENOENT ? 0 : err;
	return fn(strtoul(name, NULL, 10), link, data);
}

int process_each_fd(const struct process *process, process_fd_fn *fn, void *data)
{
	int fd = openat(process->proc, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err == -ENOENT ? -ESRCH : err;
	}
	while (!err && (errno = 0, entry = readdir(dir)))
		err = tell_fd(fd, entry->d_name, fn, data);
	if (!err && errno)
		err = errno == ENOENT ? -ESRCH : -errno;
	closedir(dir);
	return err;
}

struct fd_list {
	uint32_t *fds;
	int nr;
};

static int note_vm(uint32_t fd, const char *link, void *data)
{
	struct fd_list *list = data;

	if (strcmp(link, VM_LINK))
		return 0;
	list->fds = realloc(list->fds, (list->nr + 1) * sizeof(*list->fds));
	if (!list->fds)
		abort();
	list->fds[list->nr++] = fd;
	return 0;
}

int process_vm_fds(const struct process *process, uint32_t **fds)
{
	struct fd_list list = { 0 };
	int err = process_each_fd(process, note_vm, &list);

	*fds = list.fds;
	if (!err)
		return list.nr;
	free(list.fds);
	*fds = NULL;
	return err;
}

/* ---- fetching one ---- */

struct parcel {
	int err;
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
};

static struct msghdr parcel_message(struct parcel *parcel, struct iovec *iov)
{
	*iov = (struct iovec){ &parcel->err, sizeof(parcel->err) };
	return (struct msghdr){
		.msg_iov = iov, .msg_iovlen = 1,
		.msg_control = &parcel->control, .msg_controllen = sizeof(parcel->control),
	};
}

static void send_parcel(int socket, int fd, int err)
{
	struct parcel parcel = { .err = err };
	struct iovec iov;
	struct msghdr message = parcel_message(&parcel, &iov);

	if (err) {
		message.msg_controllen = 0;
	} else {
		parcel.control.head = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(sizeof(fd)), .cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS,
		};
		memcpy(CMSG_DATA(&parcel.control.head), &fd, sizeof(fd));
	}
	sendmsg(socket, &message, MSG_NOSIGNAL);
}

static int receive_parcel(int socket)
{
	struct parcel parcel = { 0 };
	struct iovec iov;
	struct msghdr message = parcel_message(&parcel, &iov);
	struct cmsghdr *control;
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(parcel.err))
		return -EIO;
	if (parcel.err)
		return parcel.err;
	control = CMSG_FIRSTHDR(&message);
	if (!control || control->cmsg_type != SCM_RIGHTS)
		return -EMFILE;
	memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

/* The child: nothing of the parent's stays open here, since its end may take long. */
static void fetch(const struct process *process, uint32_t fd, const char *wanted, int socket)
{
	char path[32], link[LINK_LEN];
	int pidfd, got, err;

	/* As 0 and 1, whatever these are now. */
	socket = fcntl(socket, F_DUPFD, 5);
	pidfd = fcntl(process->pidfd, F_DUPFD, 5);
	if (socket < 0 || pidfd < 0 || dup2(socket, 0) < 0 || dup2(pidfd, 1) < 0)
		_exit(1);
	close_range(2, ~0U, 0);
	got = syscall(SYS_pidfd_getfd, 1, fd, 0);
	err = got < 0 ? -errno : 0;
	if (!err) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", got);
		err = read_link(AT_FDCWD, path, link);
		if (!err && strcmp(link, wanted))
			err = -EINVAL;
	}
	send_parcel(0, got, err);
	_exit(0);
}

/*
 * Between the look at the link and the fetching, its owner may have put another file
 * there, such as one of a file system of his own, which can let whoever closes it wait
 * for ever. So a child fetches it and looks again, and is left alone if that goes wrong.
 */
static int fetch_in_child(const struct process *process, uint32_t fd, const char *link)
{
	int sockets[2], got, err;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		return -errno;
	child = fork();
	err = -errno;
	if (!child)
		fetch(process, fd, link, sockets[1]);
	close(sockets[1]);
	got = child < 0 ? err : receive_parcel(sockets[0]);
	close(sockets[0]);
	if (child > 0 && got >= 0)
		waitpid(child, NULL, 0);
	return got;
}

int process_fd(const struct process *process, uint32_t fd, const char *link)
{
	char path[24], found[LINK_LEN];
	int err;

	snprintf(path, sizeof(path), "fd/%u", fd);
	err = read_link(process->proc, path, found);
	if (err)
		return err != -ENOENT ? err : is_alive(process) ? -EBADF : -ESRCH;
	return strcmp(found, link) ? -EINVAL : fetch_in_child(process, fd, link);
}
