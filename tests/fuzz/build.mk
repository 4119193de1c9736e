# SPDX-License-Identifier: GPL-2.0-only
#
# Fuzzers of pure parts of the module, and of what the command reads. `make fuzz` runs each
# with libFuzzer, for FUZZ_SECONDS, where clang brings its runtime; what it finds interesting stays in
# build/tests/fuzz for the next time. In check-unit each does a bounded number of
# random inputs. Included by tests/unit/build.mk.

FUZZ_CC ?= clang
FUZZ_SECONDS ?= 60
FUZZ_CFLAGS := $(T_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
F := $(T)/fuzz

MODULE_FUZZERS := gpa_map sdei
USER_FUZZERS := profile cases template admission state words
FUZZERS := $(MODULE_FUZZERS) $(USER_FUZZERS)
$(foreach f,$(MODULE_FUZZERS),$(eval FUZZ_FLAGS_$(f) := -Itests/unit -Itests/unit/shim -Ikmod))
$(foreach f,$(USER_FUZZERS),$(eval FUZZ_FLAGS_$(f) := -iquote user/hcbpf))
FUZZ_SOURCES_profile := $(UNIT_TEXT) $(UNIT_PROFILE)
FUZZ_LIBS_profile := -lyaml
FUZZ_SOURCES_cases := $(UNIT_TEXT) $(UNIT_CASES)
FUZZ_LIBS_cases := -lyaml
FUZZ_SOURCES_template := $(UNIT_TEXT) $(UNIT_TEMPLATE)
FUZZ_LIBS_template := -lyaml
FUZZ_SOURCES_admission := $(UNIT_TEXT) $(UNIT_TEMPLATE)
FUZZ_LIBS_admission := -lyaml
FUZZ_SOURCES_state := $(wildcard user/libhcbpf/*.c)
FUZZ_LIBS_state := -lz
FUZZ_SOURCES_words := $(addprefix user/hcbpf/, text/abi_names.c text/gpa_words.c text/rules.c cli/args.c \
	host/vmm_name.c)
FUZZ_SOURCES_gpa_map := kmod/attr_map.c kmod/attr_tree.c
FUZZ_SOURCES_sdei := $(SDEI_PAIR)

define fuzz_rules
$(F)/$(1): tests/fuzz/$(1).c $(FUZZ_SOURCES_$(1)) $(UNIT_HEADERS) $(wildcard kmod/*.h)
	$$(call say,FUZZ,$$@)
	@mkdir -p $(F)
	$$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_FLAGS_$(1)) -fsanitize=fuzzer $$(filter %.c,$$^) $(FUZZ_LIBS_$(1)) \
		-o $$@

$(F)/bounded_$(1): tests/fuzz/$(1).c tests/fuzz/bounded.c $(FUZZ_SOURCES_$(1)) $(UNIT_HEADERS) \
		$(wildcard kmod/*.h)
	$$(call say,FUZZ,$$@)
	@mkdir -p $(F)
	$$(Q)$(CC) $(FUZZ_CFLAGS) $(FUZZ_FLAGS_$(1)) $$(filter %.c,$$^) $(FUZZ_LIBS_$(1)) -o $$@

.PHONY: fuzz-$(1)
fuzz-$(1): $(F)/$(1)
	@mkdir -p $(F)/corpus-$(1)
	$(F)/$(1) -max_len=4096 -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=$(F)/$(1)- \
		$(F)/corpus-$(1)
endef

$(foreach f,$(FUZZERS),$(eval $(call fuzz_rules,$(f))))

.PHONY: fuzz
fuzz: $(FUZZERS:%=fuzz-%)

UNIT_PROGRAMS += $(FUZZERS:%=$(F)/bounded_%)
