# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# VMs that do nothing, or next to nothing, each of a process of its own; to be sourced.

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

# observed_of USER: a VM of that user that is observed, whose guest has made a call. Sets $id and
# $pid. The user may open /dev/hcbpf.
# shellcheck disable=SC2034 # whoever sources this uses them
observed_of() {
	rm -f /tmp/ask /tmp/told
	mkfifo /tmp/ask
	# It can write to what it reads, and so never comes to its end.
	as-user "$1" ./guest ask standard <> /tmp/ask > /tmp/told &
	pid=$!
	all="$all $pid"
	eventually grep -qs ready /tmp/told
	id=$(hcbpf vm observe --pid $pid | sed 's/VM \([0-9]*\) .*/\1/')
	echo 98 > /tmp/ask
	eventually sh -c "[ \$(wc -l < /tmp/told) = 2 ]"
}

kill_all() {
	for pid in $all; do
		kill -9 "$pid"
		wait "$pid" 2> /dev/null
	done
	all=
	[ ! -e /dev/hcbpf ] || guest wait-vms 0 5000
}
