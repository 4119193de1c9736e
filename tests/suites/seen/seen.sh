# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_seen
run ./test_tracepoints
