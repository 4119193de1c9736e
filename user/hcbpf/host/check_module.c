// SPDX-License-Identifier: GPL-2.0-only
/* Checks that concern the module: is it there, may it be loaded, is it, with its BTF. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <hcbpf/version.h>

#include "host/check.h"
#include "host/module_file.h"

#define SIGN "sign it with a key that this machine trusts, which Secure Boot takes from " \
	"the MOK list: see \"Secure Boot\" in docs/install.md"
#define INSTALL "build and install it for this kernel: see docs/install.md"

static bool is_loaded(void)
{
	return !access("/sys/module/hcbpf", F_OK);
}

/* What wants modules to be signed, "": nothing, as far as that can be told. */
static const char *signature_demand(void)
{
	char text[64] = "";

	read_line("/sys/kernel/security/lockdown", text, sizeof(text));
	if (strstr(text, "[integrity]"))
		return "lockdown=integrity, as Secure Boot sets it,";
	if (strstr(text, "[confidentiality]"))
		return "lockdown=confidentiality";
	text[0] = '\0';
	read_line("/sys/module/module/parameters/sig_enforce", text, sizeof(text));
	return text[0] == 'Y' || text[0] == '1' ? "module.sig_enforce=1" : "";
}

/* Where securityfs is not mounted, lockdown cannot be seen. */
static bool demand_is_known(void)
{
	return signature_demand()[0] || !access("/sys/kernel/security/lockdown", R_OK) ||
	       access("/sys/kernel/security", F_OK);
}

static bool find_file(struct module_file *file, struct utsname *name)
{
	uname(name);
	return module_file_find(name->release, file);
}

/* Not loaded: would modprobe help? */
static void judge_file(struct check *check)
{
	const char *demand = signature_demand();
	struct module_file file;
	struct utsname name;

	if (!find_file(&file, &name))
		check_set(check, CHECK_NO, -ENODEV, INSTALL, "module hcbpf is not loaded, and "
			  "modprobe has none for Linux %s", name.release);
	else if (demand[0] && file.signature == MODULE_NOT_SIGNED)
		check_set(check, CHECK_NO, -ENODEV, SIGN, "module hcbpf is not loaded, and not "
			  "signed, which %s demands", demand);
	else if (demand[0])
		check_set(check, CHECK_NO, -ENODEV, "run `modprobe hcbpf`; if the kernel rejects "
			  "its key, " SIGN, "kernel module hcbpf is not loaded");
	else
		check_set(check, CHECK_NO, -ENODEV, "run `modprobe hcbpf`",
			  "kernel module hcbpf is not loaded");
}

/* After an upgrade the old one runs on, and both speak the same interface: see check_device(). */
void check_module(struct check *check)
{
	char version[32] = "of before 0.2";

	if (!is_loaded()) {
		judge_file(check);
		return;
	}
	read_line("/sys/module/hcbpf/version", version, sizeof(version));
	if (!strcmp(version, HCBPF_VERSION))
		check_set(check, CHECK_OK, 0, "", "hcbpf %s", version);
	else
		check_set(check, CHECK_OK, 0, "what is installed comes with the next boot",
			  "hcbpf %s, and this command is " HCBPF_VERSION, version);
}

void check_signature(struct check *check)
{
	const char *demand = signature_demand();
	struct module_file file;
	struct utsname name;

	if (!demand[0] && demand_is_known())
		check_set(check, CHECK_OK, 0, "", "this kernel takes modules without one");
	else if (is_loaded())
		check_set(check, CHECK_OK, 0, "", "the module is loaded");
	else if (!demand[0])
		check_set(check, CHECK_UNKNOWN, 0, "mount securityfs on /sys/kernel/security",
			  "whether the kernel is locked down cannot be seen");
	else if (!find_file(&file, &name))
		check_set(check, CHECK_UNKNOWN, 0, INSTALL, "%s demands one, and there is no "
			  "module", demand);
	else if (file.signature == MODULE_NOT_SIGNED)
		check_set(check, CHECK_NO, -EPERM, SIGN, "%s demands one, and the module has none",
			  demand);
	else if (file.signature == MODULE_SIGNED)
		check_set(check, CHECK_OK, 0, "", "%s demands one, and the module has one", demand);
	else
		check_set(check, CHECK_UNKNOWN, 0, "look at it with `modinfo hcbpf`",
			  "%s demands one; the module is compressed", demand);
}

/* Which of the two it is only the kernel's log says. */
void check_module_btf(struct check *check)
{
	if (!is_loaded())
		check_set(check, CHECK_UNKNOWN, 0, "load the module first",
			  "cannot be told while the module is not loaded");
	else if (access("/sys/kernel/btf/hcbpf", R_OK))
		check_set(check, CHECK_NO, -EOPNOTSUPP, "see `dmesg | grep BTF`, and build it "
			  "again for this kernel, with pahole and the kernel's vmlinux at hand",
			  "the kernel has no BTF of module hcbpf: it did not take it, as of "
			  "another build of this kernel, or the module has none");
	else
		check_set(check, CHECK_OK, 0, "", "/sys/kernel/btf/hcbpf");
}
