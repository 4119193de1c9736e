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
#ifndef HCBPF_KMOD_PAGE_ATTRS_H
#define HCBPF_KMOD_PAGE_ATTRS_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <hcbpf/uapi.h>
#include "attr_map.h"

struct file;
struct hcbpf_vm;
struct vm_fault;

struct page_attrs {
	spinlock_t lock;		/* all below */
	struct attr_map map;
	u64 nodes, bits;		/* allocated, the spare and the dropped ones too */
	struct work_struct drain;	/* frees what a change has dropped */
	bool replacing;			/* a VMM is building another map */
	struct list_head notifiers;
	struct hcbpf_gpa_page *page;	/* NULL until a VMM maps it */
};

/* ---- page_attrs.c ---- */

int hcb_page_attrs_init(struct page_attrs *attrs);
/* Nobody changes or reads the map any more: give its memory back. May be repeated. */
void hcb_page_attrs_release(struct page_attrs *attrs);
/* Also nobody has a file of the binding. */
void hcb_page_attrs_free(struct page_attrs *attrs);

/* For a guest: never sleep. Check before setting: 0, -EINVAL; 0, -ENOSPC, -ENOMEM. */
int hcb_page_attrs_check(u64 addr, u64 npages, u32 attr);
int hcb_page_attrs_guest_set(struct page_attrs *attrs, u64 addr, u64 npages, u32 attr);
/* Of whose pages nobody has said anything: all are encrypted. Never sleeps. */
void hcb_page_attrs_begin_encrypted(struct page_attrs *attrs);
hcbpf_gpa_attr_t hcb_page_attrs_get(struct page_attrs *attrs, u64 gfn);
/* Is a page among the @size bytes from @addr on encrypted? In doubt, yes. @size > 0. */
bool hcb_page_attrs_is_encrypted(struct page_attrs *attrs, u64 addr, u64 size);

/* After a change, with the lock held: free what is left over. */
void hcb_page_attrs_clean_up(struct page_attrs *attrs);
/* Free what changes of @map, the VM's or one being built, have left over. Locks, sleeps. */
void hcb_page_attrs_drain(struct page_attrs *attrs, struct attr_map *map);

/* ---- page_attrs_change.c; all take the lock, and return 0 or -ENOMEM ---- */

/* A change that would split up more than ATTR_MAX_RUNS runs is refused with -ENOSPC. */

/* What an ordinary change needs is kept at hand. */
#define ATTR_SPARE_NODES 4U
#define ATTR_SPARE_BITS 2U

int hcb_page_attrs_set(struct page_attrs *attrs, u64 first, u64 last, hcbpf_gpa_attr_t attr,
		       gfp_t gfp);
/* All pages get the default. Sleeps. */
int hcb_page_attrs_reset(struct page_attrs *attrs);
/* For a map that is being built, and nobody else's. Sleeps. */
int hcb_page_attrs_add_spares(struct page_attrs *attrs, struct attr_map *map,
			      const struct attr_need *need);

/* ---- page_attrs_notify.c ---- */

/* After a change, with the lock held. */
void hcb_page_attrs_announce(struct page_attrs *attrs);
/* @owner has read the map, with the lock held: it wants to hear of the next change. */
void hcb_page_attrs_notify_again(struct page_attrs *attrs, const struct file *owner);
int hcb_page_attrs_notify(struct page_attrs *attrs, const struct file *owner, int fd);
void hcb_page_attrs_notify_all_off(struct page_attrs *attrs);
vm_fault_t hcb_page_attrs_fault(struct page_attrs *attrs, struct vm_fault *vmf);

/* ---- page_attrs_vmm.c; <hcbpf/uapi.h> has the errors ---- */

int hcb_vm_page_attrs_get(struct hcbpf_vm *vm, const struct file *file, struct hcbpf_gpa_get *req);
int hcb_vm_page_attrs_set(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req);
int hcb_vm_page_attrs_replace(struct hcbpf_vm *vm, struct hcbpf_gpa_set *req);
void hcb_page_attrs_info(struct page_attrs *attrs, struct hcbpf_vm_info *info);

#endif /* HCBPF_KMOD_PAGE_ATTRS_H */
