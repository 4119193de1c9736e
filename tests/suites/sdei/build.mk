# SPDX-License-Identifier: GPL-2.0-only
#
# The same under a KVM that keeps its own world at EL2.
LAB_RUNS_sdei-nvhe := sdei
