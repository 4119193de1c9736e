# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Rust's own tests as TAP; to be sourced after tap.sh.
#
#	libtest COMMAND...	a result for each test that a test program or cargo has run

libtest() {
	libtest_status=0
	libtest_output=$("$@" 2>&1) || libtest_status=$?
	libtest_list=$(mktemp)
	printf '%s\n' "$libtest_output" |
		sed -n 's/^test \(.*\) \.\.\. \(ok\|FAILED\)$/\2 \1/p' > "$libtest_list"
	while read -r libtest_result libtest_name; do
		case $libtest_result in
		ok) tap_result 0 "$libtest_name" ;;
		*) tap_result 1 "$libtest_name" "$libtest_output" ;;
		esac
	done < "$libtest_list"
	# What ran nothing, or failed in another way than by a test.
	if [ ! -s "$libtest_list" ] ||
		{ [ $libtest_status != 0 ] && ! grep -q ^FAILED "$libtest_list"; }; then
		tap_result 1 "$* runs (exit status $libtest_status)" "$libtest_output"
	fi
	rm "$libtest_list"
}
