#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the lab: run the suites that are named; suite NAME is NAME.sh in this directory.
#
# usage: suite.sh [--short] NAME...
#
# --short is for CPUs that are slow: it leaves out what runs for long, under load.

cd "$(dirname "$0")" || exit 2
export CMOCKA_MESSAGE_OUTPUT=TAP PATH="$PWD:$PATH"
status=0

short=
[ "$1" != --short ] || { short=1; shift; }

# Run test programs one after the other.
# shellcheck disable=SC2317 # called by the suites
run() {
	"$@" || status=1
}

# The same for those that run for long.
# shellcheck disable=SC2317 # called by the suites
run_long() {
	[ -n "$short" ] || run "$@"
}

# Repeat a command until it succeeds, for as long as an emulated CPU may take on a busy machine.
# shellcheck disable=SC2317,SC2086
eventually() {
	tries=0
	while ! "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || return 1
		usleep 50000
	done
}

# shellcheck disable=SC2317
load_module() {
	modprobe hcbpf linger=0 "$@" || exit 2
	# The udev rule of the package does this on a real machine.
	chgrp kvm /dev/hcbpf
	chmod 660 /dev/hcbpf
}

# How the module hooks KVM when nobody is in its way, as `guest info` says.
export usual_hook=direct
[ "$(uname -m)" = x86_64 ] || usual_hook=redirect

# Policies may take a moment to go, and with them the module's last user.
# shellcheck disable=SC2317,SC2086
unload_module() {
	tries=0
	while ! rmmod hcbpf 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		usleep 100000
	done
}

for suite; do
	# shellcheck disable=SC1090 # which it is is the question
	. "./$suite.sh"
done
exit $status
