# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# CALLS: how many hypercalls are made, at least.

# shellcheck source=tests/lab/tap.sh
. ./tap.sh
# shellcheck source=tests/lab/parallel/kcsan.sh
. ./kcsan.sh
: "${CALLS:?}"

modprobe caller || exit 2
[ ! -e $kcsan ] || kcsan_start
run ./test_ground "$CALLS"
load_module
run ./test_parallel "$CALLS"
run ./test_storm "$CALLS"
[ ! -e $kcsan ] || run kcsan_end
