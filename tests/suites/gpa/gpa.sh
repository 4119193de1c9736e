# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_gpa
run ./test_gpa_uapi
run ./test_gpa_load
