# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# VMs that do nothing, each of a process of its own; to be sourced.

# idle ARGUMENT...: a VM of a process with these arguments. Sets $pid and $fd, and adds
# the former to $all.
all=
idle() {
	rm -f /tmp/ready
	mkfifo /tmp/ready
	./idlevm "$@" > /tmp/ready &
	pid=$!
	all="$all $pid"
	# shellcheck disable=SC2034 # whoever sources this uses it
	read -r _ fd < /tmp/ready
}

kill_all() {
	for pid in $all; do
		kill -9 "$pid"
		wait "$pid" 2> /dev/null
	done
	all=
	[ ! -e /dev/hcbpf ] || guest wait-vms 0 5000
}
