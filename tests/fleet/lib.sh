# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What the hosts of the fleet share; to be sourced behind tap.sh.

log=/var/log/guest.log

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	tries=$(($1 * 2))
	shift
	until "$@" > /dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.5
	done
}

id() { hcbpf -j vm list | sed -n 's/.*"id":\([0-9]*\),.*/\1/p'; }
bound() { hcbpf -j vm list | grep -o '"policy":"[^"]*","profile":[^,]*'; }
state() { virsh domstate web-1 2> /dev/null | head -n 1; }
running() { [ "$(state)" = running ]; }

# number NAME: in the guest's last line.
number() { sed -n "s/.* $1 \([0-9]*\).*/\1/p" $log | tail -n 1; }
reported() { [ "$(number reported)" = 256 ]; }
# ticks N: the guest has made N more lines than when $lines was set.
mark() { lines=$(wc -l < $log); }
ticks() { [ $(($(wc -l < $log) - lines)) -ge "$1" ]; }
ended() { grep -q ^end $log; }

# An eventfd that counts what it is signalled, in /run/holder.
hold() {
	mkfifo /run/holder.fifo
	/lab/holder > /run/holder.fifo &
	head -n 1 /run/holder.fifo > /run/holder.at
}
# It has port 5 of web-1, whenever that is here.
claim() {
	read -r holder fd < /run/holder.at
	systemd-run --quiet --unit claim hcbpf port claim web-1 5 --eventfd "$holder:$fd"
}
count() { cat /run/holder; }
served() { hcbpf -j port list "$(id)" | grep -q '"action":"claim"'; }

# The VM's state as a file has it, eventfds left out: to be compared.
sum() { hcbpf vm save "$(id)" - 2> /dev/null | sha256sum; }

# said TEXT COMMAND...: it fails, and says so.
said() {
	text=$1
	shift
	"$@" > /run/said 2>&1 && return 1
	grep -F -- "$text" /run/said || { cat /run/said; return 1; }
}

# What the host has to say if a test failed.
explain() {
	[ "$tap_failed" != 0 ] || return 0
	journalctl -b --no-pager -o short-monotonic -t hcbpf -t libvirtd -t virtqemud -t systemd |
		grep -v 'Starting\|Started\|Reached\|Listening\|Finished' | tail -n 40 | sed 's/^/# /'
	tail -n 12 /var/log/libvirt/qemu/web-1.log | cut -c1-300 | sed 's/^/# /'
}
