# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module sdei=1
run ./test_sdei
run ./test_sdei_life
run ./test_sdei_regs
