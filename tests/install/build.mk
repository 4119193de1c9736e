# SPDX-License-Identifier: GPL-2.0-only
#
# Building for a host, and installing there. Included by tests/build.mk.

.PHONY: check-install
check-install: $(BUILD)/kernel/$(KERNEL)/release
	@tests/suites/lib/suite $(TAP_DIR)/install.tap tests/install/install $(BUILD)/kernel/$(KERNEL)
