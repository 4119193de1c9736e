# SPDX-License-Identifier: GPL-2.0-only
#
# QEMU as somebody else's VMM.
#
# Why --icount: QEMU's emulated SVM delivers an interrupt twice when the main loop calls
# the CPU away right after VMRUN has injected it. A guest that was in user mode then dies
# on its entry stack: one boot in five, without hcbpf. Counting instructions, the main
# loop calls no CPU away for a timer.

QEMU_OUT := $(T)/qemu
# The guest's kernel is Debian's own, whatever the lab runs.
QEMU_KERNEL := $(BUILD)/kernel/debian-x86_64

LAB_NEEDS_qemu := $(QEMU_OUT)/guest.cpio.gz
LAB_MORE_qemu := --add $(BUILD)/qemu:/lab/qemu --add $(QEMU_KERNEL)/vmlinuz:/lab/guest/vmlinuz \
	--add $(QEMU_OUT)/guest.cpio.gz:/lab/guest/

$(QEMU_OUT)/evtchn: $(S)/qemu/evtchn.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) -static $< -o $@

$(QEMU_OUT)/guest.cpio.gz: $(S)/qemu/make-guest $(S)/qemu/guest-init \
		$(QEMU_OUT)/evtchn $(QEMU_KERNEL)/release
	$(call say,GUEST,$@)
	$(Q)$< $(QEMU_KERNEL) $(QEMU_OUT)/evtchn $(S)/qemu/guest-init $@
LAB_TIMEOUT_qemu := 1500
