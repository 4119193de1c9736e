# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2034 # for intel.sh
cet=1
# shellcheck source=tests/suites/vmx/intel.sh
. ./intel.sh
