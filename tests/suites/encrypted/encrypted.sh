# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
modprobe caller || exit 2
load_module
run ./test_encrypted
run ./test_sev_es
