// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ftrace.h>
#include <linux/printk.h>
#include "resolve.h"
#include "watch.h"

void hcb_watch_free(struct watch *watches, unsigned int nr)
{
	while (nr--)
		ftrace_free_filter(&watches[nr].ops);
}

int hcb_watch_init(struct watch *watches, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = hcb_resolve_filter(&watches[i].ops, watches[i].function);
		if (err) {
			hcb_watch_free(watches, nr);
			return err;
		}
	}
	return 0;
}

/*
 * The filters stay until hcb_watch_free(): freeing them with the registration would
 * leave ops that cannot be used again (dangling hashes, seen on 6.12).
 */
int hcb_watch_off(struct watch *watches, unsigned int nr)
{
	int err;

	while (nr--) {
		err = unregister_ftrace_function(&watches[nr].ops);
		if (err)
			return err;
	}
	return 0;
}

int hcb_watch_on(struct watch *watches, unsigned int nr)
{
	unsigned int i;
	int err;

	for (i = 0; i < nr; i++) {
		err = register_ftrace_function(&watches[i].ops);
		if (err) {
			pr_warn_ratelimited("cannot watch %s (%d)%s\n", watches[i].function,
					    err, err != -EBUSY ? "" :
					    watches[i].ops.flags & FTRACE_OPS_FL_IPMODIFY ?
					    ": somebody else redirects it" :
					    ": set kernel.ftrace_enabled=1");
			hcb_watch_off(watches, i);
			return err;
		}
	}
	return 0;
}
