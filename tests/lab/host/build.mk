# SPDX-License-Identifier: GPL-2.0-only
#
# VMs by name, libvirt's hook, loading at boot. Included by tests/build.mk.

$(T_LAB)/idlevm: tests/lab/host/idlevm.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $< -o $@

$(T_LAB)/host.sh: tests/lab/host/host.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

CHECK_SUITES += host
TEST_FILES += $(T_LAB)/idlevm $(T_LAB)/host.sh

.PHONY: check-host
check-host: $(T_LAB_FILES) $(T_LAB)/idlevm $(T_LAB)/host.sh $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/host.tap tests/vm/run --smp 2 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add packaging:/lab/packaging -- $(LAB_SUITE) host
