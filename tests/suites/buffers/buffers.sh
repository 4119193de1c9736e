# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_buffers
run_long ./test_buffers_change
run ./test_buffers_lists
run ./test_buffers_uapi
