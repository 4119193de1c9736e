# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# CALLS: how many hypercalls are made, at least.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/parallel/kcsan.sh
. ./kcsan.sh
: "${CALLS:?}"

modprobe caller || exit 2
[ ! -e $kcsan ] || kcsan_start
run ./test_ground "$CALLS"
load_module
run ./test_parallel "$CALLS"

# A BPF program holds the function that the hook wants: the calls are redirected.
mkfifo /tmp/ready
guest fentry > /tmp/ready &
fentry=$!
exec 3< /tmp/ready
read -r _ <&3
run ./test_parallel $((CALLS / 10)) redirect
kill $fentry
wait $fentry 2> /dev/null
exec 3<&-

run ./test_storm "$CALLS"
[ ! -e $kcsan ] || run kcsan_end
