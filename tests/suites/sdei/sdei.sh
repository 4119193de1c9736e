# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module sdei=1
run ./test_sdei
run ./test_sdei_life

guest load standard.bpf.o /sys/fs/bpf/standard
run as-user vmm1 ./test_sdei_ghosts
rm /sys/fs/bpf/standard

run ./test_sdei_regs

unload_module
run ./test_sdei_going
