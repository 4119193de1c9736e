# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_guest
run_long ./test_load
run_long ./test_invariants
