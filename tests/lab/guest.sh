# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_guest
run ./test_load
run ./test_invariants
