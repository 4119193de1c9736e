/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hcbpf looks for in the XML of a libvirt domain:
 *
 *	<metadata>
 *	  <hcbpf:vm xmlns:hcbpf="urn:hcbpf:libvirt:1" policy="standard" profile="xen-4.3" ports="64"/>
 *	</metadata>
 *
 * and the object by which QEMU carries a VM's state in its own migration stream. No function
 * here prints or keeps state.
 */
#ifndef DOMAIN_XML_H
#define DOMAIN_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <hcbpf/call.h>

#define DOMAIN_NAMESPACE "urn:hcbpf:libvirt:1"
#define DOMAIN_MAX_XML (16U << 20)
#define DOMAIN_ERROR 256

/* Where `hcbpf vmstate` listens: see packaging/systemd/hcbpf-vmstate.socket. */
#define VMSTATE_SOCKET "/run/hcbpf/vmstate"
#define VMSTATE_ID "hcbpf"

enum domain_object {
	DOMAIN_OBJECT_NONE,
	DOMAIN_OBJECT_OURS,
	DOMAIN_OBJECT_OTHER,	/* of another bus; QEMU takes one only */
};

struct domain_xml {
	bool asks;			/* it has the element */
	char policy[HCBPF_NAME_LEN];	/* "standard" unless said */
	char profile[HCBPF_NAME_LEN];	/* "": none */
	uint32_t ports;			/* 0: the default */
	enum domain_object object;
	size_t end;			/* where </domain> begins; 0: there is none */
};

/*
 * 0, or -EINVAL and in @error why: no XML, or an element that cannot be followed. A domain
 * without the element is fine.
 */
int domain_xml_read(struct domain_xml *domain, const char *xml, size_t size,
		    char error[DOMAIN_ERROR]);

/* The XML with the object added before </domain>, and nothing else changed; to be freed. */
char *domain_xml_with_object(const struct domain_xml *domain, const char *xml, size_t size,
			     size_t *new_size);

#endif /* DOMAIN_XML_H */
