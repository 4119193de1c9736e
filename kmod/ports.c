// SPDX-License-Identifier: GPL-2.0-only
/*
 * The port table: a page directory whose pages come into being when the VMM
 * first touches them through its mapping. A VMM with 131,072 possible ports
 * and ten in use pays for one page, not for a mebibyte.
 */
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include "ports.h"

int hcb_ports_init(struct ports *ports, u32 nr)
{
	ports->nr = nr;
	ports->page = kvcalloc(hcb_ports_nr_pages(ports), sizeof(*ports->page), GFP_KERNEL_ACCOUNT);
	return ports->page ? 0 : -ENOMEM;
}

void hcb_ports_free(struct ports *ports)
{
	u32 i;

	if (!ports->page)
		return;
	for (i = 0; i < hcb_ports_nr_pages(ports); i++)
		if (ports->page[i])
			free_page((unsigned long)ports->page[i]);
	kvfree(ports->page);
}

/* Two faults on one page may race: the first to publish wins. */
static hcbpf_port_t *ports_page(struct ports *ports, u32 i)
{
	hcbpf_port_t *page = READ_ONCE(ports->page[i]), *old;

	if (page)
		return page;
	page = (hcbpf_port_t *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page)
		return NULL;
	old = cmpxchg(&ports->page[i], NULL, page);
	if (!old)
		return page;
	free_page((unsigned long)page);
	return old;
}

vm_fault_t hcb_ports_fault(struct ports *ports, struct vm_fault *vmf)
{
	hcbpf_port_t *page;

	if (vmf->pgoff >= hcb_ports_nr_pages(ports))
		return VM_FAULT_SIGBUS;
	page = ports_page(ports, array_index_nospec(vmf->pgoff, hcb_ports_nr_pages(ports)));
	if (!page)
		return VM_FAULT_OOM;
	vmf->page = virt_to_page(page);
	get_page(vmf->page);
	return 0;
}

int hcb_ports_next(const struct ports *ports, struct hcbpf_next_port *next)
{
	u32 port = next->port;

	while (port < ports->nr) {
		if (port % PORTS_PER_PAGE == 0)
			cond_resched();
		port = array_index_nospec(port, ports->nr);
		if (!READ_ONCE(ports->page[port / PORTS_PER_PAGE])) {
			port = (port / PORTS_PER_PAGE + 1) * PORTS_PER_PAGE;
			continue;
		}
		next->word = hcb_ports_get(ports, port);
		if (next->word) {
			next->port = port;
			return 0;
		}
		port++;
	}
	return -ENOENT;
}

int hcb_ports_exchange(struct ports *ports, u32 port, hcbpf_port_t old, hcbpf_port_t new)
{
	hcbpf_port_t *page;

	port = array_index_nospec(port, ports->nr);
	page = ports_page(ports, port / PORTS_PER_PAGE);
	if (!page)
		return -ENOMEM;
	return cmpxchg(&page[port % PORTS_PER_PAGE], old, new) == old ? 0 : -EBUSY;
}

/* Unset all ports. What the VMM stores meanwhile may stay. */
void hcb_ports_clear(struct ports *ports)
{
	hcbpf_port_t *page;
	u32 i, port;

	for (i = 0; i < hcb_ports_nr_pages(ports); i++) {
		page = READ_ONCE(ports->page[i]);
		for (port = 0; page && port < PORTS_PER_PAGE; port++)
			WRITE_ONCE(page[port], 0);
		cond_resched();
	}
}

size_t hcb_ports_memory(const struct ports *ports)
{
	size_t bytes = hcb_ports_nr_pages(ports) * sizeof(*ports->page);
	u32 i;

	for (i = 0; i < hcb_ports_nr_pages(ports); i++)
		if (READ_ONCE(ports->page[i]))
			bytes += PAGE_SIZE;
	return bytes;
}
