# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# WALKS: how many, at least. SEED: of what is random.

: "${WALKS:?}" "${SEED:?}"
module=walker program=test_walk
[ "$(uname -m)" = x86_64 ] || module=translator program=test_walk_arm64
modprobe $module || exit 2
run ./$program "$WALKS" "$SEED"
