// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include "admit_who.h"
#include "vmm_name.h"

/* What is longer is cut: the end of a command line counts no more then. */
#define MAX_CMDLINE 65536UL

/* Where the command line is, as /proc/PID/cmdline has it. */
static size_t cmdline_of(struct mm_struct *mm, unsigned long *start)
{
	unsigned long end;

	spin_lock(&mm->arg_lock);
	*start = mm->arg_start;
	end = mm->arg_end;
	spin_unlock(&mm->arg_lock);
	return end > *start ? min(end - *start, MAX_CMDLINE) : 0;
}

/*
 * It is the VMM's memory: what cannot be read of it counts as not being there. Reading may take
 * as long as the VMM likes, so nobody else may have to wait for it.
 */
static int read_name(struct admit_who *who)
{
	unsigned long start;
	size_t size = cmdline_of(current->mm, &start);
	char *cmdline;

	if (!size)
		return 0;
	cmdline = kvmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!cmdline)
		return -ENOMEM;
	size -= copy_from_user(cmdline, (const void __user *)start, size);
	vmm_name_parse(cmdline, size, who->shown.name);
	kvfree(cmdline);
	return 0;
}

/* Of a path that is too long the kernel writes the beginning, which is what rules look at. */
static void read_cgroup(struct admit_who *who)
{
	rcu_read_lock();
	cgroup_path(task_dfl_cgroup(current), who->cgroup, sizeof(who->cgroup));
	rcu_read_unlock();
	strscpy(who->shown.cgroup, who->cgroup, sizeof(who->shown.cgroup));
}

struct admit_who *hcb_admit_who(void)
{
	struct admit_who *who = kzalloc(sizeof(*who), GFP_KERNEL_ACCOUNT);

	if (!who)
		return NULL;
	who->shown.uid = from_kuid(&init_user_ns, current_uid());
	who->shown.pid = task_tgid_nr(current);
	strscpy(who->shown.comm, current->comm, sizeof(who->shown.comm));
	read_cgroup(who);
	if (!read_name(who))
		return who;
	kfree(who);
	return NULL;
}
