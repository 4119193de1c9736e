// SPDX-License-Identifier: GPL-2.0-only
/* Checks that concern the hook: ftrace, live patches, KVM. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/check.h"

/* Is there a kernel symbol of this name? 1, 0, or -1: it cannot be told. */
static int kernel_symbol(const char *name)
{
	char line[512], symbol[256];
	int found = -1;
	FILE *f;

	f = fopen("/proc/kallsyms", "re");
	if (!f)
		return -1;
	while (found != 1 && fgets(line, sizeof(line), f)) {
		found = 0;
		if (strstr(line, name) && sscanf(line, "%*s %*s %255s", symbol) == 1)
			found = !strcmp(symbol, name);
	}
	fclose(f);
	return found;
}

void check_ftrace(struct check *check)
{
	char enabled[16] = "";

	if (!read_line("/proc/sys/kernel/ftrace_enabled", enabled, sizeof(enabled)))
		check_set(check, CHECK_NO, -EOPNOTSUPP,
			  "use a kernel with CONFIG_FUNCTION_TRACER and CONFIG_DYNAMIC_FTRACE",
			  "this kernel has no function tracer");
	else if (!atoi(enabled))
		check_set(check, CHECK_NO, -EOPNOTSUPP, "run `sysctl kernel.ftrace_enabled=1`",
			  "ftrace is switched off");
	else if (!kernel_symbol("register_ftrace_direct"))
		check_set(check, CHECK_NO, -EOPNOTSUPP,
			  "use a kernel with CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
			  "this kernel's ftrace has no direct calls");
	else
		check_set(check, CHECK_OK, 0, "", "enabled, with direct calls");
}

/* Live patches do not stop the hook, but they decide how it can be placed. */
void check_livepatch(struct check *check)
{
	struct dirent *entry;
	int nr = 0;
	DIR *dir;

	dir = opendir("/sys/kernel/livepatch");
	if (!dir) {
		check_set(check, CHECK_OK, 0, "", "none: this kernel has no live patching");
		return;
	}
	while ((entry = readdir(dir)))
		nr += entry->d_name[0] != '.';
	closedir(dir);
	check_set(check, CHECK_OK, 0, "", nr ? "%d loaded" : "none loaded", nr);
}

void check_kvm(struct check *check)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), version;

	if (fd < 0) {
		if (errno == EACCES)
			check_set(check, CHECK_NO, -errno, hint_root_or_group(),
				  "no permission to open /dev/kvm");
		else
			check_set(check, CHECK_NO, -errno,
				  "load kvm_intel or kvm_amd; enable virtualization in the firmware",
				  "cannot open /dev/kvm: %m");
		return;
	}
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	close(fd);
	if (version == KVM_API_VERSION)
		check_set(check, CHECK_OK, 0, "", "/dev/kvm, API %d", version);
	else
		check_set(check, CHECK_NO, -EOPNOTSUPP, "use Linux's own KVM",
			  "/dev/kvm answers with API version %d, not %d", version,
			  KVM_API_VERSION);
}

#ifdef __aarch64__
#define HOOKED "kvm_smccc_call_handler"

/* Part of the kernel, and there when the CPU has EL2 and the kernel was entered at it. */
void check_kvm_vendor(struct check *check)
{
	if (!access("/dev/kvm", F_OK))
		check_set(check, CHECK_OK, 0, "", "built into the kernel");
	else
		check_set(check, CHECK_NO, -ENODEV, "boot the kernel at EL2, without kvm-arm.mode=none",
			  "the kernel's KVM is not active");
}

#else
#define HOOKED "kvm_emulate_hypercall"

void check_kvm_vendor(struct check *check)
{
	bool amd = !access("/sys/module/kvm_amd", F_OK);
	char tdx[8] = "";

	read_line("/sys/module/kvm_intel/parameters/tdx", tdx, sizeof(tdx));
	if (tdx[0] == 'Y')
		check_set(check, CHECK_OK, 0, "",
			  "kvm_intel, with TDX: calls of TDX guests do not come to hcbpf");
	else if (amd || !access("/sys/module/kvm_intel", F_OK))
		check_set(check, CHECK_OK, 0, "", "%s", amd ? "kvm_amd" : "kvm_intel");
	else
		check_set(check, CHECK_NO, -ENODEV, "run `modprobe kvm_intel` or `modprobe kvm_amd`",
			  "neither kvm_intel nor kvm_amd is loaded");
}
#endif

/*
 * The module's own presence is the proof. Without it: the function that it
 * hooks must exist; it is found by its name, so it need not be exported.
 */
void check_kvm_exports(struct check *check)
{
	int exists;

	if (!access("/sys/module/hcbpf", F_OK)) {
		check_set(check, CHECK_OK, 0, "", "module hcbpf found all it needs");
		return;
	}
	exists = kernel_symbol(HOOKED);
	if (exists < 0 || (!exists && access("/sys/module/kvm", F_OK)))
		check_set(check, CHECK_UNKNOWN, 0, "load KVM first",
			  "cannot be told while KVM is not loaded");
	else if (!exists)
		check_set(check, CHECK_NO, -EOPNOTSUPP, "use a kernel whose KVM has it",
			  "KVM has no " HOOKED ", which is what hcbpf hooks");
	else
		check_set(check, CHECK_OK, 0, "", "KVM has " HOOKED);
}
