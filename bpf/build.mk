# SPDX-License-Identifier: GPL-2.0-only
# BPF objects: build/bpf/NAME.bpf.o from bpf/NAME.bpf.c, and build/bpf/NAME.test.o, the
# same policy for `hcbpf test` without the module. One file serves every architecture:
# there is one place for them, whatever ARCH is.
BPF := build/bpf
BPF_LIBBPF := $(addsuffix /include,$(if $(LIBBPF),$(firstword $(wildcard build/libbpf) $(LIBBPF))))
BPF_CLANG ?= $(if $(shell command -v clang-19),clang-19,clang)
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,$(BPF)/%.bpf.o,$(wildcard bpf/*.bpf.c))
BPF_TESTS := $(BPF_OBJECTS:.bpf.o=.test.o)
BPF_DRIVER := $(BPF)/driver/test_driver.bpf.o
BPF_TRACE := $(BPF)/trace/call_trace.bpf.o

# The multiarch directory has asm/types.h, which clang does not look for when the target is bpf.
# No path of this machine gets into the debug information.
BPF_CFLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Wno-unused-parameter $(WERROR) -D__TARGET_ARCH_x86 \
	-fdebug-compilation-dir=. $(BPF_LIBBPF:%=-fdebug-prefix-map=%=libbpf) \
	-Iinclude $(addprefix -I,$(BPF_LIBBPF)) -I/usr/include/$(shell gcc -print-multiarch 2>/dev/null)

ALL += $(BPF_TESTS)
TOOLS += $(BPF_OBJECTS)

# $(call bpf_object,FLAGS): the recipe of every BPF object.
define bpf_object
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) $1 -MMD -MP -MF $(@:.o=.d) -c $< -o $@
endef

$(BPF)/%.bpf.o: bpf/%.bpf.c
	$(call bpf_object)

$(BPF)/%.test.o: bpf/%.bpf.c
	$(call bpf_object,-include hcbpf/test_env.h)

# What the command carries, as C: the standard policy, the program that puts cases to
# loaded policies, and that of `hcbpf trace`. libbpf before 1.5 has no member `link`, by which a
# skeleton attaches policies; the command does that itself.
$(BPF)/%.skel.h: $(BPF)/%.bpf.o $(BPFTOOL)
	$(call say,SKEL,$@)
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*) | sed '/map->link = /d' > $@

$(BPF)/driver/test_driver.skel.h: $(BPF_DRIVER)
$(BPF)/trace/call_trace.skel.h: $(BPF_TRACE)
$(BUILD)/user/hcbpf/bpf/object.o: $(BPF)/standard.skel.h
$(BUILD)/user/hcbpf/bpf/object.o: override USER_CFLAGS += -iquote $(BPF)
$(BUILD)/user/hcbpf/bpf/case_runner.o: $(BPF)/driver/test_driver.skel.h
$(BUILD)/user/hcbpf/bpf/case_runner.o: override USER_CFLAGS += -iquote $(BPF)/driver
$(BUILD)/user/hcbpf/bpf/tracer.o: $(BPF)/trace/call_trace.skel.h
$(BUILD)/user/hcbpf/bpf/tracer.o: override USER_CFLAGS += -iquote $(BPF)/trace

-include $(patsubst %.o,%.d,$(BPF_OBJECTS) $(BPF_TESTS) $(BPF_DRIVER) $(BPF_TRACE))
