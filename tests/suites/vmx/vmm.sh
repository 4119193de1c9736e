# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The reference VMM and its guest: every send arrives once.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

field() { sed -n 's/.*\],.*"'"$1"'":\([0-9]*\).*/\1/p' /tmp/vmm; }

load_module
ok "the standard policy is loaded" hcbpf load
hcbpf-vmm --vcpus 2 --ports 4 --sends 500 --json > /tmp/vmm
is "the reference VMM's accounts are right" $? 0
echo "# $(field sends) sends, $(field signals) signalled, $(field exits) exits"
is "no send was lost" "$(field lost)" 0
is "none arrived twice" "$(field doubled)" 0
ok "the kernel served most" [ "$(field signals)" -gt 1000 ]
ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
run done_testing
