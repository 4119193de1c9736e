# SPDX-License-Identifier: GPL-2.0-only
#
# What the compiler and sparse say of the module when asked for more than usual.

.PHONY: check-static
check-static: $(BUILD)/kernel/$(KERNEL)/release
	@tests/suites/lib/suite $(TAP_DIR)/static.tap tests/suites/static/static \
		$(BUILD)/kernel/$(KERNEL) $(T)/static/$(KERNEL)
