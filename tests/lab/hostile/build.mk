# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that mean harm. Included by tests/build.mk, behind its own variables.
#
# HOSTILE_SEED=N makes other choices. HOSTILE_SECONDS=N is how long it lasts: short, but
# with a debug kernel ten minutes.

HOSTILE_DIR := tests/lab/hostile
HOSTILE_SEED ?= 1
HOSTILE_SECONDS ?= $(if $(filter debug-%,$(KERNEL)),600,16)

HOSTILE_HEADERS := $(wildcard $(HOSTILE_DIR)/*.h tests/lab/arm64/sdei/guest.h user/libguest/*.h \
	include/hcbpf/*.h)
HOSTILE_PROGRAMS := $(addprefix $(T_LAB)/,hostile_vmm hostile_vcpu hostile_guest neighbour)
HOSTILE_FILES := $(HOSTILE_PROGRAMS) $(T_LAB)/hostile.sh \
	$(addprefix $(T_LAB)/,suite.sh tap.sh guest standard.bpf.o)

hostile_sources = $(patsubst %,$(HOSTILE_DIR)/%.c,$1 attack)
$(T_LAB)/hostile_vmm: $(call hostile_sources,hostile_vmm files seat requests sleepy)
$(T_LAB)/hostile_vcpu: $(call hostile_sources,hostile_vcpu files)
$(T_LAB)/hostile_guest: $(call hostile_sources,hostile_guest machine)
$(T_LAB)/neighbour: $(call hostile_sources,neighbour)
ifeq ($(ARCH),arm64)
$(T_LAB)/hostile_guest: tests/lab/arm64/sdei/guest.S
endif

$(HOSTILE_PROGRAMS): $(LIBGUEST) $(BUILD)/lib/libhcbpf.a $(HOSTILE_HEADERS)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) -Iuser/libguest $(filter %.c %.S,$^) $(filter %.a,$^) -lz -pthread -o $@

$(T_LAB)/hostile.sh: $(HOSTILE_DIR)/hostile.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

CHECK_SUITES += hostile
DEBUG_SUITES += hostile
TEST_FILES += $(HOSTILE_FILES)

.PHONY: check-hostile
check-hostile: $(HOSTILE_FILES) $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/hostile.tap tests/vm/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t -- env HOSTILE_SEED=$(HOSTILE_SEED) \
		HOSTILE_SECONDS=$(HOSTILE_SECONDS) $(LAB_SUITE) hostile
