/* SPDX-License-Identifier: GPL-2.0-only */
/* What a VM's guest has registered: the tables of its vCPUs, and the one that all share. */
#ifndef HCBPF_KMOD_VM_BUFFERS_H
#define HCBPF_KMOD_VM_BUFFERS_H

#include <linux/atomic.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include "buffer_table.h"

struct hcbpf_buffers;
struct hcbpf_vm;
struct kvm_vcpu;

struct buffer_tables {
	struct rcu_head rcu;
	struct vm_buffers *owner;
	u32 nr;				/* vCPUs with a place in vcpu[] */
	struct buffer_table __rcu *all;
	struct buffer_table __rcu *vcpu[];	/* by vCPU id */
};

struct vm_buffers {
	struct buffer_tables __rcu *tables;	/* NULL: nothing is registered */
	u32 limit;			/* of each table */
	bool encrypted;			/* nobody but the guest can walk its page tables */
	bool closed;			/* the fields below: lock */
	u32 changes;
	raw_spinlock_t lock;
	atomic_long_t retired;		/* bytes that wait for RCU */
};

/* The same over the tables that a vCPU sees. */
static __always_inline u32 hcb_buffer_tables_piece(const struct buffer_tables *tables, u32 vcpu,
						   u64 va, u32 len, u64 *gpa)
{
	const struct buffer_table *table;
	u32 n;

	if (vcpu < tables->nr) {
		table = rcu_dereference(tables->vcpu[array_index_nospec(vcpu, tables->nr)]);
		n = table ? hcb_buffer_table_piece(table, va, len, gpa) : 0;
		if (n)
			return n;
	}
	table = rcu_dereference(tables->all);
	return table ? hcb_buffer_table_piece(table, va, len, gpa) : 0;
}

bool hcb_buffer_tables_touch(const struct buffer_tables *tables, u32 vcpu, u64 va, u64 size);

void hcb_vm_buffers_init(struct vm_buffers *buffers, bool encrypted);
struct buffer_tables *hcb_vm_buffers_close(struct vm_buffers *buffers);
void hcb_vm_buffers_free(struct buffer_tables *tables);
void hcb_vm_buffers_exit(struct vm_buffers *buffers);
int hcb_vm_buffers_insert(struct vm_buffers *buffers, u32 who, const struct buffer *buffer,
			  bool dry);
int hcb_vm_buffers_purge(struct vm_buffers *buffers, u32 who, u64 va, bool every, bool dry);
u32 hcb_vm_buffers_count(const struct vm_buffers *buffers);
size_t hcb_vm_buffers_memory(const struct vm_buffers *buffers);
void hcb_vm_vcpu_reset(const struct kvm_vcpu *vcpu);
int hcb_vm_get_buffers(struct hcbpf_vm *vm, struct hcbpf_buffers *req);
int hcb_vm_set_buffers(struct hcbpf_vm *vm, const struct hcbpf_buffers *req);
int hcb_vm_set_buffer_limit(struct hcbpf_vm *vm, u32 limit);

#endif /* HCBPF_KMOD_VM_BUFFERS_H */
