# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_uapi
run ./test_privileges
run ./test_charges
run ./test_ended
