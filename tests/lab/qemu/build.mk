# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU as somebody else's VMM. Included by tests/build.mk, behind its own variables.

QEMU_OUT := $(T)/qemu
QEMU_SCRIPTS := $(patsubst tests/lab/qemu/%,$(T_LAB)/%,$(wildcard tests/lab/qemu/*.sh))
QEMU_FILES := $(QEMU_SCRIPTS) $(T_LAB)/holder \
	$(addprefix $(T_LAB)/,guest json suite.sh tap.sh)
# The guest's kernel is Debian's own, whatever the lab runs.
QEMU_KERNEL := $(BUILD)/kernel/debian-x86_64

$(QEMU_OUT)/evtchn: tests/lab/qemu/evtchn.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) -static $< -o $@

$(QEMU_OUT)/guest.cpio.gz: tests/lab/qemu/make-guest tests/lab/qemu/guest-init \
		$(QEMU_OUT)/evtchn $(QEMU_KERNEL)/release
	$(call say,GUEST,$@)
	$(Q)$< $(QEMU_KERNEL) $(QEMU_OUT)/evtchn tests/lab/qemu/guest-init $@

$(T_LAB)/holder: tests/lab/qemu/holder.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $< -o $@

$(QEMU_SCRIPTS): $(T_LAB)/%: tests/lab/qemu/%
	@mkdir -p $(@D)
	$(Q)cp $< $@

CHECK_SUITES += qemu
TEST_FILES += $(QEMU_FILES) $(QEMU_OUT)/guest.cpio.gz

# Why --icount: QEMU's emulated SVM delivers an interrupt twice when the main loop calls
# the CPU away right after VMRUN has injected it. A guest that was in user mode then dies
# on its entry stack: one boot in five, without hcbpf. Counting instructions, the main
# loop calls no CPU away for a timer.
.PHONY: check-qemu
check-qemu: $(QEMU_FILES) $(QEMU_OUT)/guest.cpio.gz $(MODULE) $(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/qemu.tap tests/vm/run --icount --mem 1536 $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t --add $(BUILD)/qemu:/lab/qemu \
		--add $(QEMU_KERNEL)/vmlinuz:/lab/guest/vmlinuz \
		--add $(QEMU_OUT)/guest.cpio.gz:/lab/guest/ -- sh /lab/t/suite.sh qemu
