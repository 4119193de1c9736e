# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# For how long preemption is off; the hook stays on, since putting it on stops all CPUs.
modprobe hcbpf linger=600000 || exit 2
run ./test_gaps
