/* SPDX-License-Identifier: GPL-2.0-only */
/* All requests of <hcbpf/uapi.h>, nearly right. */
#ifndef TESTS_LAB_HOSTILE_REQUESTS_H
#define TESTS_LAB_HOSTILE_REQUESTS_H

#include "seat.h"

extern const struct asking ask_info, ask_bind, ask_open, ask_open_by_id, ask_next_vm,
	ask_next_policy, ask_set_admission, ask_get_admission, ask_unknown;
extern const struct asking ask_vm_info, ask_vm_stats, ask_set_eventfd, ask_next_eventfd,
	ask_next_port, ask_unbind, ask_set_rules, ask_get_rules, ask_gpa_get, ask_gpa_set, ask_gpa_replace, ask_gpa_reset,
	ask_gpa_notify, ask_observe, ask_get_seen, ask_get_buffers, ask_set_buffers, ask_buffer_limit, ask_set_param,
	ask_sdei_signal, ask_sdei_cancel, ask_sdei_get, ask_vm_unknown;

#endif /* TESTS_LAB_HOSTILE_REQUESTS_H */
