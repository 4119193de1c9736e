// SPDX-License-Identifier: GPL-2.0-only
/*
 * Telling VMMs that their VM's page attributes have changed: an eventfd for each
 * file that asks for it, and a page to look at.
 */
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "page_attrs.h"

/* Belongs to one file of the binding, so that whoever watches disturbs nobody. */
struct gpa_notifier {
	struct list_head node;
	const struct file *owner;	/* only compared */
	struct eventfd_ctx *ctx;
	bool quiet;			/* signalled, and the owner has not read the map since */
};

/* A guest's change signals every one of them. */
#define MOST_NOTIFIERS 64

/* Generations come in order: the lock is held. */
void gpa_announce(struct gpa *gpa)
{
	struct gpa_notifier *notifier;

	if (gpa->page)
		WRITE_ONCE(gpa->page->generation, gpa->map.generation);
	list_for_each_entry(notifier, &gpa->notifiers, node) {
		if (notifier->quiet)
			continue;
		notifier->quiet = true;
		eventfd_signal(notifier->ctx);
	}
}

static struct gpa_notifier *notifier_of(struct gpa *gpa, const struct file *owner)
{
	struct gpa_notifier *notifier;

	list_for_each_entry(notifier, &gpa->notifiers, node)
		if (notifier->owner == owner)
			return notifier;
	return NULL;
}

void gpa_notify_again(struct gpa *gpa, const struct file *owner)
{
	struct gpa_notifier *notifier = notifier_of(gpa, owner);

	if (notifier)
		notifier->quiet = false;
}

static void notifier_free(struct gpa_notifier *notifier)
{
	if (!notifier)
		return;
	eventfd_ctx_put(notifier->ctx);
	kfree(notifier);
}

static struct gpa_notifier *notifier_create(const struct file *owner, int fd)
{
	struct gpa_notifier *notifier = kzalloc(sizeof(*notifier), GFP_KERNEL_ACCOUNT);
	struct eventfd_ctx *ctx;

	if (!notifier)
		return ERR_PTR(-ENOMEM);
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx)) {
		kfree(notifier);
		return ERR_CAST(ctx);
	}
	notifier->owner = owner;
	notifier->ctx = ctx;
	return notifier;
}

/* @new, or none, in place of @owner's. What is left over, to be freed without the lock. */
static struct gpa_notifier *exchange(struct gpa *gpa, const struct file *owner,
				     struct gpa_notifier *new)
{
	struct gpa_notifier *old = notifier_of(gpa, owner);

	if (new && !old && list_count_nodes(&gpa->notifiers) >= MOST_NOTIFIERS)
		return new;
	if (old)
		list_del(&old->node);
	if (new)
		list_add(&new->node, &gpa->notifiers);
	return old;
}

int gpa_notify(struct gpa *gpa, const struct file *owner, int fd)
{
	struct gpa_notifier *old, *new = NULL;

	if (fd != -1) {
		new = notifier_create(owner, fd);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	spin_lock(&gpa->lock);
	old = exchange(gpa, owner, new);
	spin_unlock(&gpa->lock);
	notifier_free(old);
	return new && old == new ? -ENOSPC : 0;
}

/* The binding has ended: whoever waits for a change shall learn it. */
void gpa_notify_all_off(struct gpa *gpa)
{
	struct gpa_notifier *notifier, *next;
	LIST_HEAD(old);

	spin_lock(&gpa->lock);
	list_splice_init(&gpa->notifiers, &old);
	spin_unlock(&gpa->lock);
	list_for_each_entry_safe(notifier, next, &old, node) {
		eventfd_signal(notifier->ctx);
		notifier_free(notifier);
	}
}

/* Two faults may race: the first to publish wins. */
static struct hcbpf_gpa_page *page_of(struct gpa *gpa)
{
	struct hcbpf_gpa_page *page = READ_ONCE(gpa->page), *unused = NULL;

	if (page)
		return page;
	page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return NULL;
	spin_lock(&gpa->lock);
	if (gpa->page) {
		unused = page;
	} else {
		page->generation = gpa->map.generation;
		smp_store_release(&gpa->page, page);	/* behind what is in it */
	}
	page = gpa->page;
	spin_unlock(&gpa->lock);
	free_page((unsigned long)unused);
	return page;
}

vm_fault_t gpa_fault(struct gpa *gpa, struct vm_fault *vmf)
{
	struct hcbpf_gpa_page *page = page_of(gpa);

	if (!page)
		return VM_FAULT_OOM;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}
