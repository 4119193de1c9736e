/* SPDX-License-Identifier: GPL-2.0-only */
/* libvirt prepare; libvirt_hook.c has libvirt hook, and libvirt_bind.c what binds for it. */
#ifndef LIBVIRT_H
#define LIBVIRT_H

#include "cli/command.h"
#include "text/domain_xml.h"

int hook_run(const struct args *args);

enum domain_is {
	DOMAIN_STARTS,		/* no vCPU runs yet; what restoring has bound becomes the operator's */
	DOMAIN_RUNS,		/* one that is bound already has to be bound like that */
	DOMAIN_IS_KNOWN,	/* or not, for it may have been changed since */
};

/* Bind the domain's VM as the operator. On failure say why. Returns the exit status. */
int libvirt_bind(const char *name, const struct domain_xml *domain, enum domain_is is);

/* Print the XML, with QEMU's object added unless it has one. Returns the exit status. */
int print_with_object(const struct domain_xml *domain, const char *xml, size_t size);

#endif /* LIBVIRT_H */
