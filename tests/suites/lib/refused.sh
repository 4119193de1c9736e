# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What `hcbpf` refuses; to be sourced after tap.sh.
#
#	refused "what" TEXT ARGUMENT...		`hcbpf ARGUMENT...` fails: one line that has
#						TEXT in it on stderr, nothing on stdout; with
#						-j a JSON error; and the world stays as it was
#
# The world is what the function `world` prints; a suite may have its own, and its own
# way to look for TEXT, an option of grep's. What a suite looks at afterwards is in /tmp/err.

refused_match=-F
world() { find /sys/fs/bpf/hcbpf 2> /dev/null; }

refused() {
	tap_name=$1 tap_text=$2
	shift 2
	tap_output=$(check_refused "$@")
	tap_result $? "$tap_name" "hcbpf $* (should say '$tap_text'): $tap_output"
}

check_refused() {
	trouble=0 before=$(world)
	hcbpf "$@" > /tmp/out 2> /tmp/err && trouble "exit status 0"
	[ ! -s /tmp/out ] || trouble "it wrote to stdout"
	grep -q "^hcbpf: " /tmp/err || trouble "no line begins with hcbpf:"
	case $1 in
	# What the verifier said may follow, indented.
	load | replace) lines=$(grep -vc "^  " /tmp/err) ;;
	*) lines=$(wc -l < /tmp/err) ;;
	esac
	[ "$lines" = 1 ] || trouble "not one line"
	grep "^hcbpf: " /tmp/err | grep -q $refused_match -e "$tap_text" || trouble "not that"
	hcbpf -j "$@" > /tmp/json 2> /tmp/err.json && trouble "exit status 0 with -j"
	json < /tmp/json || trouble "no JSON: $(cat /tmp/json)"
	grep -q '^{"error":' /tmp/json || trouble "no error in JSON"
	json_seen "$@"
	[ "$(world)" = "$before" ] || trouble "it changed something"
	cat /tmp/err
	return $trouble
}

trouble() {
	echo "$1"
	trouble=1
}
