/* SPDX-License-Identifier: GPL-2.0-only */
/* The port table that a VMM maps. */
#ifndef HCBPF_KMOD_PORTS_H
#define HCBPF_KMOD_PORTS_H

#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include <hcbpf/uapi.h>

#define PORTS_PER_PAGE (PAGE_SIZE / sizeof(hcbpf_port_t))

struct ports {
	u32 nr;
	hcbpf_port_t **page;	/* nr / PORTS_PER_PAGE; an entry goes from NULL to a page, once */
};

int hcb_ports_init(struct ports *ports, u32 nr);
void hcb_ports_free(struct ports *ports);
int hcb_ports_next(const struct ports *ports, struct hcbpf_next_port *next);
/*
 * Replace the word of a port of the table, whose page may have to be made. -ENOMEM; -EBUSY: it is
 * not @old any more.
 */
int hcb_ports_exchange(struct ports *ports, u32 port, hcbpf_port_t old, hcbpf_port_t new);
void hcb_ports_clear(struct ports *ports);
size_t hcb_ports_memory(const struct ports *ports);
vm_fault_t hcb_ports_fault(struct ports *ports, struct vm_fault *vmf);

static inline u32 hcb_ports_nr_pages(const struct ports *ports)
{
	return DIV_ROUND_UP(ports->nr, PORTS_PER_PAGE);
}

static inline hcbpf_port_t hcb_ports_get(const struct ports *ports, u32 port)
{
	const hcbpf_port_t *page;

	if (port >= ports->nr)
		return 0;
	port = array_index_nospec(port, ports->nr);
	page = READ_ONCE(ports->page[port / PORTS_PER_PAGE]);
	return page ? READ_ONCE(page[port % PORTS_PER_PAGE]) : 0;
}

#endif /* HCBPF_KMOD_PORTS_H */
