# SPDX-License-Identifier: GPL-2.0-only
#
# The packages: RPMs are built, those of Debian are tried on emulated hosts, by an upgrade and a first installation on this
# machine's release of Debian, and on 12 a first installation on 13, too. Included by
# tests/build.mk.

P := $(BUILD)/packages
PACKAGES_RELEASE := $(shell . /etc/os-release && echo $$VERSION_CODENAME)
PACKAGES_13 := $(if $(filter bookworm,$(PACKAGES_RELEASE)),1)

# Linked with nothing that a host may not have.
$(P)/idlevm: tests/suites/tools/idlevm.c
	$(call say,TEST,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(T_CFLAGS) $< -o $@

.PHONY: check-packages run-packages
check-packages:
	@scripts/setup lab deb host=$(PACKAGES_RELEASE) $(if $(PACKAGES_13),host=trixie kernel=6.12-deb13)
	@tests/suites/lib/suite $(TAP_DIR)/packages.tap $(MAKE) run-packages

run-packages: $(P)/idlevm
	@tests/packages/rpms
	@tests/packages/debs $(PACKAGES_RELEASE) $(P)/old 0.1.99
	@tests/packages/debs $(PACKAGES_RELEASE) $(P)/new
	@tests/packages/run build/hosts/$(PACKAGES_RELEASE)/root.tar $(LAB_KERNEL) $(P)/new $(P)/old upgrade leave
	@tests/packages/run build/hosts/$(PACKAGES_RELEASE)/root.tar $(LAB_KERNEL) $(P)/new "" install
ifdef PACKAGES_13
	@tests/packages/debs trixie $(P)/new-13
	@tests/packages/run build/hosts/trixie/root.tar build/kernel/6.12-deb13-x86_64 $(P)/new-13 "" install leave
endif
