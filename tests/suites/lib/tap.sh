# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for shell tests; to be sourced.
#
#	ok "what must hold" COMMAND...		COMMAND succeeds
#	not "what must not hold" COMMAND...	COMMAND fails
#	is "what" "$got" "$expected"		the two are equal
#	skip "what" "why not"
#	says "what" "text" ARGUMENT...		hcbpf ARGUMENT... succeeds, with the text in its output
#	done_testing				print the plan; fail if a test did
#
# The output of a COMMAND is shown, as TAP comments, only when its test fails.

tap_count=0 tap_failed=0

tap_result() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
		return
	fi
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $2"
	printf '%s\n' "$3" | sed 's/^/# /'
}

ok() {
	tap_name=$1
	shift
	tap_status=0
	tap_output=$("$@" 2>&1) || tap_status=$?
	tap_result $tap_status "$tap_name" "$* (exit status $tap_status): $tap_output"
}

not() {
	tap_name=$1
	shift
	tap_status=1
	tap_output=$("$@" 2>&1) || tap_status=0
	tap_result $tap_status "$tap_name" "$* (should have failed): $tap_output"
}

is() {
	tap_status=1
	[ "$2" != "$3" ] || tap_status=0
	tap_result $tap_status "$1" "is '$2', should be '$3'"
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

says() {
	tap_name=$1 tap_text=$2
	shift 2
	tap_status=0
	tap_output=$(hcbpf "$@" 2>&1) || tap_status=$?
	[ $tap_status != 0 ] || echo "$tap_output" | grep -qF -- "$tap_text" || tap_status=1
	tap_result $tap_status "$tap_name" "hcbpf $* (should say '$tap_text'): $tap_output"
}

# As JSON that is valid.
valid_json() { hcbpf "$@" > /tmp/json && json < /tmp/json && json_seen "$@"; }

# That /tmp/json is what `hcbpf ARGUMENT...` printed; outside of the lab it is compared with
# the schema.
json_seen() { printf '# json %s\t%s\n' "$*" "$(tr -d '\n' < /tmp/json)" >> /tmp/json.seen; }

done_testing() {
	if [ -e /tmp/json.seen ]; then
		sort -u /tmp/json.seen
		rm /tmp/json.seen
	fi
	echo "1..$tap_count"
	[ $tap_failed -eq 0 ]
}
