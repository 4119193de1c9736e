# shellcheck shell=sh disable=SC2154,SC2317
# SPDX-License-Identifier: GPL-2.0-only
#
# What operators watch VMs with: stats, monitor, top, trace. The parts are in observe/.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh
# shellcheck source=tests/suites/lib/idle.sh
. ./idle.sh

# A PREEMPT_RT kernel has no admission, by design.
# shellcheck disable=SC2317
admits() { ! uname -v | grep -q PREEMPT_RT; }

# spin: a VM whose guest calls without end. Sets $busy.
# shellcheck disable=SC2317
spin() {
	rm -f /tmp/spin
	guest spin standard > /tmp/spin &
	spinning=$!
	all="$all $spinning"
	eventually grep -qs ready /tmp/spin
	busy=$(hcbpf vm list | awk -v pid=$spinning '$2 == pid { print $1 }')
	eventually sh -c "[ \$(guest answered $busy) -gt 100 ]"
}

# bound TAG ARGUMENT...: an idle VM that is bound. Sets $id.
# shellcheck disable=SC2034,SC2317
bound() {
	tag=$1
	shift
	idle "$@"
	hcbpf vm attach --pid "$pid" --tag "$tag" > /tmp/attached
	id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
}

# field KEY FILE: its values, a line each
# shellcheck disable=SC2317
field() { grep -o "\"$1\":[^,}]*" "$2" | cut -d: -f2- | tr -d '"'; }

# asking POLICY [xen]: a VM whose guest calls what `asks` says. Sets $asked.
# shellcheck disable=SC2034,SC2317
asking() {
	rm -f /tmp/asks /tmp/answers
	mkfifo /tmp/asks
	guest ask "$@" < /tmp/asks > /tmp/answers &
	asker=$!
	all="$all $asker"
	exec 8> /tmp/asks
	eventually grep -q ready /tmp/answers
	asked=$(hcbpf vm list | awk -v pid=$asker '$2 == pid { print $1 }')
}

# asks LINE...: let that guest make these calls; what the last one returned is printed
# shellcheck disable=SC2317
asks() {
	n=$(($(wc -l < /tmp/answers) + $#))
	printf '%s\n' "$@" >&8
	eventually sh -c "[ \$(wc -l < /tmp/answers) -ge $n ]"
	tail -n 1 /tmp/answers
}

# A call that KVM answers, by number and name, and another one; hcbpf's doorbell; what is denied.
# shellcheck disable=SC2034 # the parts use them
case $(uname -m) in
x86_64) own=kvm passes=1 name=vapic_poll_irq unseen=11 bell=doorbell bell_nr=0x48430000 no_call=-1000 ;;
*) own=smccc passes=0x84000000 name=psci_version unseen=0x80000000 bell=doorbell bell_nr=0xc6004800 no_call=-1 ;;
esac

load_module
hcbpf load > /dev/null

for part in calls learn stats monitor journal top trace; do
	# shellcheck disable=SC1090,SC1091 # one after the other
	. ./observe/$part.sh
done

hcbpf unload standard > /dev/null
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
