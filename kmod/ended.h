/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling who polls a binding's files that it has ended. */
#ifndef HCBPF_KMOD_ENDED_H
#define HCBPF_KMOD_ENDED_H

#include <linux/poll.h>
#include <linux/wait.h>

struct ended {
	wait_queue_head_t waiters;
	bool over;		/* never cleared */
};

void hcb_ended_init(struct ended *ended);
__poll_t hcb_ended_poll(struct ended *ended, struct file *file, poll_table *table);
void hcb_ended_tell(struct ended *ended);

#endif /* HCBPF_KMOD_ENDED_H */
