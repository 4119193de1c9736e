# SPDX-License-Identifier: GPL-2.0-only
#
# On Intel's CPUs with the reference VMM, in the same VM.
LAB_RUNS_rules := $(if $(VMX),vmm) rules
LAB_NEEDS_rules := $(if $(VMX),$(EXAMPLE_VMM))
