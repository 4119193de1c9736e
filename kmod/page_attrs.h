/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM's page attributes: the map (attr_map.h) with its lock, its memory, and
 * those who want to hear of changes.
 *
 *	page_attrs.c         life, freeing, what guests ask for
 *	page_attrs_change.c  one change, and the memory that it takes
 *	page_attrs_notify.c  telling VMMs that there was a change
 *	page_attrs_vmm.c     what a binding's file offers to VMMs
 */
#ifndef HCBPF_KMOD_GPA_H
#define HCBPF_KMOD_GPA_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <hcbpf/uapi.h>
#include "attr_map.h"

struct file;
struct hcbpf_vm;
struct vm_fault;

struct gpa {
	spinlock_t lock;		/* all below */
	struct gpa_map map;
	u64 nodes, bits;		/* allocated, the spare and the dropped ones too */
	struct work_struct drain;	/* frees what a change has dropped */
	bool replacing;			/* a VMM is building another map */
	struct list_head notifiers;
	struct hcbpf_gpa_page *page;	/* NULL until a VMM maps it */
};

/* ---- page_attrs.c ---- */

int gpa_init(struct gpa *gpa);
/* Nobody changes the map any more, nor reads it: give its memory back. May be repeated. */
void gpa_release(struct gpa *gpa);
/* Also nobody has a file of the binding. */
void gpa_free(struct gpa *gpa);

/* For a guest: never sleep. Check before setting: 0, -EINVAL; 0, -ENOSPC, -ENOMEM. */
int gpa_check(u64 addr, u64 npages, u32 attr);
int gpa_guest_set(struct gpa *gpa, u64 addr, u64 npages, u32 attr);
hcbpf_gpa_attr_t gpa_get_attr(struct gpa *gpa, u64 frame);
/* Is a page among the @size bytes from @addr on encrypted? In doubt, yes. @size > 0. */
bool gpa_is_encrypted(struct gpa *gpa, u64 addr, u64 size);

/* After a change, with the lock held: free what is left over. */
void gpa_clean_up(struct gpa *gpa);
/* Free what changes of @map, the VM's or one being built, have left. Takes the lock, sleeps. */
void gpa_drain(struct gpa *gpa, struct gpa_map *map);

/* ---- page_attrs_change.c; all take the lock, and return 0 or -ENOMEM ---- */

/* A change that would take more than GPA_MOST_RUNS runs apart is refused with -ENOSPC. */

/* What an ordinary change needs is kept at hand. */
#define GPA_SPARE_NODES 4U
#define GPA_SPARE_BITS 2U

int gpa_set(struct gpa *gpa, u64 first, u64 last, hcbpf_gpa_attr_t attr, gfp_t gfp);
/* All pages get the default. Sleeps. */
int gpa_reset(struct gpa *gpa);
/* For a map that is being built, and nobody else's. Sleeps. */
int gpa_add_spares(struct gpa *gpa, struct gpa_map *map, const struct gpa_need *need);

/* ---- page_attrs_notify.c ---- */

/* After a change, with the lock held. */
void gpa_announce(struct gpa *gpa);
/* @owner has read the map, with the lock held: it wants to hear of the next change. */
void gpa_notify_again(struct gpa *gpa, const struct file *owner);
int gpa_notify(struct gpa *gpa, const struct file *owner, int fd);
void gpa_notify_all_off(struct gpa *gpa);
vm_fault_t gpa_fault(struct gpa *gpa, struct vm_fault *vmf);

/* ---- page_attrs_vmm.c; <hcbpf/uapi.h> has the errors ---- */

int vm_gpa_get(struct hcbpf_vm *vm, const struct file *file, struct hcbpf_gpa_get *req);
int vm_gpa_set(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req);
int vm_gpa_replace(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req);
void gpa_info(struct gpa *gpa, struct hcbpf_vm_info *info);

#endif /* HCBPF_KMOD_GPA_H */
