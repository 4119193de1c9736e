# SPDX-License-Identifier: GPL-2.0-only
LAB_NEEDS_restore := $(EXAMPLE_VMM)
