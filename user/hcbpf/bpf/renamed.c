// SPDX-License-Identifier: GPL-2.0-only
/*
 * An object is compiled with the header of its time. About a function that the module
 * does not have, libbpf can only say that it is not found.
 */
#include <stddef.h>
#include <string.h>

#include "bpf/renamed.h"

static const struct renamed names[] = {
	{ "hcbpf_port_get", "hcbpf_call_port_get" },
	{ "hcbpf_rule_get", "hcbpf_call_rule_get" },
	{ "hcbpf_eventfd_signal", "hcbpf_call_eventfd_signal" },
	{ "hcbpf_read_guest", "hcbpf_call_read_guest" },
	{ "hcbpf_write_guest", "hcbpf_call_write_guest" },
	{ "hcbpf_buffer_call", "hcbpf_call_buffer" },
	{ "hcbpf_gpa_set", "hcbpf_call_gpa_set" },
	{ "hcbpf_gpa_get", "hcbpf_call_gpa_get" },
	{ "hcbpf_kvm_exits", "hcbpf_call_kvm_exits" },
	{ "hcbpf_sdei_call", "hcbpf_call_sdei" },
	{ "hcbpf_sdei_signal", "hcbpf_call_sdei_signal" },
	{ "hcbpf_sdei_cancel", "hcbpf_call_sdei_cancel" },
	{ "hcbpf_test_call", "hcbpf_policy_test" },
	{ NULL, NULL }
};

static const struct renamed *by_old_name(const char *name)
{
	const struct renamed *renamed;

	for (renamed = names; renamed->old; renamed++)
		if (!strcmp(renamed->old, name))
			return renamed;
	return NULL;
}

const struct renamed *renamed_find(const struct btf *btf)
{
	const struct renamed *renamed = NULL;
	const struct btf_type *type;
	unsigned int id;

	for (id = 1; id < btf__type_cnt(btf) && !renamed; id++) {
		type = btf__type_by_id(btf, id);
		/* Its linkage is where other types have a number. libbpf has made externs global. */
		if (btf_is_func(type) && btf_vlen(type) != BTF_FUNC_STATIC)
			renamed = by_old_name(btf__name_by_offset(btf, type->name_off));
	}
	return renamed;
}
