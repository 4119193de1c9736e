# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
run ./test_cost
run ./test_command
