/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM's page attributes: the map (gpa_map.h) with its lock, its memory, and
 * those who want to hear of changes.
 */
#ifndef HCBPF_KMOD_GPA_H
#define HCBPF_KMOD_GPA_H

#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <hcbpf/uapi.h>
#include "gpa_map.h"

struct eventfd_ctx;
struct kvm;
struct vm_fault;

struct gpa {
	spinlock_t lock;		/* all below */
	struct gpa_map map;
	u64 nodes, bits;		/* allocated, the spare and the dropped ones too */
	struct work_struct drain;	/* frees what a change has dropped */
	struct eventfd_ctx *notify;
	bool quiet;			/* signalled, and nobody has read the map since */
	struct hcbpf_gpa_page *page;	/* NULL until a VMM maps it */
};

int gpa_init(struct gpa *gpa);
/* Nobody changes the map any more, nor reads it: give its memory back. */
void gpa_release(struct gpa *gpa);
/* Also nobody maps the page. */
void gpa_free(struct gpa *gpa);

/* For a guest: never sleeps. 0, -EINVAL, -EFAULT (no memory slot), -ENOMEM. */
int gpa_check(u64 gpa, u64 npages, u32 attr);
int gpa_guest_set(struct gpa *gpa, struct kvm *kvm, u64 addr, u64 npages, u32 attr);
hcbpf_gpa_attr_t gpa_get_attr(struct gpa *gpa, u64 frame);

/* For a VMM: <hcbpf/uapi.h> has the errors. @ranges is memory of ours. */
int gpa_read(struct gpa *gpa, struct hcbpf_gpa_get *req, struct hcbpf_gpa_range *ranges,
	     u32 room);
int gpa_set_ranges(struct gpa *gpa, struct hcbpf_gpa_set *req,
		   const struct hcbpf_gpa_range *ranges);
int gpa_reset(struct gpa *gpa);
int gpa_set_notify(struct gpa *gpa, int fd);
vm_fault_t gpa_fault(struct gpa *gpa, struct vm_fault *vmf);
void gpa_info(struct gpa *gpa, struct hcbpf_vm_info *info);

#endif /* HCBPF_KMOD_GPA_H */
