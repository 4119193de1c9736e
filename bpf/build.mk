# SPDX-License-Identifier: GPL-2.0-only
# BPF objects: build/bpf/NAME.bpf.o from bpf/NAME.bpf.c
BPF_CLANG ?= clang-19
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(BUILD)/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))

# The multiarch directory has asm/types.h, which clang does not look for when the target is bpf.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter -Werror -D__TARGET_ARCH_x86 \
	-Iinclude -I$(BUILD)/libbpf/include -I/usr/include/$(shell gcc -print-multiarch 2>/dev/null)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

-include $(BPF_OBJECTS:.o=.d)
