# SPDX-License-Identifier: GPL-2.0-only
#
# Hosts with libvirt. Included by tests/build.mk.

FLEET := $(BUILD)/fleet
FLEET_HOST ?= bookworm-libvirt

# Without the C library: it runs on nothing.
$(FLEET)/guest.elf: $(wildcard tests/fleet/guest/*)
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -O2 -Wall -Wextra -Werror -ffreestanding -fno-pic -fno-stack-protector \
		-fcf-protection=none -mno-sse -mno-mmx -nostdlib -static -no-pie \
		-Wl,-T,tests/fleet/guest/guest.ld -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments $(filter %.S %.c,$^) -o $@

$(FLEET)/holder: tests/fleet/holder.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $< -o $@

$(FLEET)/large: tests/fleet/large
	@mkdir -p $(@D)
	$(Q)$< $@

.PHONY: check-fleet check-fleet-two run-fleet
check-fleet check-fleet-two:
	@scripts/setup lab host=$(FLEET_HOST)
	@$(MAKE) run-fleet FLEET_RUN=$(if $(filter %-two,$@),two,one) FLEET_TAP=$(@:check-%=%)

run-fleet: $(TOOLS) $(MODULE) $(FIRST_ROM) $(FLEET)/guest.elf $(FLEET)/holder $(FLEET)/large
	$(Q)rm -rf $(FLEET)/stage
	@$(MAKE) $(INSTALL_TARGETS) DESTDIR=$(abspath $(FLEET))/stage PREFIX=/usr \
		LIBDIR=/usr/lib/x86_64-linux-gnu
	@tests/suites/lib/suite $(TAP_DIR)/$(FLEET_TAP).tap tests/fleet/run $(FLEET_HOST) $(FLEET_RUN)
