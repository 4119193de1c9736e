# SPDX-License-Identifier: GPL-2.0-only
# BPF objects: build/bpf/NAME.bpf.o from bpf/NAME.bpf.c, and build/bpf/NAME.test.o, the
# same policy for `hcbpf test` without the module.
BPF_CLANG ?= clang-19
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
BPF_TESTS := $(BPF_OBJECTS:.bpf.o=.test.o)
BPF_DRIVER := $(BUILD)/bpf/driver/test_driver.bpf.o

# The multiarch directory has asm/types.h, which clang does not look for when the target is bpf.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter -Werror -D__TARGET_ARCH_x86 \
	-Iinclude -I$(BUILD)/libbpf/include -I/usr/include/$(shell gcc -print-multiarch 2>/dev/null)

ALL += $(BPF_TESTS)

# $(call bpf_object,FLAGS): the recipe of every BPF object.
define bpf_object
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) $1 -MMD -MP -MF $(@:.o=.d) -c $< -o $@
endef

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call bpf_object)

$(BUILD)/bpf/%.test.o: bpf/%.bpf.c
	$(call bpf_object,-include hcbpf/test_env.h)

# The command carries the program that puts cases to loaded policies.
$(BUILD)/user/hcbpf/bpf/case_runner.o: $(BPF_DRIVER)
$(BUILD)/user/hcbpf/bpf/case_runner.o: override USER_CFLAGS += -DTEST_DRIVER='"$(BPF_DRIVER)"'

-include $(patsubst %.o,%.d,$(BPF_OBJECTS) $(BPF_TESTS) $(BPF_DRIVER))
