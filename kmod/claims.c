// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims on ports, by the VM's tag. See <hcbpf/claim.h>.
 *
 * Each VM has an array of the claims that serve it, beside its eventfds. A guest's calls read it
 * inside RCU; all else is under claims_lock, which nests in no other lock and takes none but
 * RCU's. A claim that ends is taken out of all arrays, which are found in a list of their VMs. A
 * binding that ends leaves that list and has no array again: its files may stay open for as long
 * as its VMM likes, and whoever closes a claim goes through all of the list.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>
#include <linux/xarray.h>
#include "claims.h"
#include "eventfds.h"
#include "ports.h"
#include "vm.h"

#define MIN_SLOTS 4

struct claim {
	struct hlist_node node;		/* of its tag */
	struct eventfd_ctx *ctx;
	struct pid *holder;
	kuid_t uid;			/* 0 for who had CAP_SYS_ADMIN */
	u32 id;
	u32 port;
	char tag[HCBPF_NAME_LEN];
};

struct claim_slots {
	struct rcu_head rcu;
	u32 nr;
	u32 full;			/* so many at the beginning are in use */
	struct claim __rcu *claim[];
};

static DEFINE_MUTEX(claims_lock);
static DEFINE_HASHTABLE(claims, 10);
static DEFINE_XARRAY_ALLOC1(claims_by_id);
static u32 claims_next_id;
static DEFINE_XARRAY(nr_claims);	/* of each user who has some, but user 0 */
static LIST_HEAD(claimed_vms);		/* VMs that have an array */

static u32 tag_key(const char *tag)
{
	return full_name_hash(NULL, tag, strlen(tag));
}

static struct claim_slots *slots_of(struct hcbpf_vm *vm)
{
	return rcu_dereference_protected(vm->claims, lockdep_is_held(&claims_lock));
}

static struct claim *slot_claim(const struct claim_slots *slots, u32 i)
{
	return rcu_dereference_protected(slots->claim[i], lockdep_is_held(&claims_lock));
}

static void slot_clear(struct claim_slots *slots, u32 i)
{
	RCU_INIT_POINTER(slots->claim[i], NULL);
	slots->full = min(slots->full, i);
}

static hcbpf_port_t slot_word(u32 i)
{
	return hcbpf_port_make(HCBPF_PORT_EVENTFD, HCBPF_FIRST_CLAIM_SLOT + i);
}

static bool may_serve(const struct claim *claim, const struct hcbpf_vm *vm)
{
	if (!vm->operators)
		return uid_eq(claim->uid, vm->uid);
	return uid_eq(claim->uid, GLOBAL_ROOT_UID) ||
	       (vm->has_claimant && uid_eq(claim->uid, vm->claimant));
}

static bool is_for(const struct claim *claim, const struct hcbpf_vm *vm)
{
	return !strcmp(claim->tag, vm->tag) && may_serve(claim, vm);
}

/* ---- serving a VM ---- */

/* An empty slot, in an array that grows by copying. */
static int slot_alloc(struct hcbpf_vm *vm, u32 *slot)
{
	struct claim_slots *old = slots_of(vm), *new;
	u32 nr = old ? old->nr : 0;

	for (*slot = old ? old->full : 0; *slot < nr; old->full = ++*slot)
		if (!slot_claim(old, *slot))
			return 0;
	new = kvzalloc(struct_size(new, claim, max(MIN_SLOTS, 2 * nr)), GFP_KERNEL_ACCOUNT);
	if (!new)
		return -ENOMEM;
	new->nr = max(MIN_SLOTS, 2 * nr);
	new->full = nr;
	for (nr = 0; old && nr < old->nr; nr++)
		RCU_INIT_POINTER(new->claim[nr], slot_claim(old, nr));
	rcu_assign_pointer(vm->claims, new);
	if (old)
		kvfree_rcu(old, rcu);
	else
		list_add(&vm->claimed, &claimed_vms);
	return 0;
}

/* Which claim has the port; NULL: none, or the VMM has stored another word. */
static struct claim *port_claim(struct hcbpf_vm *vm, u32 port)
{
	struct claim_slots *slots = slots_of(vm);
	hcbpf_port_t word = hcb_ports_get(&vm->ports, port);
	u32 i = hcbpf_port_slot(word) - HCBPF_FIRST_CLAIM_SLOT;
	struct claim *claim;

	if (!slots || i >= slots->nr || word != slot_word(i))
		return NULL;
	claim = slot_claim(slots, i);
	return claim && claim->port == port ? claim : NULL;
}

/* The word leads to an eventfd of the VMM's, or to another port's claim. */
static bool leads_somewhere(struct hcbpf_vm *vm, hcbpf_port_t word)
{
	u32 slot = hcbpf_port_slot(word);
	struct claim_slots *slots = slots_of(vm);
	bool used;

	if (hcbpf_port_action(word) != HCBPF_PORT_EVENTFD)
		return false;
	if (slot >= HCBPF_FIRST_CLAIM_SLOT) {
		slot -= HCBPF_FIRST_CLAIM_SLOT;
		return slots && slot < slots->nr && slot_claim(slots, slot);
	}
	rcu_read_lock();
	used = hcb_eventfds_has(rcu_dereference(vm->eventfds), slot);
	rcu_read_unlock();
	return used;
}

static int serve(struct hcbpf_vm *vm, struct claim *claim, struct claim **holder)
{
	hcbpf_port_t word;
	u32 slot;
	int err;

	if (READ_ONCE(vm->ended))	/* and hcb_claims_forget() may have been here */
		return 0;
	if (claim->port >= vm->ports.nr)
		return -ERANGE;
	*holder = port_claim(vm, claim->port);
	if (*holder)
		return *holder == claim ? 0 : -EEXIST;
	word = hcb_ports_get(&vm->ports, claim->port);
	if (leads_somewhere(vm, word))
		return -EBUSY;
	err = slot_alloc(vm, &slot);
	if (err)
		return err;
	rcu_assign_pointer(slots_of(vm)->claim[slot], claim);
	err = hcb_ports_exchange(&vm->ports, claim->port, word, slot_word(slot));
	if (err)
		slot_clear(slots_of(vm), slot);
	return err;
}

/*
 * A VM that has lost the port to its VMM is left alone, and one of another tag never had it: of
 * those there may be many, with many slots.
 */
static void withdraw(struct hcbpf_vm *vm, const struct claim *claim)
{
	struct claim_slots *slots = slots_of(vm);
	u32 i;

	if (strcmp(claim->tag, vm->tag))
		return;
	for (i = 0; i < slots->nr; i++) {
		if (slot_claim(slots, i) != claim)
			continue;
		hcb_ports_exchange(&vm->ports, claim->port, slot_word(i), 0);
		slot_clear(slots, i);
	}
}

/* Slots whose port the VMM has taken, or that was cleared. */
static void drop_lost(struct hcbpf_vm *vm)
{
	struct claim_slots *slots = slots_of(vm);
	struct claim *claim;
	u32 i;

	for (i = 0; slots && i < slots->nr; i++) {
		claim = slot_claim(slots, i);
		if (claim && hcb_ports_get(&vm->ports, claim->port) != slot_word(i))
			slot_clear(slots, i);
	}
}

void hcb_claims_serve(struct hcbpf_vm *vm)
{
	struct claim *claim, *holder;

	if (!vm->tag[0])
		return;
	mutex_lock(&claims_lock);
	drop_lost(vm);
	hash_for_each_possible(claims, claim, node, tag_key(vm->tag)) {
		if (is_for(claim, vm))
			serve(vm, claim, &holder);
		cond_resched();
	}
	mutex_unlock(&claims_lock);
}

void hcb_claims_forget(struct hcbpf_vm *vm)
{
	struct claim_slots *slots;

	mutex_lock(&claims_lock);
	slots = rcu_replace_pointer(vm->claims, NULL, lockdep_is_held(&claims_lock));
	if (slots)
		list_del(&vm->claimed);
	mutex_unlock(&claims_lock);
	if (slots)
		kvfree_rcu(slots, rcu);
}

int hcb_claims_signal(const struct claim_slots *slots, u32 slot)
{
	u32 i = slot - HCBPF_FIRST_CLAIM_SLOT;
	struct claim *claim;

	if (slot < HCBPF_FIRST_CLAIM_SLOT || !slots || i >= slots->nr)
		return -ENOENT;
	claim = rcu_dereference(slots->claim[array_index_nospec(i, slots->nr)]);
	if (!claim)
		return -ENOENT;
	eventfd_signal(claim->ctx);
	return 0;
}

size_t hcb_claims_memory(struct hcbpf_vm *vm)
{
	const struct claim_slots *slots;
	size_t size;

	rcu_read_lock();
	slots = rcu_dereference(vm->claims);
	size = slots ? struct_size(slots, claim, slots->nr) : 0;
	rcu_read_unlock();
	return size;
}

/* ---- making one ---- */

static void tell_holder(struct hcbpf_claim *req, const struct claim *holder)
{
	req->holder_pid = hcb_process_nr(holder->holder);
	req->holder_uid = from_kuid_munged(current_user_ns(), holder->uid);
}

static struct claim *claim_alloc(const struct hcbpf_claim *req)
{
	struct claim *claim = kzalloc(sizeof(*claim), GFP_KERNEL_ACCOUNT);
	struct eventfd_ctx *ctx;

	if (!claim)
		return ERR_PTR(-ENOMEM);
	ctx = eventfd_ctx_fdget(req->eventfd);
	if (IS_ERR(ctx)) {
		kfree(claim);
		return ERR_CAST(ctx);
	}
	claim->ctx = ctx;
	claim->holder = get_pid(task_tgid(current));
	claim->uid = capable(CAP_SYS_ADMIN) ? GLOBAL_ROOT_UID : current_fsuid();
	claim->port = req->port;
	strscpy(claim->tag, req->tag, sizeof(claim->tag));
	return claim;
}

static void claim_free(struct claim *claim)
{
	eventfd_ctx_put(claim->ctx);
	put_pid(claim->holder);
	kfree(claim);
}

/* One more of the user's, or with @by = -1 one less, which cannot fail. */
static int count(kuid_t uid, int by)
{
	unsigned long key = __kuid_val(uid), nr;
	void *entry = xa_load(&nr_claims, key);

	if (uid_eq(uid, GLOBAL_ROOT_UID))
		return 0;
	nr = (entry ? xa_to_value(entry) : 0) + by;
	if (nr > HCBPF_MAX_CLAIMS)
		return -ENOSPC;
	if (!nr) {
		xa_erase(&nr_claims, key);
		return 0;
	}
	return xa_err(xa_store(&nr_claims, key, xa_mk_value(nr), GFP_KERNEL_ACCOUNT));
}

/* The user's own claim of the same port. */
static struct claim *find_same(const struct claim *claim)
{
	struct claim *other;

	hash_for_each_possible(claims, other, node, tag_key(claim->tag))
		if (other->port == claim->port && uid_eq(other->uid, claim->uid) &&
		    !strcmp(other->tag, claim->tag))
			return other;
	return NULL;
}

static int add_locked(struct claim *claim, struct hcbpf_claim *req)
{
	struct claim *same = find_same(claim);
	int err;

	if (same) {
		tell_holder(req, same);
		return -EEXIST;
	}
	err = count(claim->uid, 1);
	if (err)
		return err;
	err = xa_alloc_cyclic(&claims_by_id, &claim->id, claim, xa_limit_31b, &claims_next_id,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		count(claim->uid, -1);
		return err;
	}
	hash_add(claims, &claim->node, tag_key(claim->tag));
	return 0;
}

static int add(struct claim *claim, struct hcbpf_claim *req)
{
	int err;

	mutex_lock(&claims_lock);
	err = add_locked(claim, req);
	mutex_unlock(&claims_lock);
	return err;
}

static int serve_if_for(struct hcbpf_vm *vm, struct claim *claim, struct hcbpf_claim *req)
{
	struct claim *holder;
	int err = 0;

	mutex_lock(&claims_lock);
	if (is_for(claim, vm)) {
		err = serve(vm, claim, &holder);
		if (err == -EEXIST)
			tell_holder(req, holder);
	}
	mutex_unlock(&claims_lock);
	return err;
}

/*
 * The VMs that are there. One that comes meanwhile finds the claim by itself, and one that
 * ends is served in vain. The VM may be freed where we let go of it, so not with the lock.
 */
static int serve_all(struct claim *claim, struct hcbpf_claim *req)
{
	struct hcbpf_vm *vm;
	u32 id = 0;
	int err = 0;

	while (!err && !hcb_vm_next_id(&id)) {
		vm = hcb_vm_get_by_id(id);
		if (!vm)
			continue;
		err = serve_if_for(vm, claim, req);
		hcb_vm_put(vm);
		cond_resched();
	}
	return err;
}

struct claim *hcb_claim_create(struct hcbpf_claim *req)
{
	struct claim *claim = claim_alloc(req);
	int err;

	if (IS_ERR(claim))
		return claim;
	err = add(claim, req);
	if (err) {
		claim_free(claim);
		return ERR_PTR(err);
	}
	err = serve_all(claim, req);
	if (!err)
		return claim;
	hcb_claim_end(claim);
	return ERR_PTR(err);
}

void hcb_claim_end(struct claim *claim)
{
	struct hcbpf_vm *vm;

	mutex_lock(&claims_lock);
	hash_del(&claim->node);
	xa_erase(&claims_by_id, claim->id);
	count(claim->uid, -1);
	list_for_each_entry(vm, &claimed_vms, claimed) {
		withdraw(vm, claim);
		cond_resched();
	}
	mutex_unlock(&claims_lock);
	synchronize_rcu();	/* no call signals it any more */
	claim_free(claim);
}

/* ---- looking ---- */

static u32 count_vms(const struct claim *claim)
{
	struct hcbpf_vm *vm;
	u32 nr = 0;

	list_for_each_entry(vm, &claimed_vms, claimed) {
		nr += port_claim(vm, claim->port) == claim;
		cond_resched();
	}
	return nr;
}

static bool may_see(const struct claim *claim)
{
	return uid_eq(claim->uid, current_fsuid()) || capable(CAP_SYS_ADMIN);
}

int hcb_claim_next(struct hcbpf_next_claim *next)
{
	unsigned long id = next->id;
	struct claim *claim;

	mutex_lock(&claims_lock);
	do {
		claim = xa_find_after(&claims_by_id, &id, U32_MAX, XA_PRESENT);
		cond_resched();
	} while (claim && !may_see(claim));
	if (claim) {
		next->id = claim->id;
		next->port = claim->port;
		next->pid = hcb_process_nr(claim->holder);
		next->uid = from_kuid_munged(current_user_ns(), claim->uid);
		next->nr_vms = count_vms(claim);
		memcpy(next->tag, claim->tag, sizeof(next->tag));
	}
	mutex_unlock(&claims_lock);
	return claim ? 0 : -ENOENT;
}
