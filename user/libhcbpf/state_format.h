/* SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause */
/* What `vm save` puts into a file of state: its sections, without the kernel. */
#ifndef STATE_FORMAT_H
#define STATE_FORMAT_H

#include <hcbpf/libhcbpf.h>

/* The content of one section: 0, or -EBADMSG and why. */
int state_binding_check(const void *content, size_t length, struct hcbpf_state_error *error);
int state_ports_check(const void *content, size_t length, struct hcbpf_state_error *error);
int state_rules_check(const void *content, size_t length, struct hcbpf_state_error *error);
int state_profile_check(const void *content, size_t length, struct hcbpf_state_error *error);
int state_param_check(const void *content, size_t length, struct hcbpf_state_error *error);

/*
 * The file's content; @saved's rules get sorted. 0, -E2BIG, -ENOMEM, or -EINVAL:
 * a port has a word that nobody would take. *@data, of *@size
 * bytes, is to be freed.
 */
int state_format_make(struct hcbpf_saved *saved, void **data, size_t *size);

#endif /* STATE_FORMAT_H */
