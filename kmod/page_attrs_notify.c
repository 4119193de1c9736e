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

/* Belongs to one file of the binding, so that watchers do not disturb each other. */
struct attr_notifier {
	struct list_head node;
	const struct file *owner;	/* only compared */
	struct eventfd_ctx *ctx;
	bool quiet;			/* signalled, and the owner has not read the map since */
};

/* A guest's change signals every one of them. */
#define MAX_NOTIFIERS 64

/* Generations come in order: the lock is held. */
void hcb_page_attrs_announce(struct page_attrs *attrs)
{
	struct attr_notifier *notifier;

	if (attrs->page)
		WRITE_ONCE(attrs->page->generation, attrs->map.generation);
	list_for_each_entry(notifier, &attrs->notifiers, node) {
		if (notifier->quiet)
			continue;
		notifier->quiet = true;
		eventfd_signal(notifier->ctx);
	}
}

static struct attr_notifier *notifier_of(struct page_attrs *attrs, const struct file *owner)
{
	struct attr_notifier *notifier;

	list_for_each_entry(notifier, &attrs->notifiers, node)
		if (notifier->owner == owner)
			return notifier;
	return NULL;
}

void hcb_page_attrs_notify_again(struct page_attrs *attrs, const struct file *owner)
{
	struct attr_notifier *notifier = notifier_of(attrs, owner);

	if (notifier)
		notifier->quiet = false;
}

static void notifier_free(struct attr_notifier *notifier)
{
	if (!notifier)
		return;
	eventfd_ctx_put(notifier->ctx);
	kfree(notifier);
}

static struct attr_notifier *notifier_create(const struct file *owner, int fd)
{
	struct attr_notifier *notifier = kzalloc(sizeof(*notifier), GFP_KERNEL_ACCOUNT);
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

/* Replace @owner's by @new, or none. Returns what is to be freed without the lock. */
static struct attr_notifier *exchange(struct page_attrs *attrs, const struct file *owner,
				      struct attr_notifier *new)
{
	struct attr_notifier *old = notifier_of(attrs, owner);

	if (new && !old && list_count_nodes(&attrs->notifiers) >= MAX_NOTIFIERS)
		return new;
	if (old)
		list_del(&old->node);
	if (new)
		list_add(&new->node, &attrs->notifiers);
	return old;
}

int hcb_page_attrs_notify(struct page_attrs *attrs, const struct file *owner, int fd)
{
	struct attr_notifier *old, *new = NULL;

	if (fd != -1) {
		new = notifier_create(owner, fd);
		if (IS_ERR(new))
			return PTR_ERR(new);
	}
	spin_lock(&attrs->lock);
	old = exchange(attrs, owner, new);
	spin_unlock(&attrs->lock);
	notifier_free(old);
	return new && old == new ? -ENOSPC : 0;
}

/* The binding has ended: tell whoever waits for a change. */
void hcb_page_attrs_notify_all_off(struct page_attrs *attrs)
{
	struct attr_notifier *notifier, *next;
	LIST_HEAD(old);

	spin_lock(&attrs->lock);
	list_splice_init(&attrs->notifiers, &old);
	spin_unlock(&attrs->lock);
	list_for_each_entry_safe(notifier, next, &old, node) {
		eventfd_signal(notifier->ctx);
		notifier_free(notifier);
	}
}

/* Two faults may race: the first to publish wins. */
static struct hcbpf_gpa_page *page_of(struct page_attrs *attrs)
{
	struct hcbpf_gpa_page *page = READ_ONCE(attrs->page), *unused = NULL;

	if (page)
		return page;
	page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return NULL;
	spin_lock(&attrs->lock);
	if (attrs->page) {
		unused = page;
	} else {
		page->generation = attrs->map.generation;
		smp_store_release(&attrs->page, page);	/* behind what is in it */
	}
	page = attrs->page;
	spin_unlock(&attrs->lock);
	free_page((unsigned long)unused);
	return page;
}

vm_fault_t hcb_page_attrs_fault(struct page_attrs *attrs, struct vm_fault *vmf)
{
	struct hcbpf_gpa_page *page = page_of(attrs);

	if (!page)
		return VM_FAULT_OOM;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}
