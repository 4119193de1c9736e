# SPDX-License-Identifier: GPL-2.0-only
#
# Suites on Intel's CPUs, in Bochs: any suite NAME of the lab, as check-vmx-NAME.

# Models with CET: the kernel tracks indirect branches there.
VMX_CET := tigerlake sapphire_rapids arrow_lake
VMX_PLAIN := rules buffers cost bench
vmx_model = $(if $(filter $(VMX_PLAIN),$1),corei7_skylake_x,tigerlake)

VMX_SMP ?= 1

ifeq ($(ARCH),x86_64)
# A directory of its own: the same suite may be running in QEMU.
.PHONY: check-vmx-%
check-vmx-%:
	@mkdir -p $(TAP_DIR)/vmx
	@status=0; $(MAKE) VMX=$(call vmx_model,$*) check-$* TAP_DIR=$(abspath $(TAP_DIR))/vmx || \
		status=$$?; mv $(TAP_DIR)/vmx/$*.tap $(TAP_DIR)/vmx-$*.tap; exit $$status
endif
