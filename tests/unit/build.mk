# SPDX-License-Identifier: GPL-2.0-only
#
# Unit tests, on this machine, with the sanitizers. Included by tests/build.mk.

UNIT_TESTS := port abi lib vm_table ports buffers vm_buffers walk walk_x86 cli help usage profile cases \
	template convert state state_file gpa_lib gpa_cli gpa_map gpa_change sdei sdei_model \
	sdei_events vmm_name file_write output process domain_xml moved operators_part \
	admit_match exposition stats_columns picture sample top_rows top_calls seen learn call_args \
	btf_json
UNIT_PROGRAMS := $(UNIT_TESTS:%=$(T)/unit/test_%) $(T)/unit/test_cxx
UNIT_CFLAGS := $(T_CFLAGS) -iquote user/hcbpf -fsanitize=address,undefined -fno-sanitize-recover=all

$(T)/unit/test_lib: $(wildcard user/libhcbpf/*.c)
$(T)/unit/test_state_file $(T)/unit/test_gpa_lib: UNIT_LIBS := -lz
$(T)/unit/test_lib: UNIT_LIBS := -lz -Wl,--wrap=ioctl -Wl,--wrap=realloc
$(T)/unit/test_state_file: $(wildcard user/libhcbpf/*.[ch])
$(T)/unit/test_gpa_lib: $(wildcard user/libhcbpf/gpa*.[ch] user/libhcbpf/state_*.[ch])
$(T)/unit/test_gpa_cli: $(wildcard user/hcbpf/text/gpa_*.h)
$(T)/unit/test_output: UNIT_LIBS := -ljson-c
$(T)/unit/test_profile $(T)/unit/test_cases $(T)/unit/test_template $(T)/unit/test_learn: UNIT_LIBS := -lyaml
UNIT_TEXT := user/hcbpf/cli/args.c user/hcbpf/cli/file.c \
	$(addprefix user/hcbpf/text/,abi_names.c nodes.c rule_shape.c rules.c shape.c) \
	$(wildcard user/hcbpf/text/*.h user/hcbpf/cli/*.h)
UNIT_SEEN := user/hcbpf/cli/args.c $(addprefix user/hcbpf/text/,seen.c seen.h abi_names.c)
UNIT_PROFILE := $(addprefix user/hcbpf/text/profile_,draft.c file.c settings.c shape.c)
UNIT_CASES := $(wildcard user/hcbpf/text/case_*.c)
UNIT_TEMPLATE := user/hcbpf/text/template_file.c $(wildcard user/hcbpf/text/admission*.c)
$(T)/unit/test_profile: $(UNIT_TEXT) $(UNIT_PROFILE)
$(T)/unit/test_cases: $(UNIT_TEXT) $(UNIT_CASES)
$(T)/unit/test_learn: $(UNIT_TEXT) $(UNIT_PROFILE) $(addprefix user/hcbpf/text/,profile_learn.c seen.c)
$(T)/unit/test_template: $(UNIT_TEXT) $(UNIT_TEMPLATE)
$(T)/unit/test_convert: UNIT_LIBS := -lyaml -lconfig
$(T)/unit/test_convert: $(UNIT_TEXT) user/hcbpf/text/profile_convert.c
$(T)/unit/test_state: UNIT_LIBS := -lz
$(T)/unit/test_state: $(wildcard user/libhcbpf/*.[ch])
$(T)/unit/test_process: user/hcbpf/host/process.c user/hcbpf/host/vmm_name.c
$(T)/unit/test_process: UNIT_LIBS := -Wl,--wrap=readlinkat
$(T)/unit/test_domain_xml: user/hcbpf/text/domain_xml.c user/hcbpf/text/domain_xml.h user/hcbpf/cli/args.c
$(T)/unit/test_domain_xml: UNIT_LIBS := -lexpat
$(T)/unit/test_operators_part: user/hcbpf/text/operators_part.c
$(T)/unit/test_seen: $(UNIT_SEEN)
$(T)/unit/test_moved: UNIT_LIBS := -lz
$(T)/unit/test_moved: user/hcbpf/text/moved.c user/hcbpf/text/moved.h
$(T)/unit/test_exposition: user/hcbpf/text/exposition.c user/hcbpf/text/exposition.h user/hcbpf/cli/args.c
$(addprefix $(T)/unit/test_,stats_columns picture sample top_rows top_calls): user/hcbpf/text/counters.c
$(T)/unit/test_top_calls: user/hcbpf/cmd/top_calls.c user/hcbpf/cmd/top_rows.c $(UNIT_SEEN)
$(T)/unit/test_stats_columns: UNIT_LIBS := -ljson-c
$(T)/unit/test_call_args: user/hcbpf/cli/args.c user/hcbpf/text/abi_names.c user/hcbpf/text/call_args.c \
	$(wildcard user/hcbpf/text/*.h)
$(T)/unit/test_btf_json: UNIT_CFLAGS += $(T_LIBBPF_CFLAGS)
$(T)/unit/test_btf_json: UNIT_LIBS := $(T_LIBBPF_LIBS) $(USER_ZSTD) -ljson-c
$(T)/unit/test_btf_json: user/hcbpf/bpf/btf_json.c user/hcbpf/bpf/btf_json.h user/hcbpf/cli/args.c
$(T)/unit/test_vm_table: kmod/vm_table.c
$(T)/unit/test_ports: kmod/ports.c
$(T)/unit/test_admit_match: kmod/admit_match.c
$(T)/unit/test_gpa_map: kmod/attr_map.c kmod/attr_tree.c $(wildcard kmod/attr_*.h)
$(T)/unit/test_gpa_change: kmod/page_attrs_change.c kmod/attr_map.c kmod/attr_tree.c
$(T)/unit/test_buffers: kmod/buffer_table.c
$(T)/unit/test_vm_buffers: kmod/vm_buffers.c kmod/buffer_table.c
$(T)/unit/test_walk: kmod/arm64/walk.c kmod/arm64/walk.h $(wildcard tests/suites/walk/*.h)
$(T)/unit/test_walk_x86: kmod/x86/walk.c kmod/x86/walk.h $(wildcard tests/suites/walk/*.h)
SDEI_PAIR := kmod/sdei.c tests/unit/sdei_model.c tests/unit/sdei_pair.c
$(T)/unit/test_sdei: kmod/sdei.c
$(T)/unit/test_sdei_model $(T)/unit/test_sdei_events: $(SDEI_PAIR)
$(T)/unit/test_sdei_events: UNIT_CFLAGS += -include sdei_two_events.h

# Parts of the module, compiled with a shim in place of the kernel.
PURE_TESTS := vm_table ports admit_match gpa_map gpa_change buffers vm_buffers walk walk_x86 sdei \
	sdei_model sdei_events
$(PURE_TESTS:%=$(T)/unit/test_%): UNIT_CFLAGS += -Itests/unit/shim -Ikmod -Itests/unit \
	-Wno-unused-parameter

UNIT_HEADERS := $(wildcard tests/unit/*.h tests/unit/shim/*.h include/hcbpf/*.h kmod/*.h)

$(T)/unit/test_%: tests/unit/test_%.c $(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(filter %.c,$^) -pthread -lcmocka $(UNIT_LIBS) -o $@

# What the schemas for editors are compared with.
$(T)/unit/shapes: tests/unit/shapes.c $(UNIT_TEXT) $(UNIT_PROFILE) $(UNIT_CASES) $(UNIT_TEMPLATE) \
		$(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(filter %.c,$^) -lyaml -ljson-c -o $@

# The same test with another table of events.
$(T)/unit/test_sdei_events: tests/unit/test_sdei_model.c $(UNIT_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UNIT_CFLAGS) $(filter %.c,$^) -lcmocka -o $@

$(T)/unit/test_cxx: tests/unit/test_cxx.cc $(BUILD)/lib/libhcbpf.a $(wildcard include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 -Wall -Wextra -Wpedantic -Werror -Iinclude $(filter %.cc %.a,$^) -lz -o $@

# A bounded number of inputs for each fuzzer.
include tests/fuzz/build.mk

.PHONY: check-unit
check-unit: $(UNIT_PROGRAMS) $(T)/unit/shapes
	@tests/suites/lib/suite $(TAP_DIR)/unit.tap \
		sh -c 'status=0; for test; do "$$test" || status=1; done; \
			tests/unit/schema test $(T)/unit/shapes || status=1; exit $$status' sh \
			$(UNIT_PROGRAMS)
