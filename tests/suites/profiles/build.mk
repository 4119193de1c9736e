# SPDX-License-Identifier: GPL-2.0-only
#
# The reference VMM is x86's.
LAB_NEEDS_profiles := $(if $(filter x86_64,$(ARCH)),$(EXAMPLE_VMM))
