# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of SDEI with guests of our own. Included by tests/build.mk, behind its own
# variables, for arm64.

SDEI_DIR := tests/lab/arm64/sdei
SDEI_PROGRAMS_LAB := $(patsubst $(SDEI_DIR)/%.c,$(T_LAB)/%,$(wildcard $(SDEI_DIR)/*.c))

$(SDEI_PROGRAMS_LAB): $(T_LAB)/%: $(SDEI_DIR)/%.c $(SDEI_DIR)/guest.S tests/lab/lab.c \
		$(LIBGUEST) $(BUILD)/lib/libhcbpf.a \
		$(wildcard tests/lab/*.h $(SDEI_DIR)/*.h tests/bpf/*.h user/libguest/kvm.h include/hcbpf/*.h)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $(T_LIBBPF_CFLAGS) -Iuser/libguest $(filter %.c %.S,$^) $(filter %.a,$^) \
		$(T_LIBBPF_LIBS) -lcmocka -pthread -o $@

$(T_LAB)/sdei.sh: $(SDEI_DIR)/sdei.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

CHECK_SUITES += sdei sdei-nvhe
DEBUG_SUITES += sdei sdei-nvhe
TEST_FILES += $(SDEI_PROGRAMS_LAB) $(T_LAB)/sdei.sh

LAB_ARGS_sdei-nvhe := --nvhe

.PHONY: check-sdei check-sdei-nvhe
check-sdei check-sdei-nvhe: check-%: $(T_LAB_FILES) $(SDEI_PROGRAMS_LAB) $(T_LAB)/sdei.sh $(MODULE) \
		$(BUILD)/bin/hcbpf
	@tests/lab/suite $(TAP_DIR)/$*.tap tests/vm/run --smp 2 $(LAB_ARGS_$*) $(LAB_DEBUG_ARGS) \
		--add $(T_LAB):/lab/t -- sh /lab/t/suite.sh sdei

# ---- a stock Linux guest, in an unmodified QEMU

SDEI_LINUX := $(SDEI_DIR)/linux
SDEI_GUEST := $(T)/sdei-linux
SDEI_CLIENT := $(SDEI_GUEST)/module/sdei_client.ko
SDEI_VMM_KERNEL := $(BUILD)/kernel/debian-arm64

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
$(SDEI_GUEST)/virt.dtb: $(SDEI_DIR)/build.mk
	$(call say,DTB,$@)
	@mkdir -p $(@D)
	$(Q)qemu-system-aarch64 -machine virt,gic-version=3,dumpdtb=$@ -cpu cortex-a57 -smp 2 -m 256 \
		-display none 2> /dev/null
	$(Q)fdtput -p -t s $@ /firmware/sdei compatible arm,sdei-1.0
	$(Q)fdtput -t s $@ /firmware/sdei method hvc

$(T_LAB)/sdei-linux.sh: $(SDEI_LINUX)/sdei-linux.sh
	@mkdir -p $(@D)
	$(Q)cp $< $@

SDEI_LINUX_FILES := $(SDEI_GUEST)/guest.cpio.gz $(SDEI_GUEST)/virt.dtb $(T_LAB)/sdei-linux.sh
CHECK_SUITES += sdei-linux
TEST_FILES += $(SDEI_LINUX_FILES)

.PHONY: check-sdei-linux
check-sdei-linux: $(SDEI_LINUX_FILES) $(addprefix $(T_LAB)/,guest json suite.sh tap.sh) $(MODULE) \
		$(BUILD)/bin/hcbpf
	@$(SETUP) vmm
	@tests/lab/suite $(TAP_DIR)/sdei-linux.tap tests/vm/run --smp 2 --mem 2048 --timeout 500 \
		--add $(T_LAB):/lab/t --add $(SYSROOT)/usr/bin/qemu-system-aarch64:/lab/guest/qemu \
		--add $(SDEI_VMM_KERNEL)/vmlinuz:/lab/guest/vmlinuz \
		--add $(SDEI_GUEST)/guest.cpio.gz:/lab/guest/guest.cpio.gz \
		--add $(SDEI_GUEST)/virt.dtb:/lab/guest/virt.dtb -- sh /lab/t/suite.sh sdei-linux
