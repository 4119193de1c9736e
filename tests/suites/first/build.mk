# SPDX-License-Identifier: GPL-2.0-only
#
# Guests whose first instruction is a call, in QEMU. On the fleet's hosts, too.

FIRST_ROM := $(T)/first/first.rom

LAB_NEEDS_first := $(FIRST_ROM)
LAB_MORE_first := --add $(BUILD)/qemu:/lab/qemu --add $(FIRST_ROM):/lab/guest/

$(FIRST_ROM): $(S)/first/first.S
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -nostdlib -static -Wl,--oformat=binary,-Ttext=0,--build-id=none,-e,0 $< -o $@
