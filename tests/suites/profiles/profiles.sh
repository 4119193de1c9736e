# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What the command does to the world of a guest: rules, profiles, another
# program for its policy, and its way to another host. The parts are in parts/.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

# ---- a guest, one at a time

# What a call of Xen's gets that passes: on x86 KVM takes it to the VMM, on arm64 it
# knows none. And the ABI of the other guest.
# shellcheck disable=SC2034 # the parts use them
passed="77 vmm" plain=kvm plain_abi=1
# shellcheck disable=SC2034
[ "$(uname -m)" = x86_64 ] || passed="-1 kernel" plain=smccc plain_abi=4

# start_guest xen|plain: sets $pid and $eventfd.
start_guest() {
	rm -f /tmp/calls /tmp/answers
	mkfifo /tmp/calls /tmp/answers
	talker "$1" < /tmp/calls > /tmp/answers &
	pid=$!
	exec 7> /tmp/calls 8< /tmp/answers
	read -r _ eventfd <&8
}

# bind_guest [OPTION...]: sets $id.
# shellcheck disable=SC2120
bind_guest() {
	hcbpf vm attach --pid "$pid" "$@" > /dev/null
	id=$(guest first)
}

# new_guest xen|plain [PROFILE]: bound, with a profile, and port 5 served.
new_guest() {
	start_guest "$1"
	# shellcheck disable=SC2119
	bind_guest
	[ -z "$2" ] || hcbpf profile apply "$id" "$2" > /dev/null
	hcbpf port set "$id" 5 eventfd "$pid:$eventfd" > /dev/null
}

kill_guest() {
	exec 7>&- 8<&-
	kill -9 "$pid"
	wait "$pid" 2> /dev/null
	guest wait-vms 0 5000
}

# call NR [ARG [PORT]]: "RESULT WHO", see talker.c.
call() {
	echo "$*" >&7
	read -r answer <&8
	echo "$answer"
}

# answers NAME EXPECTED NR [ARG [PORT]]
answers() {
	name=$1 expected=$2
	shift 2
	is "$name" "$(call "$@")" "$expected"
}

# ---- what the command says

# field KEY ARGUMENT...: KEY's last value in the JSON of `hcbpf ARGUMENT...`.
field() {
	key=$1
	shift
	hcbpf -j "$@" | sed -n 's/.*"'"$key"'":"\{0,1\}\([^,"}]*\).*/\1/p'
}

# What the command knows of the guest.
world() {
	if [ -n "$id" ]; then
		hcbpf -j vm show "$id"
	else
		hcbpf vm list
	fi 2>&1
	find /sys/fs/bpf/hcbpf
}

# refused_json NAME TEXT ARGUMENT...: with -j, TEXT is in the JSON of the error, and the
# world stays as it was.
refused_json() {
	name=$1 text=$2
	shift 2
	tap_status=0 tap_world=$(world)
	tap_output=$(hcbpf -j "$@" 2>&1 > /tmp/json) && tap_status=1
	json < /tmp/json && grep -q '^{"error":' /tmp/json && grep -qF -- "$text" /tmp/json ||
		tap_status=1
	[ "$(world)" = "$tap_world" ] || tap_status=1
	tap_result $tap_status "$name" "hcbpf -j $* (should say '$text'): $tap_output $(cat /tmp/json)"
}

# ----

load_module
ok "the standard policy is loaded" hcbpf load
mkdir -p /etc/hcbpf/profiles /tmp/profiles

for part in story change rules files unknown restore replace; do
	id=
	# shellcheck disable=SC1090,SC1091 # one after the other
	. ./parts/$part.sh
done

ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
