# SPDX-License-Identifier: GPL-2.0-only
# BPF objects: build/bpf/NAME.bpf.o from bpf/NAME.bpf.c, the examples likewise;
# and build/bpf/NAME.test.o, the same policy for `hcbpf test` without the module.
BPF_CLANG ?= clang-19
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
BPF_EXAMPLES := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/examples/*.bpf.c))
BPF_TESTS := $(patsubst %.bpf.o,%.test.o,$(BPF_OBJECTS) $(BPF_EXAMPLES))
BPF_DRIVER := $(BUILD)/bpf/driver/test_driver.bpf.o

# The multiarch directory has asm/types.h, which clang does not look for when the target is bpf.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter -Werror -D__TARGET_ARCH_x86 \
	-Iinclude -I$(BUILD)/libbpf/include -I/usr/include/$(shell gcc -print-multiarch 2>/dev/null)

ALL += $(BPF_EXAMPLES) $(BPF_TESTS)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(BUILD)/bpf/%.test.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -include hcbpf/test_env.h -MMD -MP -MF $(@:.o=.d) -c $< -o $@

# The command carries the program that puts cases to loaded policies.
$(BUILD)/user/hcbpf/bpf/case_runner.o: $(BPF_DRIVER)
$(BUILD)/user/hcbpf/bpf/case_runner.o: override USER_CFLAGS += -DTEST_DRIVER='"$(BPF_DRIVER)"'

-include $(patsubst %.o,%.d,$(BPF_OBJECTS) $(BPF_EXAMPLES) $(BPF_TESTS) $(BPF_DRIVER))
