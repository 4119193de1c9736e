# SPDX-License-Identifier: GPL-2.0-only

# It has parts of the module that is tested.
$(call lab_module,walker): $(KMOD_SOURCES)
WALK_TABLES ?= 1000000
LAB_ENV_walk := WALKS=$(WALK_TABLES)
