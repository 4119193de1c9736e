# SPDX-License-Identifier: GPL-2.0-only
#
# With the guest and the QEMU of sdei-linux.

LAB_NEEDS_sdei-migrate = $(LAB_NEEDS_sdei-linux)
LAB_MORE_sdei-migrate = $(LAB_MORE_sdei-linux)
LAB_TIMEOUT_sdei-migrate := 3000
check-sdei-migrate: sdei-linux-vmm
