# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_buffers
run_long ./test_buffers_change
[ ! -e ./test_buffers_cpuid ] || run ./test_buffers_cpuid	# x86
run ./test_buffers_lists
run ./test_buffers_uapi
