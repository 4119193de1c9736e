# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

# Delivery takes locks with interrupts off that sleep there.
if uname -v | grep -q PREEMPT_RT; then
	not "with PREEMPT_RT the module does not load with sdei=1" modprobe hcbpf sdei=1
	ok "and says why" sh -c 'dmesg | grep "hcbpf: sdei=1 is not for kernels with PREEMPT_RT"'
	not "nothing is left of it" test -e /dev/hcbpf
	ok "without sdei it loads" load_module
	run done_testing
	return
fi

load_module sdei=1
run ./test_sdei
run ./test_sdei_life

guest load standard.bpf.o /sys/fs/bpf/standard
run as-user vmm1 ./test_sdei_ghosts
rm /sys/fs/bpf/standard

run ./test_sdei_regs

unload_module
run ./test_sdei_going
