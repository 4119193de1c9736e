/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose VM it is that is about to run. */
#ifndef HCBPF_KMOD_ADMIT_WHO_H
#define HCBPF_KMOD_ADMIT_WHO_H

#include <linux/limits.h>
#include <hcbpf/call.h>

struct admit_who {
	struct hcbpf_admit shown;	/* to the policy; @rule and @template_name are not set */
	char cgroup[PATH_MAX];		/* the whole path */
};

/* The current thread, which has memory. May sleep. NULL: out of memory; else kfree() it. */
struct admit_who *hcb_admit_who(void);

#endif /* HCBPF_KMOD_ADMIT_WHO_H */
