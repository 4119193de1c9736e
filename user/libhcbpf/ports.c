// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/* The port table: stores go into the shared mapping, reads ask the kernel. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

static size_t table_size(const struct hcbpf_vm *vm)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t size = (size_t)vm->nr_ports * sizeof(hcbpf_port_t);

	return (size + page - 1) / page * page;
}

/*
 * Two threads may map at once: the second one to publish gives its mapping
 * back. Acquire, so that a thread that sees the pointer may use what it names.
 */
static hcbpf_port_t *table_get(struct hcbpf_vm *vm)
{
	hcbpf_port_t *table, *other = NULL;

	table = __atomic_load_n(&vm->table, __ATOMIC_ACQUIRE);
	if (table)
		return table;
	table = mmap(NULL, table_size(vm), PROT_READ | PROT_WRITE, MAP_SHARED, vm->fd, 0);
	if (table == MAP_FAILED)
		return NULL;
	if (__atomic_compare_exchange_n(&vm->table, &other, table, 0, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return table;
	munmap(table, table_size(vm));
	return other;
}

void hcbpf_ports_unmap(struct hcbpf_vm *vm)
{
	if (vm->table)
		munmap(vm->table, table_size(vm));
}

/*
 * One aligned 64-bit store: a call in flight sees the old word or the new one.
 * Release: what the VMM did before (the slot's eventfd) comes first.
 */
static int port_store(struct hcbpf_vm *vm, uint32_t port, hcbpf_port_t word)
{
	hcbpf_port_t *table;

	if (port >= vm->nr_ports)
		return -ERANGE;
	table = table_get(vm);
	if (!table)
		return -ENOMEM;
	__atomic_store_n(&table[port], word, __ATOMIC_RELEASE);
	return 0;
}

int hcbpf_port_set(struct hcbpf_vm *vm, uint32_t port, uint32_t slot)
{
	return port_store(vm, port, hcbpf_port_make(HCBPF_PORT_EVENTFD, slot));
}

int hcbpf_port_del(struct hcbpf_vm *vm, uint32_t port)
{
	return port_store(vm, port, 0);
}

/* A read through the mapping would take table memory for a port never set. */
int hcbpf_port_get(struct hcbpf_vm *vm, uint32_t port, hcbpf_port_t *word)
{
	uint32_t found = port;
	int err;

	if (port >= vm->nr_ports)
		return -ERANGE;
	err = hcbpf_port_next(vm, &found, word);
	if (err && err != -ENOENT)
		return err;
	if (err || found != port)
		*word = 0;
	return 0;
}

int hcbpf_port_next(struct hcbpf_vm *vm, uint32_t *port, hcbpf_port_t *word)
{
	struct hcbpf_next_port next = { .size = sizeof(next), .port = *port };
	int err;

	err = hcbpf_ioctl(vm->fd, HCBPF_VM_NEXT_PORT, &next);
	if (err)
		return err;
	*port = next.port;
	*word = next.word;
	return 0;
}
