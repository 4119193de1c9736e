# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_exits
run ./test_rules
run ./test_hyperv
run ./test_replace
