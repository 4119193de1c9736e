# SPDX-License-Identifier: GPL-2.0-only

# A thousand VMs, one after the other, and the storm.
LAB_TIMEOUT_admit := 1200
