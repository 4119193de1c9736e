# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# WALKS: how many, at least.

: "${WALKS:?}"
modprobe walker || exit 2
run ./test_walk "$WALKS"
