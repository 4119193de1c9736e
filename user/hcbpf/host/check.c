// SPDX-License-Identifier: GPL-2.0-only
/* Checks that concern loading: privilege, kernel, BPF, the module. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <bpf/btf.h>

#include "bpf/bpffs.h"
#include "cli/args.h"
#include "cli/output.h"
#include "host/check.h"
#include "host/module.h"

/* The inode of the initial user namespace: the kernel's PROC_USER_INIT_INO. */
#define INITIAL_USER_NS 0xEFFFFFFDU

void check_set(struct check *check, enum check_state state, int err, const char *remedy,
	       const char *detail, ...)
{
	va_list ap;

	check->state = state;
	check->err = err;
	snprintf(check->remedy, sizeof(check->remedy), "%s", remedy);
	va_start(ap, detail);
	vsnprintf(check->detail, sizeof(check->detail), detail, ap);
	va_end(ap);
	text_clean(check->detail, false);
}

bool check_failed(check_fn *fn)
{
	struct check check;

	fn(&check);
	if (check.state != CHECK_NO)
		return false;
	fail(check.err, "%s\n%s", check.detail, check.remedy);
	return true;
}

bool read_line(const char *path, char *buf, int size)
{
	FILE *f = fopen(path, "re");
	bool ok;

	if (!f)
		return false;
	ok = fgets(buf, size, f);
	fclose(f);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

static unsigned long long capabilities(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f;

	f = fopen("/proc/self/status", "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	fclose(f);
	return caps;
}

/* Capabilities in any other one are of no use outside of it. */
static bool in_initial_user_ns(void)
{
	struct stat st;

	/* Kernels without user namespaces have no such file. */
	return stat("/proc/self/ns/user", &st) || st.st_ino == INITIAL_USER_NS;
}

bool have_capability(int capability)
{
	return capabilities() >> capability & 1 && in_initial_user_ns();
}

const char *hint_root(void)
{
	return in_initial_user_ns() ? "run this as root" :
	       "run this as root outside of this user namespace (a container?)";
}

const char *hint_root_or_group(void)
{
	return in_initial_user_ns() ? "run this as root or join group kvm" : hint_root();
}

void check_root(struct check *check)
{
	unsigned long long need = 1ULL << CAPABILITY_SYS_ADMIN | 1ULL << CAPABILITY_BPF;

	if ((capabilities() & need) != need)
		check_set(check, CHECK_NO, -EPERM, hint_root(),
			  "needs root (CAP_BPF and CAP_SYS_ADMIN)");
	else if (!in_initial_user_ns())
		check_set(check, CHECK_NO, -EPERM, hint_root(),
			  "CAP_BPF and CAP_SYS_ADMIN are those of a user namespace, not of the host");
	else
		check_set(check, CHECK_OK, 0, "", "CAP_BPF and CAP_SYS_ADMIN");
}

/* To the kernel, CAP_SYS_ADMIN is both. */
void check_tracing(struct check *check)
{
	unsigned long long both = 1ULL << CAPABILITY_BPF | 1ULL << CAPABILITY_PERFMON;
	unsigned long long have = capabilities();

	if (have >> CAPABILITY_SYS_ADMIN & 1)
		have |= both;
	if ((have & both) != both)
		check_set(check, CHECK_NO, -EPERM, hint_root(),
			  "needs root (CAP_BPF and CAP_PERFMON)");
	else if (!in_initial_user_ns())
		check_set(check, CHECK_NO, -EPERM, hint_root(),
			  "CAP_BPF and CAP_PERFMON are those of a user namespace, not of the host");
	else
		check_set(check, CHECK_OK, 0, "", "CAP_BPF and CAP_PERFMON");
}

void check_kernel(struct check *check)
{
	int major = 0, minor = 0;
	struct utsname name;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	if (major > 6 || (major == 6 && minor >= 12))
		check_set(check, CHECK_OK, 0, "", "Linux %s", name.release);
	else
		check_set(check, CHECK_NO, -EOPNOTSUPP, "use Linux 6.12 or later",
			  "Linux %s is too old: the module is written for 6.12 and later",
			  name.release);
}

void check_btf(struct check *check)
{
	if (!access("/sys/kernel/btf/vmlinux", R_OK))
		check_set(check, CHECK_OK, 0, "", "/sys/kernel/btf/vmlinux");
	else
		check_set(check, CHECK_NO, -EOPNOTSUPP,
			  "use a kernel built with it, such as the distribution's own",
			  "this kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
}

void check_jit(struct check *check)
{
	char value[16];

	if (!read_line("/proc/sys/net/core/bpf_jit_enable", value, sizeof(value)))
		check_set(check, CHECK_UNKNOWN, 0, "look for CONFIG_BPF_JIT=y",
			  "net.core.bpf_jit_enable cannot be read");
	else if (atoi(value))
		check_set(check, CHECK_OK, 0, "", "net.core.bpf_jit_enable = %s", value);
	else
		check_set(check, CHECK_NO, -EOPNOTSUPP, "run `sysctl net.core.bpf_jit_enable=1`",
			  "the BPF JIT compiler is off, and struct_ops needs it");
}

/* Asks the kernel's BTF: distributions may have the feature in older versions. */
void check_struct_ops(struct check *check)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool found;

	if (!btf) {
		check_set(check, CHECK_UNKNOWN, 0, "give the kernel BTF first",
			  "cannot be told without the kernel's BTF");
		return;
	}
	found = btf__find_by_name_kind(btf, "__register_bpf_struct_ops", BTF_KIND_FUNC) > 0;
	btf__free(btf);
	if (found)
		check_set(check, CHECK_OK, 0, "", "modules can register BPF struct_ops");
	else
		check_set(check, CHECK_NO, -EOPNOTSUPP,
			  "use Linux 6.12 or later with CONFIG_BPF_JIT and CONFIG_BPF_SYSCALL",
			  "modules cannot register BPF struct_ops");
}

void check_bpffs(struct check *check)
{
	int fd = bpffs_open(check);

	if (fd >= 0)
		close(fd);
}

static void check_interface(struct check *check, int dev)
{
	struct hcbpf_info info;
	int err = device_info(dev, &info);

	if (err)
		check_set(check, CHECK_NO, err, "load the module that belongs to this command",
			  "%s does not answer: %s", HCBPF_DEVICE, strerror(-err));
	else if (info.version != HCBPF_UAPI_VERSION)
		check_set(check, CHECK_NO, -EPROTO, "install module and command of one release",
			  "the module speaks interface %u, this command %u", info.version,
			  HCBPF_UAPI_VERSION);
	else
		check_set(check, CHECK_OK, 0, "", "%s, interface %u", HCBPF_DEVICE, info.version);
}

void check_device(struct check *check)
{
	int dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);

	if (dev >= 0) {
		check_interface(check, dev);
		close(dev);
	} else if (errno == EACCES || errno == EPERM) {
		check_set(check, CHECK_NO, -errno, hint_root_or_group(),
			  "no permission to open %s", HCBPF_DEVICE);
	} else if (access("/sys/module/hcbpf", F_OK)) {
		check_module(check);
	} else {
		check_set(check, CHECK_NO, -errno,
			  "check that devtmpfs is mounted on /dev and that udev runs",
			  "cannot open %s: %m", HCBPF_DEVICE);
	}
}
