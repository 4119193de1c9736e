# SPDX-License-Identifier: GPL-2.0-only
#
# The reference VMM (x86), and policies to learn from: build/bpf/examples/NAME.bpf.o, and
# NAME.test.o for `hcbpf test` without the module. mini-vmm/ is the suite `library`'s to
# build. Included by the Makefile.

EXAMPLE_VMM := $(BUILD)/bin/hcbpf-vmm
example_vmm_obj := $(patsubst %,$(BUILD)/%.o,$(wildcard examples/vmm/*.c examples/vmm/*.S))

$(example_vmm_obj): $(BUILD)/%.o: % examples/build.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(USER_CFLAGS) -pthread -MMD -MP -c $< -o $@

$(EXAMPLE_VMM): $(example_vmm_obj) $(USER_ALIB)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -pthread $(LDFLAGS) $^ -lz -o $@

BPF_EXAMPLES := $(patsubst examples/policies/%.bpf.c,$(BPF)/examples/%.bpf.o, \
	$(wildcard examples/policies/*.bpf.c))
BPF_EXAMPLE_TESTS := $(BPF_EXAMPLES:.bpf.o=.test.o)
ALL += $(BPF_EXAMPLES) $(BPF_EXAMPLE_TESTS)

$(BPF)/examples/%.bpf.o: examples/policies/%.bpf.c
	$(call bpf_object)

$(BPF)/examples/%.test.o: examples/policies/%.bpf.c
	$(call bpf_object,-include hcbpf/test_env.h)

-include $(example_vmm_obj:.o=.d) $(patsubst %.o,%.d,$(BPF_EXAMPLES) $(BPF_EXAMPLE_TESTS))
