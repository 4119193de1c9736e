# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The library in programs: the example of docs/vmm-guide.md before and after its patch,
# and one handle in many threads.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

served() { echo "1000 sends, 1000 arrived, $1 exits"; }

is "the example without hcbpf serves its sends" "$(mini-vmm)" "$(served 1000)"
is "with it, but no module, it does so as well" "$(mini-vmm-hcbpf 2> /tmp/err)" "$(served 1000)"
ok "and says that it runs without" grep "runs without hcbpf: No such device" /tmp/err
load_module
is "with no policy loaded, too" "$(mini-vmm-hcbpf 2> /tmp/err)" "$(served 1000)"
hcbpf load > /dev/null
is "with a policy the kernel serves all of them" "$(as-user vmm1 mini-vmm-hcbpf)" "$(served 0)"
is "and the one without is as it was" "$(mini-vmm)" "$(served 1000)"
hcbpf unload standard > /dev/null
run done_testing
run ./test_threads
