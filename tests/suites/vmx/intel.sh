# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Is this the CPU that the suite is to run on? With $cet, one with indirect branch
# tracking, and a kernel that uses it.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

has() { grep -q "^flags.* $1\( \|\$\)" /proc/cpuinfo; }
tracked() { dmesg | grep 'CET detected: Indirect Branch Tracking enabled'; }

ok "the CPU has VMX" has vmx
ok "and KVM uses it" test -d /sys/module/kvm_intel
if [ -n "${cet:-}" ]; then
	ok "the CPU has indirect branch tracking" has ibt
	ok "and the kernel uses it" tracked
fi
run done_testing
