# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What there is before an example of docs/*.md. To be sourced by docs.sh.

all=

# vmm PID ARGUMENT...: a VMM with that number, which says "ready" when it has a VM
vmm() {
	pid=$1
	shift
	rm -f /tmp/ready
	mkfifo /tmp/ready
	echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
	"$@" > /tmp/ready &
	[ $! = "$pid" ] || echo "the VMM is process $!, not $pid" >&2
	all="$all $!"
	read -r _ efd < /tmp/ready
}

idle() {
	pid=$1
	shift
	vmm "$pid" ./idlevm "$@"
}

clear_all() {
	for pid in $all; do
		kill -9 "$pid"
		wait "$pid" 2> /dev/null
	done
	all=
	guest wait-vms 0 5000 2> /dev/null
	for name in $(hcbpf -j policy list 2> /dev/null | grep -o '"name":"[^"]*"' | cut -d'"' -f4); do
		hcbpf unload "$name"
	done > /dev/null
	[ ! -e /dev/hcbpf ] || unload_module
}

# bind_until ID: the next VM to be bound has this id
bind_until() {
	idle 999
	while hcbpf vm attach --pid 999 > /tmp/attached; do
		id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
		hcbpf vm detach "$id" > /dev/null
		[ "$id" -lt $(($1 - 1)) ] || return 0
	done
}

setup_nothing() { :; }

setup_module() { load_module; }

setup_standard() {
	load_module
	hcbpf load
}
