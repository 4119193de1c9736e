# SPDX-License-Identifier: GPL-2.0-only
#
# Suites on Intel's CPUs, in Bochs: any suite NAME of the lab, as check-vmx-NAME.
# Included by tests/build.mk, behind all other suites.

# Models with CET: the kernel tracks indirect branches there.
VMX_CET := tigerlake sapphire_rapids arrow_lake
VMX_PLAIN := rules buffers cost
vmx_model = $(if $(filter $(VMX_PLAIN),$1),corei7_skylake_x,tigerlake)

VMX_SMP ?= 1

# With the rules, in the same VM, the reference VMM.
VMX_BEFORE_rules := vmm

VMX_SCRIPTS := $(patsubst tests/lab/vmx/%,$(T_LAB)/%,$(wildcard tests/lab/vmx/*.sh))

$(VMX_SCRIPTS): $(T_LAB)/%: tests/lab/vmx/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

ifeq ($(ARCH),x86_64)
# `make check` has time for these, and not for their tests under load (VMX_SHORT=1, which
# the Makefile sets there); `make check-vmx` runs all that can be run.
CHECK_SUITES += $(addprefix vmx-,guest rules buffers)
VMX_SUITES := $(addprefix vmx-,guest rules buffers policy uapi gpa life coexist cli pages restore \
	cost examples profiles host library module)
TEST_FILES += $(VMX_SCRIPTS)

# A directory of its own: the same suite may be running in QEMU.
.PHONY: check-vmx-%
check-vmx-%: $(VMX_SCRIPTS) $(EXAMPLE_VMM)
	@mkdir -p $(TAP_DIR)/vmx
	@status=0; $(MAKE) VMX=$(call vmx_model,$*) check-$* TAP_DIR=$(abspath $(TAP_DIR))/vmx || \
		status=$$?; mv $(TAP_DIR)/vmx/$*.tap $(TAP_DIR)/vmx-$*.tap; exit $$status
endif
