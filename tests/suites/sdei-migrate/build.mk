# SPDX-License-Identifier: GPL-2.0-only
#
# With the guest and the QEMU of sdei-linux.

LAB_NEEDS_sdei-migrate = $(LAB_NEEDS_sdei-linux)
LAB_MORE_sdei-migrate = $(LAB_MORE_sdei-linux)
# A hundred took 13 minutes of two busy CPUs: ROUNDS=100.
LAB_ENV_sdei-migrate = ROUNDS=$(or $(ROUNDS),6)
LAB_TIMEOUT_sdei-migrate := 3000
check-sdei-migrate: sdei-linux-vmm
