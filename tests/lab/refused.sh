# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What `hcbpf` refuses; to be sourced after tap.sh.
#
#	refused "what" PATTERN ARGUMENT...	`hcbpf ARGUMENT...` fails: one line that matches
#						PATTERN on stderr, nothing on stdout; with
#						-j a JSON error; and the world stays as it was
#
# The world is what the function `world` prints; a suite may have its own. What a suite
# looks at afterwards is in /tmp/err.

world() { find /sys/fs/bpf/hcbpf 2> /dev/null; }

refused() {
	tap_name=$1 tap_pattern=$2
	shift 2
	tap_output=$(check_refused "$@")
	tap_result $? "$tap_name" "hcbpf $* (should say '$tap_pattern'): $tap_output"
}

check_refused() {
	trouble=0 before=$(world)
	hcbpf "$@" > /tmp/out 2> /tmp/err && trouble "exit status 0"
	[ ! -s /tmp/out ] || trouble "it wrote to stdout"
	grep -q "^hcbpf: " /tmp/err || trouble "no line begins with hcbpf:"
	# What the verifier said may follow, indented.
	[ "$(grep -vc "^  " /tmp/err)" = 1 ] || trouble "not one line"
	grep -qi -- "$tap_pattern" /tmp/err || trouble "not that"
	hcbpf -j "$@" > /tmp/json 2> /tmp/err.json && trouble "exit status 0 with -j"
	json < /tmp/json || trouble "no JSON: $(cat /tmp/json)"
	grep -q '^{"error":' /tmp/json || trouble "no error in JSON"
	[ "$(world)" = "$before" ] || trouble "it changed something"
	cat /tmp/err
	return $trouble
}

trouble() {
	echo "$1"
	trouble=1
}
