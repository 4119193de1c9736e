# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of rules, exits and policies under change. Included by tests/build.mk,
# behind its own variables.

RULES_ONLY_X86 := hyperv examples protected
RULES_PROGRAMS := $(patsubst tests/lab/rules/%.c,$(T_LAB)/%,$(filter-out \
	$(if $(filter arm64,$(ARCH)),$(RULES_ONLY_X86:%=tests/lab/rules/test_%.c)), \
	$(wildcard tests/lab/rules/*.c)))
RULES_FILES := $(RULES_PROGRAMS) $(T_LAB)/rules.sh $(T_LAB)/examples.sh \
	$(addprefix $(T_LAB)/,suite.sh tap.sh observe.bpf.o standard.bpf.o)

$(RULES_PROGRAMS): $(T_LAB)/%: tests/lab/rules/%.c tests/lab/lab.c $(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h tests/lab/rules/*.h tests/bpf/*.h user/libguest/kvm.h \
			include/hcbpf/*.h bpf/*.h examples/policies/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(T_LAB)/rules.sh $(T_LAB)/examples.sh: $(T_LAB)/%: tests/lab/rules/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

RULES_SUITES := rules examples
CHECK_SUITES += $(RULES_SUITES)
TEST_FILES += $(RULES_FILES) $(BPF_EXAMPLES) $(BPF_EXAMPLE_TESTS) $(BPF_TESTS)
DEBUG_SUITES += rules

RULES_LAB_ARGS := $(if $(filter x86_64,$(ARCH)),--module $(call helper_module,protect))
$(RULES_SUITES:%=check-%): $(if $(filter x86_64,$(ARCH)),$(call helper_module,protect))

.PHONY: $(RULES_SUITES:%=check-%)
$(RULES_SUITES:%=check-%): check-%: $(RULES_FILES) $(BPF_EXAMPLES) $(BPF_EXAMPLE_TESTS) $(BPF_TESTS) $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/$*.tap tests/vm/run --smp 2 $(RULES_LAB_ARGS) $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add $(BUILD)/bpf:/lab/bpf --add bpf/standard.cases:/lab/cases/ \
		--add examples/policies:/lab/cases/examples \
		-- $(LAB_SUITE) $(if $(VMX),$(VMX_BEFORE_$*)) $*
