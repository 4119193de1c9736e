# SPDX-License-Identifier: GPL-2.0-only
$(T_LAB)/test_vmstate: T_EXTRA = $(shell $(PKG_CONFIG) --libs libsystemd)
