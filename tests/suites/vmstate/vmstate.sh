# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf vmstate`, as QEMU's object dbus-vmstate talks to it; QEMU itself is in the suite fleet.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

load_module
refused "standard input is no connection" "no connection of a QEMU" vmstate < /dev/null
refused "a bus for nobody" "--bus needs one of --pid and --name" vmstate --bus unix:path=/tmp/bus
refused "a process without a bus" "--bus needs one of" vmstate --pid 1
refused "a bus for two" "--bus needs one of" vmstate --bus unix:path=/tmp/bus --pid 1 --name x
refused "a process that is not there" "there is no process 99999" \
	vmstate --bus unix:path=/tmp/bus --pid 99999
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
run ./test_vmstate
