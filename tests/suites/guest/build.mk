# SPDX-License-Identifier: GPL-2.0-only
#
# The same guests under a KVM that keeps its own world at EL2: registers of a vCPU are
# elsewhere, hooks are the same.
LAB_RUNS_guest-nvhe := guest smccc
