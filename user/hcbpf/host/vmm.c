// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/output.h"
#include "host/remote.h"
#include "host/vmm.h"

#define MAX_CMDLINE (64 << 10)
#define MAX_VM_FDS 64

void vmm_name_of(uint32_t pid, char name[VMM_NAME_LEN])
{
	char path[32], *cmdline;
	size_t used = 0;
	ssize_t len;
	int fd;

	name[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	cmdline = malloc(MAX_CMDLINE);
	if (!cmdline)
		abort();
	while ((len = read(fd, cmdline + used, MAX_CMDLINE - used)) > 0)
		used += len;
	vmm_name_parse(cmdline, used, name);
	free(cmdline);
	close(fd);
}

/* A process may end at any moment: then it has no VMs. */
static int add_process(uint32_t pid, struct vmm **vmms, int nr)
{
	uint32_t fds[MAX_VM_FDS];
	struct vmm *more, vmm = { .pid = pid };
	char path[32];
	struct stat st;
	int found, i;

	found = remote_vm_fds(pid, fds, MAX_VM_FDS);
	snprintf(path, sizeof(path), "/proc/%u", pid);
	if (found <= 0 || stat(path, &st))
		return nr;
	found = found > MAX_VM_FDS ? MAX_VM_FDS : found;
	more = realloc(*vmms, (nr + found) * sizeof(*more));
	if (!more)
		abort();
	*vmms = more;
	vmm.uid = st.st_uid;
	comm_of(pid, vmm.command);
	vmm_name_of(pid, vmm.name);
	for (i = 0; i < found; i++) {
		vmm.fd = fds[i];
		more[nr++] = vmm;
	}
	return nr;
}

static int by_pid(const void *a, const void *b)
{
	const struct vmm *one = a, *two = b;

	if (one->pid != two->pid)
		return one->pid < two->pid ? -1 : 1;
	return one->fd < two->fd ? -1 : one->fd > two->fd;
}

int vmm_all(struct vmm **vmms)
{
	struct dirent *entry;
	int nr = 0;
	DIR *dir;

	*vmms = NULL;
	dir = opendir("/proc");
	if (!dir)
		return -errno;
	while ((entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]))
			nr = add_process(atoi(entry->d_name), vmms, nr);
	closedir(dir);
	if (nr)
		qsort(*vmms, nr, sizeof(**vmms), by_pid);
	return nr;
}

/* "12, 15" */
static void pids_text(const struct vmm *vmms, int nr, const char *name, char *text, size_t size)
{
	uint32_t last = 0;
	size_t used = 0;
	int i;

	text[0] = '\0';
	for (i = 0; i < nr && used < size; i++) {
		if (strcmp(vmms[i].name, name) || vmms[i].pid == last)
			continue;
		used += snprintf(text + used, size - used, "%s%u", used ? ", " : "", vmms[i].pid);
		last = vmms[i].pid;
	}
}

int vmm_by_name(const char *name, uint32_t *pid)
{
	int nr, i, found = 0;
	struct vmm *vmms;
	char list[128];

	*pid = 0;
	nr = vmm_all(&vmms);
	for (i = 0; i < nr; i++) {
		if (strcmp(vmms[i].name, name) || vmms[i].pid == *pid)
			continue;
		*pid = vmms[i].pid;
		found++;
	}
	pids_text(vmms, nr, name, list, sizeof(list));
	free(vmms);
	if (nr < 0)
		fail(nr, "cannot look for VMs in /proc: %s", strerror(-nr));
	else if (!found)
		fail(-ENOENT, "no process has a VM named \"%s\"\nsee `hcbpf vm list --all`",
		     name);
	else if (found > 1)
		fail(-EEXIST, "the processes %s all have a VM named \"%s\"\n"
		     "choose one with --pid", list, name);
	return found == 1 ? 0 : -1;
}
