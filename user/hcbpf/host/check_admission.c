// SPDX-License-Identifier: GPL-2.0-only
/* Is there admission, and what is in force? Not having any is no lack: VMs are bound otherwise. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host/admission.h"
#include "host/check.h"

static bool is_rt(void)
{
	struct utsname name;

	uname(&name);
	return strstr(name.version, "PREEMPT_RT");
}

static void check_numbers(struct check *check, int dev)
{
	struct hcbpf_admission numbers;
	char counts[COUNTS_TEXT];
	int err = admission_numbers(dev, &numbers);

	if (err == -ENOTTY)
		check_set(check, CHECK_UNKNOWN, err, "load the module that belongs to this command",
			  "the module that is loaded has none");
	else if (err == -EPERM)
		check_set(check, CHECK_UNKNOWN, err, hint_root(), "root alone can see it");
	else if (err)
		check_set(check, CHECK_UNKNOWN, err, "", "cannot be told: %s", strerror(-err));
	else
		check_set(check, CHECK_OK, 0, "", "off: VMs are bound by VMMs and by hand");
	if (err || (!numbers.nr_templates && !numbers.nr_rules))
		return;
	admission_counts(counts, numbers.nr_templates, numbers.nr_rules);
	check_set(check, CHECK_OK, 0, "", "in force: %s", counts);
}

void check_admission(struct check *check)
{
	int dev;

	if (is_rt()) {
		check_set(check, CHECK_UNKNOWN, 0, "bind VMs by their VMM or with `hcbpf vm attach`",
			  "not available on PREEMPT_RT");
		return;
	}
	dev = open(HCBPF_DEVICE, O_RDWR | O_CLOEXEC);
	if (dev < 0) {
		check_set(check, CHECK_UNKNOWN, 0, "load the module first",
			  "cannot be told without " HCBPF_DEVICE);
		return;
	}
	check_numbers(check, dev);
	close(dev);
}
