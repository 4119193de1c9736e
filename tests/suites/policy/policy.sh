# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
load_module
run ./test_policy
run ./test_vms
run ./test_verifier
