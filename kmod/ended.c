// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMM decides how many wait for the end of its binding, and wake_up() would go through
 * all of them with interrupts off. So they are woken in batches, with two marks among
 * them: one behind the batch, and one behind those that were there at first, since who
 * comes later sees that all is over, and may come for ever.
 *
 * The queue is empty when the binding is freed: its files are gone then, and whoever
 * waits has one of them.
 */
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include "ended.h"

#define BATCH 64

void hcb_ended_init(struct ended *ended)
{
	init_waitqueue_head(&ended->waiters);
}

/* Queued first, so that who sees nothing here is found by hcb_ended_tell(). */
__poll_t hcb_ended_poll(struct ended *ended, struct file *file, poll_table *table)
{
	poll_wait(file, &ended->waiters, table);
	return smp_load_acquire(&ended->over) ? EPOLLHUP : 0;
}

static int mark_wake(struct wait_queue_entry *entry, unsigned int mode, int flags, void *key)
{
	return 0;
}

static void mark_init(struct wait_queue_entry *mark)
{
	init_waitqueue_func_entry(mark, mark_wake);
	INIT_LIST_HEAD(&mark->entry);
}

/* From @mark on; false: @last is reached. @mark moves. */
static bool wake_batch(struct wait_queue_entry *mark, const struct wait_queue_entry *last)
{
	struct wait_queue_entry *entry, *next = list_next_entry(mark, entry);
	int n;

	for (n = 0; n < BATCH && next != last; n++) {
		entry = next;
		/* The entry may go: some remove themselves. */
		next = list_next_entry(entry, entry);
		entry->func(entry, TASK_NORMAL, 0, poll_to_key(EPOLLHUP));
	}
	list_move_tail(&mark->entry, &next->entry);
	return next != last;
}

/* No policy runs any more. Once; may sleep. */
void hcb_ended_tell(struct ended *ended)
{
	wait_queue_head_t *waiters = &ended->waiters;
	struct wait_queue_entry mark, last;
	bool more = true;

	mark_init(&mark);
	mark_init(&last);
	smp_store_release(&ended->over, true);
	spin_lock_irq(&waiters->lock);
	list_add(&mark.entry, &waiters->head);
	list_add_tail(&last.entry, &waiters->head);
	while (more) {
		more = wake_batch(&mark, &last);
		spin_unlock_irq(&waiters->lock);
		cond_resched();
		spin_lock_irq(&waiters->lock);
	}
	list_del(&mark.entry);
	list_del(&last.entry);
	spin_unlock_irq(&waiters->lock);
}
