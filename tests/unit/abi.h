/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The binary interface, pinned: a change that moves a published field does not
 * compile. FIELD(struct, field, offset, size) in order; the checks below demand
 * that each field begins where the one before it ends, and that the last one
 * ends the struct, so there is no hidden padding that could leak or change.
 */
#define INFO(F)				\
	F(hcbpf_info, size, 0, 4)	\
	F(hcbpf_info, flags, 4, 4)	\
	F(hcbpf_info, version, 8, 4)	\
	F(hcbpf_info, hook, 12, 4)	\
	F(hcbpf_info, nr_vms, 16, 4)	\
	F(hcbpf_info, nr_policies, 20, 4)

#define BIND(F)				\
	F(hcbpf_bind, size, 0, 4)	\
	F(hcbpf_bind, flags, 4, 4)	\
	F(hcbpf_bind, vm_fd, 8, 4)	\
	F(hcbpf_bind, abi, 12, 4)	\
	F(hcbpf_bind, nr_ports, 16, 4)	\
	F(hcbpf_bind, id, 20, 4)	\
	F(hcbpf_bind, policy, 24, 32)	\
	F(hcbpf_bind, tag, 56, 32)		\
	F(hcbpf_bind, param, 88, 8)		\
	F(hcbpf_bind, claimant, 96, 4)		\
	F(hcbpf_bind, reserved, 100, 4)

#define OPEN(F)				\
	F(hcbpf_open, size, 0, 4)	\
	F(hcbpf_open, flags, 4, 4)	\
	F(hcbpf_open, vm_fd, 8, 4)	\
	F(hcbpf_open, id, 12, 4)

#define NEXT_VM(F)			\
	F(hcbpf_next_vm, size, 0, 4)	\
	F(hcbpf_next_vm, flags, 4, 4)	\
	F(hcbpf_next_vm, id, 8, 4)	\
	F(hcbpf_next_vm, reserved, 12, 4)

#define NEXT_POLICY(F)				\
	F(hcbpf_next_policy, size, 0, 4)	\
	F(hcbpf_next_policy, flags, 4, 4)	\
	F(hcbpf_next_policy, id, 8, 4)		\
	F(hcbpf_next_policy, state, 12, 4)	\
	F(hcbpf_next_policy, ops_flags, 16, 4)	\
	F(hcbpf_next_policy, nr_vms, 20, 4)	\
	F(hcbpf_next_policy, generation, 24, 8)	\
	F(hcbpf_next_policy, name, 32, 32)

#define VM_INFO(F)				\
	F(hcbpf_vm_info, size, 0, 4)		\
	F(hcbpf_vm_info, flags, 4, 4)		\
	F(hcbpf_vm_info, id, 8, 4)		\
	F(hcbpf_vm_info, state, 12, 4)		\
	F(hcbpf_vm_info, abi, 16, 4)		\
	F(hcbpf_vm_info, nr_ports, 20, 4)	\
	F(hcbpf_vm_info, nr_eventfds, 24, 4)	\
	F(hcbpf_vm_info, pid, 28, 4)		\
	F(hcbpf_vm_info, uid, 32, 4)		\
	F(hcbpf_vm_info, reserved, 36, 4)	\
	F(hcbpf_vm_info, memory, 40, 8)		\
	F(hcbpf_vm_info, policy, 48, 32)	\
	F(hcbpf_vm_info, tag, 80, 32)		\
	F(hcbpf_vm_info, profile, 112, 32)	\
	F(hcbpf_vm_info, nr_rules, 144, 4)	\
	F(hcbpf_vm_info, rules_generation, 148, 4) \
	F(hcbpf_vm_info, rules_forced, 152, 4)	\
	F(hcbpf_vm_info, pending_exits, 156, 4)	\
	F(hcbpf_vm_info, gpa_generation, 160, 8) \
	F(hcbpf_vm_info, gpa_nodes, 168, 8)	\
	F(hcbpf_vm_info, gpa_memory, 176, 8)	\
	F(hcbpf_vm_info, nr_buffers, 184, 4)	\
	F(hcbpf_vm_info, buffer_limit, 188, 4)	\
	F(hcbpf_vm_info, param, 192, 8)		\
	F(hcbpf_vm_info, template_name, 200, 32)

#define VM_STATS(F)				\
	F(hcbpf_vm_stats, size, 0, 4)		\
	F(hcbpf_vm_stats, flags, 4, 4)		\
	F(hcbpf_vm_stats, done, 8, 8)		\
	F(hcbpf_vm_stats, pass, 16, 8)		\
	F(hcbpf_vm_stats, bad_verdict, 24, 8)	\
	F(hcbpf_vm_stats, no_policy, 32, 8)	\
	F(hcbpf_vm_stats, user_mode, 40, 8)	\
	F(hcbpf_vm_stats, nested, 48, 8)	\
	F(hcbpf_vm_stats, signals, 56, 8)	\
	F(hcbpf_vm_stats, faults, 64, 8)	\
	F(hcbpf_vm_stats, exits, 72, 8)		\
	F(hcbpf_vm_stats, gpa_sets, 80, 8)	\
	F(hcbpf_vm_stats, gpa_failures, 88, 8)	\
	F(hcbpf_vm_stats, buffer_hits, 96, 8)	\
	F(hcbpf_vm_stats, buffer_misses, 104, 8)	\
	F(hcbpf_vm_stats, walks, 112, 8)

#define BUFFER(F)				\
	F(hcbpf_buffer, va, 0, 8)		\
	F(hcbpf_buffer, gpa, 8, 8)		\
	F(hcbpf_buffer, size, 16, 8)		\
	F(hcbpf_buffer, vcpu, 24, 4)		\
	F(hcbpf_buffer, reserved, 28, 4)

#define BUFFERS(F)				\
	F(hcbpf_buffers, size, 0, 4)		\
	F(hcbpf_buffers, flags, 4, 4)		\
	F(hcbpf_buffers, nr, 8, 4)		\
	F(hcbpf_buffers, reserved, 12, 4)	\
	F(hcbpf_buffers, buffers, 16, 8)

#define BUFFER_LIMIT(F)				\
	F(hcbpf_buffer_limit, size, 0, 4)	\
	F(hcbpf_buffer_limit, flags, 4, 4)	\
	F(hcbpf_buffer_limit, limit, 8, 4)	\
	F(hcbpf_buffer_limit, reserved, 12, 4)

#define OBSERVE(F)				\
	F(hcbpf_observe, size, 0, 4)		\
	F(hcbpf_observe, flags, 4, 4)

#define SEEN(F)					\
	F(hcbpf_seen, nr, 0, 4)			\
	F(hcbpf_seen, sub, 4, 4)		\
	F(hcbpf_seen, abi, 8, 1)		\
	F(hcbpf_seen, reserved, 9, 7)		\
	F(hcbpf_seen, count, 16, 24)		\
	F(hcbpf_seen, times, 40, 224)

#define GET_SEEN(F)				\
	F(hcbpf_get_seen, size, 0, 4)		\
	F(hcbpf_get_seen, flags, 4, 4)		\
	F(hcbpf_get_seen, seen, 8, 8)		\
	F(hcbpf_get_seen, nr, 16, 4)		\
	F(hcbpf_get_seen, cpu, 20, 4)		\
	F(hcbpf_get_seen, ticks_khz, 24, 4)	\
	F(hcbpf_get_seen, reserved, 28, 4)

#define RULES(F)				\
	F(hcbpf_rules, size, 0, 4)		\
	F(hcbpf_rules, flags, 4, 4)		\
	F(hcbpf_rules, nr, 8, 4)		\
	F(hcbpf_rules, generation, 12, 4)	\
	F(hcbpf_rules, rules, 16, 8)		\
	F(hcbpf_rules, profile, 24, 32)

#define RULE(F)					\
	F(hcbpf_rule, nr, 0, 4)			\
	F(hcbpf_rule, sub, 4, 4)		\
	F(hcbpf_rule, abi, 8, 1)		\
	F(hcbpf_rule, action, 9, 1)		\
	F(hcbpf_rule, otherwise, 10, 1)		\
	F(hcbpf_rule, user, 11, 1)		\
	F(hcbpf_rule, ret, 12, 4)

#define SET_EVENTFD(F)				\
	F(hcbpf_set_eventfd, size, 0, 4)	\
	F(hcbpf_set_eventfd, flags, 4, 4)	\
	F(hcbpf_set_eventfd, slot, 8, 4)	\
	F(hcbpf_set_eventfd, fd, 12, 4)

#define NEXT_PORT(F)				\
	F(hcbpf_next_port, size, 0, 4)		\
	F(hcbpf_next_port, flags, 4, 4)		\
	F(hcbpf_next_port, port, 8, 4)		\
	F(hcbpf_next_port, reserved, 12, 4)	\
	F(hcbpf_next_port, word, 16, 8)

#define GPA_RANGE(F)				\
	F(hcbpf_gpa_range, gfn, 0, 8)		\
	F(hcbpf_gpa_range, npages, 8, 8)	\
	F(hcbpf_gpa_range, attr, 16, 4)		\
	F(hcbpf_gpa_range, reserved, 20, 4)

#define GPA_GET(F)				\
	F(hcbpf_gpa_get, size, 0, 4)		\
	F(hcbpf_gpa_get, flags, 4, 4)		\
	F(hcbpf_gpa_get, gfn, 8, 8)		\
	F(hcbpf_gpa_get, since, 16, 8)		\
	F(hcbpf_gpa_get, generation, 24, 8)	\
	F(hcbpf_gpa_get, ranges, 32, 8)		\
	F(hcbpf_gpa_get, nr, 40, 4)		\
	F(hcbpf_gpa_get, default_attr, 44, 4)

#define GPA_SET(F)				\
	F(hcbpf_gpa_set, size, 0, 4)		\
	F(hcbpf_gpa_set, flags, 4, 4)		\
	F(hcbpf_gpa_set, ranges, 8, 8)		\
	F(hcbpf_gpa_set, nr, 16, 4)		\
	F(hcbpf_gpa_set, default_attr, 20, 4)	\
	F(hcbpf_gpa_set, generation, 24, 8)

#define GPA_NOTIFY(F)				\
	F(hcbpf_gpa_notify, size, 0, 4)		\
	F(hcbpf_gpa_notify, flags, 4, 4)	\
	F(hcbpf_gpa_notify, fd, 8, 4)		\
	F(hcbpf_gpa_notify, reserved, 12, 4)

#define GPA_PAGE(F)				\
	F(hcbpf_gpa_page, generation, 0, 8)	\
	F(hcbpf_gpa_page, reserved, 8, 56)

#define STATE_HEADER(F)				\
	F(hcbpf_state_header, magic, 0, 8)	\
	F(hcbpf_state_header, version, 8, 4)	\
	F(hcbpf_state_header, header_size, 12, 4) \
	F(hcbpf_state_header, length, 16, 8)	\
	F(hcbpf_state_header, nr_sections, 24, 4) \
	F(hcbpf_state_header, arch, 28, 4)	\
	F(hcbpf_state_header, reserved, 32, 4)	\
	F(hcbpf_state_header, crc, 36, 4)

#define STATE_SECTION(F)			\
	F(hcbpf_state_section, type, 0, 4)	\
	F(hcbpf_state_section, version, 4, 4)	\
	F(hcbpf_state_section, flags, 8, 4)	\
	F(hcbpf_state_section, reserved, 12, 4)	\
	F(hcbpf_state_section, length, 16, 8)

#define STATE_ATTRIBUTES(F)			\
	F(hcbpf_state_attributes, default_attr, 0, 4) \
	F(hcbpf_state_attributes, reserved, 4, 4) \
	F(hcbpf_state_attributes, nr, 8, 8)

#define STATE_RANGE(F)				\
	F(hcbpf_state_range, gfn, 0, 8)		\
	F(hcbpf_state_range, npages, 8, 8)	\
	F(hcbpf_state_range, attr, 16, 4)	\
	F(hcbpf_state_range, reserved, 20, 4)

#define SDEI_SIGNAL(F)				\
	F(hcbpf_sdei_signal, size, 0, 4)	\
	F(hcbpf_sdei_signal, flags, 4, 4)	\
	F(hcbpf_sdei_signal, vcpu_id, 8, 4)	\
	F(hcbpf_sdei_signal, event, 12, 4)	\
	F(hcbpf_sdei_signal, result, 16, 4)	\
	F(hcbpf_sdei_signal, reserved, 20, 4)

#define SDEI_STATE(F)				\
	F(hcbpf_sdei_state, size, 0, 4)		\
	F(hcbpf_sdei_state, vcpu_id, 4, 4)	\
	F(hcbpf_sdei_state, event, 8, 4)	\
	F(hcbpf_sdei_state, state, 12, 4)	\
	F(hcbpf_sdei_state, entry, 16, 8)	\
	F(hcbpf_sdei_state, arg, 24, 8)		\
	F(hcbpf_sdei_state, signals, 32, 8)	\
	F(hcbpf_sdei_state, coalesced, 40, 8)	\
	F(hcbpf_sdei_state, ignored, 48, 8)	\
	F(hcbpf_sdei_state, cancelled, 56, 8)	\
	F(hcbpf_sdei_state, delivered, 64, 8)

#define CALL(F)				\
	F(hcbpf_call, nr, 0, 8)		\
	F(hcbpf_call, args, 8, 48)	\
	F(hcbpf_call, ret, 56, 8)	\
	F(hcbpf_call, vm_id, 64, 4)	\
	F(hcbpf_call, vcpu_id, 68, 4)	\
	F(hcbpf_call, abi, 72, 1)	\
	F(hcbpf_call, mode, 73, 1)	\
	F(hcbpf_call, user, 74, 1)	\
	F(hcbpf_call, conduit, 75, 1)	\
	F(hcbpf_call, reserved, 76, 4)

#define OPS(F)				\
	F(hcbpf_ops, hypercall, 0, 8)	\
	F(hcbpf_ops, flags, 8, 4)	\
	F(hcbpf_ops, name, 12, 32)	\
	F(hcbpf_ops, nr_calls, 44, 4)	\
	F(hcbpf_ops, calls, 48, 64)	\
	F(hcbpf_ops, vm_begin, 112, 8)	\
	F(hcbpf_ops, vm_end, 120, 8)	\
	F(hcbpf_ops, admit, 128, 8)

#define ADMIT(F)				\
	F(hcbpf_admit, uid, 0, 4)		\
	F(hcbpf_admit, pid, 4, 4)		\
	F(hcbpf_admit, rule, 8, 4)		\
	F(hcbpf_admit, reserved, 12, 4)		\
	F(hcbpf_admit, comm, 16, 16)		\
	F(hcbpf_admit, template_name, 32, 32)	\
	F(hcbpf_admit, name, 64, 128)		\
	F(hcbpf_admit, cgroup, 192, 256)

#define VM_EVENT(F)				\
	F(hcbpf_vm_event, param, 0, 8)		\
	F(hcbpf_vm_event, vm_id, 8, 4)		\
	F(hcbpf_vm_event, uid, 12, 4)		\
	F(hcbpf_vm_event, pid, 16, 4)		\
	F(hcbpf_vm_event, abi, 20, 1)		\
	F(hcbpf_vm_event, reserved, 21, 3)	\
	F(hcbpf_vm_event, tag, 24, 32)

#define PARAM(F)				\
	F(hcbpf_param, size, 0, 4)		\
	F(hcbpf_param, flags, 4, 4)		\
	F(hcbpf_param, param, 8, 8)

#define STATE_PARAM(F)				\
	F(hcbpf_state_param, param, 0, 8)

#define TEST_CALL(F)				\
	F(hcbpf_test_call, call, 0, 80)		\
	F(hcbpf_test_call, vm_id, 80, 4)	\
	F(hcbpf_test_call, mem_len, 84, 4)	\
	F(hcbpf_test_call, mem_addr, 88, 8)	\
	F(hcbpf_test_call, mem, 96, 64)		\
	F(hcbpf_test_call, verdict, 160, 4)	\
	F(hcbpf_test_call, policy_ret, 164, 4)

#define CLAIM(F)				\
	F(hcbpf_claim, size, 0, 4)		\
	F(hcbpf_claim, flags, 4, 4)		\
	F(hcbpf_claim, eventfd, 8, 4)		\
	F(hcbpf_claim, port, 12, 4)		\
	F(hcbpf_claim, tag, 16, 32)		\
	F(hcbpf_claim, holder_pid, 48, 4)	\
	F(hcbpf_claim, holder_uid, 52, 4)

#define NEXT_CLAIM(F)				\
	F(hcbpf_next_claim, size, 0, 4)		\
	F(hcbpf_next_claim, flags, 4, 4)	\
	F(hcbpf_next_claim, id, 8, 4)		\
	F(hcbpf_next_claim, port, 12, 4)	\
	F(hcbpf_next_claim, pid, 16, 4)		\
	F(hcbpf_next_claim, uid, 20, 4)		\
	F(hcbpf_next_claim, nr_vms, 24, 4)	\
	F(hcbpf_next_claim, reserved, 28, 4)	\
	F(hcbpf_next_claim, tag, 32, 32)

#define TEMPLATE(F)				\
	F(hcbpf_template, name, 0, 32)		\
	F(hcbpf_template, policy, 32, 32)	\
	F(hcbpf_template, profile, 64, 32)	\
	F(hcbpf_template, tag, 96, 32)		\
	F(hcbpf_template, flags, 128, 4)	\
	F(hcbpf_template, abi, 132, 4)		\
	F(hcbpf_template, nr_ports, 136, 4)	\
	F(hcbpf_template, nr_rules, 140, 4)	\
	F(hcbpf_template, rules, 144, 8)	\
	F(hcbpf_template, param, 152, 8)	\
	F(hcbpf_template, claimant, 160, 4)	\
	F(hcbpf_template, reserved, 164, 4)

#define ADMIT_RULE(F)				\
	F(hcbpf_admit_rule, flags, 0, 4)	\
	F(hcbpf_admit_rule, uid, 4, 4)		\
	F(hcbpf_admit_rule, template_index, 8, 4) \
	F(hcbpf_admit_rule, reserved, 12, 4)	\
	F(hcbpf_admit_rule, place, 16, 256)	\
	F(hcbpf_admit_rule, name, 272, 128)

#define ADMISSION(F)				\
	F(hcbpf_admission, size, 0, 4)		\
	F(hcbpf_admission, flags, 4, 4)		\
	F(hcbpf_admission, nr_templates, 8, 4)	\
	F(hcbpf_admission, nr_rules, 12, 4)	\
	F(hcbpf_admission, templates, 16, 8)	\
	F(hcbpf_admission, rules, 24, 8)	\
	F(hcbpf_admission, generation, 32, 8)	\
	F(hcbpf_admission, nr_admitted, 40, 8)	\
	F(hcbpf_admission, nr_refused, 48, 8)

/* All structs of the interface, with their size; OPS ends in 4 bytes of padding. */
#define ABI_STRUCTS(S)				\
	S(INFO, hcbpf_info, 24)			\
	S(BIND, hcbpf_bind, 104)			\
	S(OPEN, hcbpf_open, 16)			\
	S(NEXT_VM, hcbpf_next_vm, 16)		\
	S(NEXT_POLICY, hcbpf_next_policy, 64)	\
	S(VM_INFO, hcbpf_vm_info, 232)		\
	S(VM_STATS, hcbpf_vm_stats, 120)	\
	S(BUFFER, hcbpf_buffer, 32)		\
	S(BUFFERS, hcbpf_buffers, 24)		\
	S(BUFFER_LIMIT, hcbpf_buffer_limit, 16)	\
	S(OBSERVE, hcbpf_observe, 8)		\
	S(SEEN, hcbpf_seen, 264)		\
	S(GET_SEEN, hcbpf_get_seen, 32)		\
	S(RULES, hcbpf_rules, 56)		\
	S(RULE, hcbpf_rule, 16)			\
	S(SET_EVENTFD, hcbpf_set_eventfd, 16)	\
	S(NEXT_PORT, hcbpf_next_port, 24)	\
	S(GPA_RANGE, hcbpf_gpa_range, 24)	\
	S(GPA_GET, hcbpf_gpa_get, 48)		\
	S(GPA_SET, hcbpf_gpa_set, 32)		\
	S(GPA_NOTIFY, hcbpf_gpa_notify, 16)	\
	S(GPA_PAGE, hcbpf_gpa_page, 64)		\
	S(ADMIT, hcbpf_admit, 448)		\
	S(STATE_HEADER, hcbpf_state_header, 40)	\
	S(STATE_SECTION, hcbpf_state_section, 24) \
	S(STATE_ATTRIBUTES, hcbpf_state_attributes, 16) \
	S(STATE_RANGE, hcbpf_state_range, 24)	\
	S(SDEI_SIGNAL, hcbpf_sdei_signal, 24)	\
	S(SDEI_STATE, hcbpf_sdei_state, 72)	\
	S(PARAM, hcbpf_param, 16)		\
	S(STATE_PARAM, hcbpf_state_param, 8)	\
	S(VM_EVENT, hcbpf_vm_event, 56)		\
	S(CLAIM, hcbpf_claim, 56)		\
	S(NEXT_CLAIM, hcbpf_next_claim, 64)	\
	S(TEMPLATE, hcbpf_template, 168)	\
	S(ADMIT_RULE, hcbpf_admit_rule, 400)	\
	S(ADMISSION, hcbpf_admission, 56)	\
	S(CALL, hcbpf_call, 80)			\
	S(TEST_CALL, hcbpf_test_call, 168)
