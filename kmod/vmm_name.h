/* SPDX-License-Identifier: GPL-2.0-only */
/* The name that a VMM was given on its command line. Prints nothing. */
#ifndef HCBPF_KMOD_VMM_NAME_H
#define HCBPF_KMOD_VMM_NAME_H

#ifdef __KERNEL__
#include <linux/types.h>
#define vmm_name_parse hcb_vmm_name_parse	/* as all that the kernel could see of the module */
#else
#include <stddef.h>
#endif
#include <hcbpf/call.h>

#define VMM_NAME_LEN HCBPF_VM_NAME_LEN

/*
 * @cmdline is /proc/PID/cmdline, @size bytes. What QEMU and libvirt understand:
 * "-name [guest=]NAME[,OPTION...]", a comma in NAME written twice; other VMMs'
 * "--name NAME" and "--name=NAME" are the same. The last one counts. @name is ""
 * if there is none, or one that does not fit: half a name is another name.
 */
void vmm_name_parse(const char *cmdline, size_t size, char name[VMM_NAME_LEN]);

#endif /* HCBPF_KMOD_VMM_NAME_H */
