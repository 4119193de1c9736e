// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registered buffers of a VM: a table for each vCPU and one for all.
 *
 * Tables are built outside the lock from what RCU shows, and published under it
 * if nobody has changed anything meanwhile; else they are built again. So the lock is held for
 * a few stores, whatever the guest does, and may be taken where nothing sleeps.
 *
 * A guest may register and purge without end. What its calls have replaced and
 * RCU has not freed yet is limited, and charged to the VMM like all the rest.
 */
#include <linux/capability.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include "buffer_table.h"
#include "uapi.h"
#include "vm.h"
#include "vm_buffers.h"
#include "vm_table.h"

#define MAX_BUFFERS 1024U	/* of a table; a change copies it */
#define MAX_LISTED (1U << 20)
#define MAX_RETIRED (512L << 10)
/* vCPUs with a table of their own, by their ids: a buffer for all is compared with each. */
#define MAX_VCPUS 512U
/* Others change the tables meanwhile: try again, but do not do more work than this. */
#define TRIES 16
#define MAX_WORK 2048U
#define CALL_GFP (GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN)

static unsigned int max_buffers = 64;

static int set_max_buffers(const char *text, const struct kernel_param *param)
{
	return param_set_uint_minmax(text, param, 0, MAX_BUFFERS);
}

static const struct kernel_param_ops max_buffers_ops = {
	.set = set_max_buffers,
	.get = param_get_uint,
};

module_param_cb(max_buffers, &max_buffers_ops, &max_buffers, 0644);
MODULE_PARM_DESC(
	max_buffers,
	"buffers that a guest may register for each vCPU, and as many for all (64; up to 1024)");

/* ---- retiring what readers may still see ---- */

static void free_table(struct rcu_head *rcu)
{
	struct buffer_table *table = container_of(rcu, struct buffer_table, rcu);
	struct vm_buffers *owner = table->owner;
	size_t size = hcb_buffer_table_size(table);

	kfree(table);
	atomic_long_sub(size, &owner->retired);
}

static void retire_table(struct vm_buffers *owner, struct buffer_table *table)
{
	if (!table)
		return;
	table->owner = owner;
	atomic_long_add(hcb_buffer_table_size(table), &owner->retired);
	call_rcu(&table->rcu, free_table);
}

static size_t tables_size(const struct buffer_tables *tables)
{
	return struct_size(tables, vcpu, tables->nr);
}

static void free_tables(struct rcu_head *rcu)
{
	struct buffer_tables *tables = container_of(rcu, struct buffer_tables, rcu);
	struct vm_buffers *owner = tables->owner;
	size_t size = tables_size(tables);

	kfree(tables);
	atomic_long_sub(size, &owner->retired);
}

/* Only the array: its tables are in another one now. */
static void retire_tables(struct vm_buffers *owner, struct buffer_tables *tables)
{
	if (!tables)
		return;
	tables->owner = owner;
	atomic_long_add(tables_size(tables), &owner->retired);
	call_rcu(&tables->rcu, free_tables);
}

/* No reader is left. With all that is in it. */
void hcb_vm_buffers_free(struct buffer_tables *tables)
{
	u32 i;

	if (!tables)
		return;
	for (i = 0; i < tables->nr; i++)
		kfree(rcu_access_pointer(tables->vcpu[i]));
	kfree(rcu_access_pointer(tables->all));
	kfree(tables);
}

/* ---- life ---- */

void hcb_vm_buffers_init(struct vm_buffers *buffers, bool encrypted)
{
	raw_spin_lock_init(&buffers->lock);
	buffers->limit = READ_ONCE(max_buffers);
	buffers->encrypted = encrypted;
}

/* Behind a change: who has counted it has seen it. */
static void unlock_changed(struct vm_buffers *buffers)
{
	smp_store_release(&buffers->changes, buffers->changes + 1);
	raw_spin_unlock(&buffers->lock);
}

static struct buffer_tables *swap_all(struct vm_buffers *buffers, struct buffer_tables *new)
{
	struct buffer_tables *old;

	raw_spin_lock(&buffers->lock);
	old = rcu_replace_pointer(buffers->tables, new, lockdep_is_held(&buffers->lock));
	unlock_changed(buffers);
	return old;
}

/* For good. The caller waits for readers and frees what this returns. */
struct buffer_tables *hcb_vm_buffers_close(struct vm_buffers *buffers)
{
	WRITE_ONCE(buffers->closed, true);
	return swap_all(buffers, NULL);
}

/* Before the memory of @buffers goes: RCU callbacks count in it. */
void hcb_vm_buffers_exit(struct vm_buffers *buffers)
{
	if (atomic_long_read(&buffers->retired))
		rcu_barrier();
}

/* ---- one change ---- */

/* What a change starts from, and whether that is still so. Inside RCU. */
struct view {
	u32 changes;
	struct buffer_tables *tables;
};

static struct view view_of(const struct vm_buffers *buffers)
{
	struct view view;

	view.changes = smp_load_acquire(&buffers->changes);
	view.tables = rcu_dereference(buffers->tables);
	return view;
}

/* True with the lock held. */
static bool lock_view(struct vm_buffers *buffers, const struct view *view)
{
	raw_spin_lock(&buffers->lock);
	if (buffers->changes == view->changes && !READ_ONCE(buffers->closed))
		return true;
	raw_spin_unlock(&buffers->lock);
	return false;
}

static struct buffer_tables *tables_alloc(u32 nr, gfp_t gfp)
{
	struct buffer_tables *tables = kzalloc(struct_size(tables, vcpu, nr), gfp);

	if (tables)
		tables->nr = nr;
	return tables;
}

/* Make room for vCPU @who. 0: there is, or the view is stale: look again. */
static int make_room(struct vm_buffers *buffers, const struct view *view, u32 who)
{
	struct buffer_tables *tables, *old = view->tables;
	u32 nr = who == BUFFERS_ALL ? 0 : roundup_pow_of_two(who + 1), i;

	if (nr > MAX_VCPUS)
		return -ENOSPC;
	tables = tables_alloc(nr, CALL_GFP);
	if (!tables)
		return -ENOMEM;
	if (!lock_view(buffers, view)) {
		kfree(tables);
		return 0;
	}
	if (old)
		RCU_INIT_POINTER(tables->all, rcu_access_pointer(old->all));
	for (i = 0; old && i < old->nr; i++)
		RCU_INIT_POINTER(tables->vcpu[i], rcu_access_pointer(old->vcpu[i]));
	rcu_assign_pointer(buffers->tables, tables);
	unlock_changed(buffers);
	retire_tables(buffers, old);
	return 0;
}

static struct buffer_table __rcu **place_in(struct buffer_tables *tables, u32 who)
{
	if (!tables)
		return NULL;
	if (who == BUFFERS_ALL)
		return &tables->all;
	return who < tables->nr ? &tables->vcpu[array_index_nospec(who, tables->nr)] : NULL;
}

static int publish(struct vm_buffers *buffers, const struct view *view,
		   struct buffer_table __rcu **place, struct buffer_table *new)
{
	struct buffer_table *old;

	if (IS_ERR(new))
		return PTR_ERR(new);
	if (!lock_view(buffers, view)) {
		kfree(new);
		return -EAGAIN;
	}
	old = rcu_replace_pointer(*place, new, lockdep_is_held(&buffers->lock));
	unlock_changed(buffers);
	retire_table(buffers, old);
	return 0;
}

bool hcb_buffer_tables_touch(const struct buffer_tables *tables, u32 vcpu, u64 va, u64 size)
{
	if (hcb_buffer_table_touch(rcu_dereference(tables->all), va, size))
		return true;
	if (vcpu >= tables->nr)
		return false;
	vcpu = array_index_nospec(vcpu, tables->nr);
	return hcb_buffer_table_touch(rcu_dereference(tables->vcpu[vcpu]), va, size);
}

/* No vCPU may find two buffers for one address. */
static bool overlaps(const struct buffer_tables *tables, u32 who, const struct buffer *buffer)
{
	u32 i;

	if (hcb_buffer_tables_touch(tables, who, buffer->va, buffer->size))
		return true;
	for (i = 0; who == BUFFERS_ALL && i < tables->nr; i++)
		if (hcb_buffer_table_touch(rcu_dereference(tables->vcpu[i]), buffer->va,
					   buffer->size))
			return true;
	return false;
}

/* What a change takes, in buffers that are copied. Comparing with a table is like four. */
static u32 work_of(const struct buffer_tables *tables, u32 who, const struct buffer_table *old)
{
	return (old ? old->nr : 0) + (who == BUFFERS_ALL ? 4 * tables->nr : 0);
}

static int insert_once(struct vm_buffers *buffers, u32 who, const struct buffer *buffer, bool dry,
		       u32 *work)
{
	struct view view = view_of(buffers);
	struct buffer_table __rcu **place = place_in(view.tables, who);
	const struct buffer_table *old = place ? rcu_dereference(*place) : NULL;

	if (!place && !dry)
		return make_room(buffers, &view, who) ?: -EAGAIN;
	if (view.tables) {
		*work += work_of(view.tables, who, old);
		if (overlaps(view.tables, who, buffer))
			return -EEXIST;
	}
	if ((old ? old->nr : 0) >= READ_ONCE(buffers->limit))
		return -ENOSPC;
	return dry ? 0 :
		     publish(buffers, &view, place, hcb_buffer_table_with(old, buffer, CALL_GFP));
}

static int purge_once(struct vm_buffers *buffers, u32 who, u64 va, bool every, bool dry, u32 *work)
{
	struct view view = view_of(buffers);
	struct buffer_table __rcu **place = place_in(view.tables, who);
	struct buffer_table *new = NULL;

	if (!place)
		return every ? 0 : -ENOENT;
	*work += work_of(view.tables, who, rcu_dereference(*place));
	if (!every)
		new = hcb_buffer_table_without(rcu_dereference(*place), va, CALL_GFP);
	else if (!rcu_access_pointer(*place))
		return 0;
	if (!dry)
		return publish(buffers, &view, place, new);
	if (IS_ERR(new))
		return PTR_ERR(new);
	kfree(new);
	return 0;
}

static bool may_try(const struct vm_buffers *buffers, int tries, u32 work)
{
	return tries < TRIES && work < MAX_WORK && !READ_ONCE(buffers->closed) &&
	       atomic_long_read(&buffers->retired) <= MAX_RETIRED;
}

/* Both inside RCU. @dry: only say what would be. -EAGAIN: others change the tables without end. */
int hcb_vm_buffers_insert(struct vm_buffers *buffers, u32 who, const struct buffer *buffer,
			  bool dry)
{
	int err = -EAGAIN, tries;
	u32 work = 0;

	if (!READ_ONCE(buffers->limit))
		return -ENOSPC;
	for (tries = 0; err == -EAGAIN && may_try(buffers, tries, work); tries++)
		err = insert_once(buffers, who, buffer, dry, &work);
	return err;
}

int hcb_vm_buffers_purge(struct vm_buffers *buffers, u32 who, u64 va, bool every, bool dry)
{
	int err = -EAGAIN, tries;
	u32 work = 0;

	for (tries = 0; err == -EAGAIN && may_try(buffers, tries, work); tries++)
		err = purge_once(buffers, who, va, every, dry, &work);
	return err;
}

/* A vCPU is reset: its own table goes. May be called where nothing sleeps. */
void hcb_vm_vcpu_reset(const struct kvm_vcpu *vcpu)
{
	struct hcbpf_vm *vm;

	rcu_read_lock();
	vm = hcb_vm_table_find(vcpu->kvm);
	if (vm) {
		struct vm_buffers *buffers = &vm->buffers;
		struct buffer_table __rcu **place;
		struct buffer_table *old = NULL;

		raw_spin_lock(&buffers->lock);
		place = place_in(rcu_dereference_protected(buffers->tables, true), vcpu->vcpu_id);
		if (place)
			old = rcu_replace_pointer(*place, NULL, lockdep_is_held(&buffers->lock));
		unlock_changed(buffers);
		retire_table(buffers, old);
	}
	rcu_read_unlock();
}

/* ---- what the VMM sees and sets ---- */

static u32 list_table(const struct buffer_table *table, u32 who, struct hcbpf_buffer *list,
		      u32 room)
{
	u32 i;

	for (i = 0; table && i < table->nr && i < room; i++)
		list[i] = (struct hcbpf_buffer){
			.va = table->buffer[i].va, .gpa = table->buffer[i].gpa,
			.size = table->buffer[i].size, .vcpu = who,
		};
	return table ? table->nr : 0;
}

/*
 * To look at all tables, one at a time: together they may be many. False: that was the
 * last. Inside RCU, for as long as the table is used.
 */
static bool nth_table(const struct buffer_tables *tables, u32 n, const struct buffer_table **table)
{
	if (!tables || n > tables->nr)
		return false;
	*table = n < tables->nr ? rcu_dereference(tables->vcpu[n]) : rcu_dereference(tables->all);
	return true;
}

struct total {
	u32 nr;
	size_t bytes;
};

/* If they change meanwhile, not of one moment. */
static struct total total_of(const struct vm_buffers *buffers)
{
	const struct buffer_table *table;
	struct total total = {};
	bool more = true;
	u32 n;

	for (n = 0; more; n++) {
		rcu_read_lock();
		more = nth_table(rcu_dereference(buffers->tables), n, &table);
		if (more && table) {
			total.nr += table->nr;
			total.bytes += hcb_buffer_table_size(table);
		}
		rcu_read_unlock();
	}
	return total;
}

u32 hcb_vm_buffers_count(const struct vm_buffers *buffers)
{
	return total_of(buffers).nr;
}

size_t hcb_vm_buffers_memory(const struct vm_buffers *buffers)
{
	const struct buffer_tables *tables;
	size_t bytes;

	rcu_read_lock();
	tables = rcu_dereference(buffers->tables);
	bytes = tables ? tables_size(tables) : 0;
	rcu_read_unlock();
	return bytes + total_of(buffers).bytes + atomic_long_read(&buffers->retired);
}

/* All of one moment, or -EAGAIN. */
static int list_once(const struct vm_buffers *buffers, struct hcbpf_buffer *list, u32 room, u32 *nr)
{
	u32 changes = smp_load_acquire(&buffers->changes), n, who;
	const struct buffer_tables *tables;
	const struct buffer_table *table;
	bool more = true;

	*nr = 0;
	for (n = 0; more; n++) {
		rcu_read_lock();
		tables = rcu_dereference(buffers->tables);
		more = nth_table(tables, n, &table);
		if (more) {
			who = n < tables->nr ? n : HCBPF_BUFFER_ANY_VCPU;
			*nr += list_table(table, who, list + min(*nr, room), room - min(*nr, room));
		}
		smp_rmb();	/* the table before the count of changes */
		rcu_read_unlock();
		if (READ_ONCE(buffers->changes) != changes)
			return -EAGAIN;
		cond_resched();
	}
	return 0;
}

int hcb_vm_get_buffers(struct hcbpf_vm *vm, struct hcbpf_buffers *req)
{
	u32 room = min3(req->nr, hcb_vm_buffers_count(&vm->buffers) + 64, MAX_LISTED);
	struct hcbpf_buffer *list;
	int err = -EAGAIN, tries;

	list = kvmalloc_array(room + 1, sizeof(*list), GFP_KERNEL_ACCOUNT);
	if (!list)
		return -ENOMEM;
	for (tries = 0; err == -EAGAIN && tries < TRIES; tries++)
		err = list_once(&vm->buffers, list, room, &req->nr);
	if (!err && copy_to_user(u64_to_user_ptr(req->buffers), list,
				 min(room, req->nr) * sizeof(*list)))
		err = -EFAULT;
	kvfree(list);
	return err;
}

/*
 * ANY_VCPU sorts last; the tables of vCPUs need the one of all to compare with. A million
 * buffers take a while, and sort() does not let others run.
 */
static int by_vcpu_and_address(const void *a, const void *b)
{
	const struct hcbpf_buffer *x = a, *y = b;

	cond_resched();
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	return x->va == y->va ? 0 : x->va < y->va ? -1 : 1;
}

/* The table of the @nr buffers that begin at @list. */
static struct buffer_table *make_table(const struct hcbpf_buffer *list, u32 nr,
				       const struct buffer_table *all)
{
	struct buffer_table *table = ERR_PTR(-EEXIST);
	struct buffer *sorted;
	u32 i;

	sorted = kvcalloc(nr, sizeof(*sorted), GFP_KERNEL_ACCOUNT);
	if (!sorted)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < nr; i++) {
		sorted[i] = (struct buffer){ list[i].va, list[i].gpa, list[i].size };
		if (i && sorted[i].va - sorted[i - 1].va < sorted[i - 1].size)
			break;
		if (hcb_buffer_table_touch(all, sorted[i].va, sorted[i].size))
			break;
	}
	if (i == nr)
		table = hcb_buffer_table_make(sorted, nr, GFP_KERNEL_ACCOUNT);
	kvfree(sorted);
	return table;
}

/* How many of the last @nr belong to the same table as the last one. */
static u32 last_run(const struct hcbpf_buffer *list, u32 nr)
{
	u32 n = 1;

	while (n < nr && list[nr - n - 1].vcpu == list[nr - 1].vcpu)
		n++;
	return n;
}

/* @list is sorted, so the table of all comes first when it is worked through from its end. */
static int fill_tables(struct buffer_tables *tables, const struct hcbpf_buffer *list, u32 nr,
		       u32 limit)
{
	while (nr) {
		u32 n = last_run(list, nr);
		struct buffer_table *table;

		if (n > limit)
			return -ENOSPC;
		table = make_table(list + nr - n, n, rcu_access_pointer(tables->all));
		if (IS_ERR(table))
			return PTR_ERR(table);
		RCU_INIT_POINTER(*place_in(tables, list[nr - 1].vcpu), table);
		nr -= n;
		cond_resched();
	}
	return 0;
}

static int check_list(const struct hcbpf_buffer *list, u32 nr, u32 *nr_vcpus)
{
	u32 i;

	*nr_vcpus = 0;
	for (i = 0; i < nr; i++) {
		const struct buffer buffer = { list[i].va, list[i].gpa, list[i].size };

		if (list[i].reserved || !hcb_buffer_is_valid(&buffer, ~0ULL))
			return -EINVAL;
		if (list[i].vcpu == HCBPF_BUFFER_ANY_VCPU)
			continue;
		if (list[i].vcpu >= KVM_MAX_VCPU_IDS)
			return -EINVAL;
		if (list[i].vcpu >= MAX_VCPUS)
			return -ENOSPC;
		*nr_vcpus = max(*nr_vcpus, list[i].vcpu + 1);
	}
	return 0;
}

static struct buffer_tables *make_tables(struct hcbpf_buffer *list, u32 nr, u32 limit)
{
	struct buffer_tables *tables;
	u32 nr_vcpus;
	int err;

	if (!nr)
		return NULL;
	err = check_list(list, nr, &nr_vcpus);
	if (err)
		return ERR_PTR(err);
	sort(list, nr, sizeof(*list), by_vcpu_and_address, NULL);
	tables = tables_alloc(nr_vcpus, GFP_KERNEL_ACCOUNT);
	if (!tables)
		return ERR_PTR(-ENOMEM);
	err = fill_tables(tables, list, nr, limit);
	if (!err)
		return tables;
	hcb_vm_buffers_free(tables);
	return ERR_PTR(err);
}

int hcb_vm_set_buffers(struct hcbpf_vm *vm, const struct hcbpf_buffers *req)
{
	struct buffer_tables *tables;
	struct hcbpf_buffer *list;

	if (req->nr > MAX_LISTED)
		return -E2BIG;
	list = req->nr ? hcb_fetch_array(req->buffers, req->nr, sizeof(*list)) : NULL;
	if (IS_ERR(list))
		return PTR_ERR(list);
	tables = make_tables(list, req->nr, READ_ONCE(vm->buffers.limit));
	kvfree(list);
	if (IS_ERR(tables))
		return PTR_ERR(tables);
	mutex_lock(&vm->lock);
	if (vm->ended) {
		mutex_unlock(&vm->lock);
		hcb_vm_buffers_free(tables);
		return -ENODEV;
	}
	tables = swap_all(&vm->buffers, tables);
	mutex_unlock(&vm->lock);
	if (tables)
		synchronize_rcu();
	hcb_vm_buffers_free(tables);
	return 0;
}

/* Only the operator may give more than the module's default: it is kernel memory. */
int hcb_vm_set_buffer_limit(struct hcbpf_vm *vm, u32 limit)
{
	if (limit > MAX_BUFFERS)
		return -ERANGE;
	if (limit > READ_ONCE(max_buffers) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	WRITE_ONCE(vm->buffers.limit, limit);
	return 0;
}
