# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What holds for every verb: how a VM is named, what is written to files, exit statuses,
# lists, many VMs at once. The parts are in verbs/.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh
# shellcheck source=tests/suites/lib/idle.sh
. ./idle.sh

# bound TAG ARGUMENT...: the same, bound. Sets $id.
# shellcheck disable=SC2034,SC2317
bound() {
	tag=$1
	shift
	idle "$@"
	hcbpf vm attach --pid "$pid" --tag "$tag" > /dev/null
	id=$(hcbpf vm list | awk 'END { print $1 }')
}

load_module
ok "the standard policy is loaded" hcbpf load

for part in names files status lists bulk output tests; do
	# shellcheck disable=SC1090,SC1091 # one after the other
	. ./verbs/$part.sh
done

ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
