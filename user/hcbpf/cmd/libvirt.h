/* SPDX-License-Identifier: GPL-2.0-only */
/* libvirt prepare; libvirt_hook.c has libvirt hook. */
#ifndef LIBVIRT_H
#define LIBVIRT_H

#include "cli/command.h"
#include "text/domain_xml.h"

int hook_run(const struct args *args);

/* Print the XML, with QEMU's object added unless it has one. Returns the exit status. */
int print_with_object(const struct domain_xml *domain, const char *xml, size_t size);

#endif /* LIBVIRT_H */
