# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of rules, profiles, replacing, saving and restoring by the command.
# Included by tests/build.mk, behind its own variables.

PROFILES_SCRIPTS := $(patsubst tests/lab/profiles/%,$(T_LAB)/%,$(wildcard \
	tests/lab/profiles/*.sh tests/lab/profiles/parts/*.sh))
PROFILES_FILES := $(T_LAB)/talker $(PROFILES_SCRIPTS) \
	$(addprefix $(T_LAB)/,guest json suite.sh tap.sh refused.sh standard.bpf.o bad_verdict.bpf.o \
		refused.bpf.o)

$(T_LAB)/talker: tests/lab/profiles/talker.c tests/lab/lab.c $(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h tests/bpf/*.h user/libguest/kvm.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(PROFILES_SCRIPTS): $(T_LAB)/%: tests/lab/profiles/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

# The reference VMM is x86's.
PROFILES_VMM := $(if $(filter x86_64,$(ARCH)),$(EXAMPLE_VMM))

CHECK_SUITES += profiles
TEST_FILES += $(PROFILES_FILES)

.PHONY: check-profiles
check-profiles: $(PROFILES_FILES) $(MODULE) $(BUILD)/bin/hcbpf $(PROFILES_VMM)
	@tests/lab/suite $(TAP_DIR)/profiles.tap tests/vm/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t -- $(LAB_SUITE) profiles
