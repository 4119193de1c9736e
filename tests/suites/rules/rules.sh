# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run_long ./test_exits
run ./test_rules
[ ! -e ./test_hyperv ] || run ./test_hyperv	# x86
[ ! -e ./test_protected ] || run ./test_protected
run_long ./test_replace
