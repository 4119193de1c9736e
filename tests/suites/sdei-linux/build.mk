# SPDX-License-Identifier: GPL-2.0-only
#
# A stock Linux guest, in an unmodified QEMU.

SDEI_LINUX := $(S)/sdei-linux
SDEI_GUEST := $(T)/sdei-linux
SDEI_CLIENT := $(SDEI_GUEST)/module/sdei_client.ko
SDEI_VMM_KERNEL := $(BUILD)/kernel/debian-arm64

LAB_NEEDS_sdei-linux := $(SDEI_GUEST)/guest.cpio.gz $(SDEI_GUEST)/virt.dtb
LAB_MORE_sdei-linux := --add $(SYSROOT)/usr/bin/qemu-system-aarch64:/lab/guest/qemu \
	--add $(SDEI_VMM_KERNEL)/vmlinuz:/lab/guest/vmlinuz \
	--add $(SDEI_GUEST)/guest.cpio.gz:/lab/guest/guest.cpio.gz \
	--add $(SDEI_GUEST)/virt.dtb:/lab/guest/virt.dtb

$(SDEI_CLIENT): $(SDEI_LINUX)/sdei_client.c $(SDEI_LINUX)/Kbuild $(SDEI_VMM_KERNEL)/release
	$(call say,MODULE,$@)
	@mkdir -p $(@D)
	$(Q)cp $(SDEI_LINUX)/sdei_client.c $(SDEI_LINUX)/Kbuild $(@D)/
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(SDEI_VMM_KERNEL)/kmake $(abspath $(@D)) modules -s

$(SDEI_GUEST)/guest.cpio.gz: $(SDEI_LINUX)/make-guest $(SDEI_LINUX)/guest-init $(SDEI_CLIENT)
	$(call say,GUEST,$@)
	$(Q)$(SDEI_LINUX)/make-guest $$(find $(SYSROOT)/bin $(SYSROOT)/usr/bin -name busybox -type f -print -quit 2> /dev/null) \
		$(SDEI_CLIENT) $(SDEI_LINUX)/guest-init $@

# What QEMU would make itself, and the node by which Linux looks for SDEI.
$(SDEI_GUEST)/virt.dtb: $(SDEI_LINUX)/build.mk
	$(call say,DTB,$@)
	@mkdir -p $(@D)
	$(Q)qemu-system-aarch64 -machine virt,gic-version=3,dumpdtb=$@ -cpu cortex-a57 -smp 2 -m 256 \
		-display none 2> /dev/null
	$(Q)fdtput -p -t s $@ /firmware/sdei compatible arm,sdei-1.0
	$(Q)fdtput -t s $@ /firmware/sdei method hvc

.PHONY: sdei-linux-vmm
sdei-linux-vmm:
	@$(SETUP) vmm
check-sdei-linux: sdei-linux-vmm
