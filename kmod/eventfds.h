/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM's slots for eventfds. */
#ifndef HCBPF_KMOD_EVENTFDS_H
#define HCBPF_KMOD_EVENTFDS_H

#include <linux/rcupdate.h>
#include <linux/types.h>
#include <hcbpf/uapi.h>

struct eventfd_ctx;

struct eventfd_slots {
	struct rcu_head rcu;
	u32 nr;
	struct eventfd_ctx __rcu *ctx[];
};

/* The caller holds the VM's lock. */
int hcb_eventfds_set(struct eventfd_slots __rcu **slots, const struct hcbpf_set_eventfd *req,
		     u32 limit);
void hcb_eventfds_free(struct eventfd_slots *slots);
/* Inside RCU, or with the VM's lock. */
bool hcb_eventfds_has(const struct eventfd_slots *slots, u32 slot);
/* The first one at or after @slot that is in use, or -ENOENT. */
int hcb_eventfds_next(const struct eventfd_slots *slots, u32 *slot);
u32 hcb_eventfds_count(const struct eventfd_slots *slots);

#endif /* HCBPF_KMOD_EVENTFDS_H */
