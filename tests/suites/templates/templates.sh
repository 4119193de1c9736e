# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# The operator's way from files to VMs that are bound from their first instruction on: templates,
# rules of admission, bindings that the VMM cannot change. What the module makes of hostile VMMs
# is the suite admit's. The parts are in templates/.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

etc=/etc/hcbpf file=/etc/hcbpf/admission.yaml

# Files, and what is in force.
world() {
	cat $file $etc/templates/* 2> /dev/null
	[ ! -e /dev/hcbpf ] || hcbpf -j admit list
	hcbpf -j vm list 2> /dev/null
}

# template NAME LINE...
# shellcheck disable=SC2317
template() {
	name=$1
	shift
	printf '%s\n' 'version: 1' "name: $name" "$@" > $etc/templates/"$name".yaml
}

# rules LINE...: the file of admission
# shellcheck disable=SC2317
rules() {
	[ $# -gt 0 ] || set -- '[]'
	if [ "$1" = '[]' ]; then
		printf '%s\n' 'version: 1' 'rules: []'
	else
		printf '%s\n' 'version: 1' 'rules:' "$@"
	fi > $file
}

# failing NUMBER ERRNO "what" "text" ARGUMENT...: `hcbpf ARGUMENT...` says the text when that
# ioctl fails, and the world stays as it was
# shellcheck disable=SC2317
failing() {
	tap_ioctl=$1 tap_errno=$2 tap_name=$3 tap_text=$4
	shift 4
	tap_before=$(world) tap_status=0
	tap_output=$(fail_ioctl "$tap_ioctl" "$tap_errno" hcbpf "$@" 2>&1) && tap_status=1
	echo "$tap_output" | grep -qF -- "$tap_text" || tap_status=1
	[ "$(world)" = "$tap_before" ] || tap_status=1
	tap_result $tap_status "$tap_name" "hcbpf $* (should say '$tap_text'): $tap_output"
}

# A VMM as an ordinary user, whose guest makes the calls that it is told. Sets $pid.
# shellcheck disable=SC2317
start_guest() {
	rm -f /tmp/calls /tmp/answers
	mkfifo /tmp/calls /tmp/answers
	as-user "$@" < /tmp/calls > /tmp/answers &
	pid=$!
	exec 7> /tmp/calls 8< /tmp/answers
	read -r _ _ <&8
}

# shellcheck disable=SC2317
kill_guest() {
	exec 7>&- 8<&-
	kill -9 "$pid"
	wait "$pid" 2> /dev/null
	guest wait-vms 0 5000
}

# call NR [ARG [PORT]]: "RESULT WHO", see talker.c.
# shellcheck disable=SC2317
call() {
	echo "$*" >&7
	read -r answer <&8
	echo "$answer"
}

mkdir -p $etc/templates $etc/profiles
. ./templates/files.sh
load_module
ok "the standard policy is loaded" hcbpf load
for part in force change vms operator; do
	# shellcheck disable=SC1090,SC1091 # one after the other
	. ./templates/$part.sh
done

ok "admission is switched off" hcbpf admit clear
ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
