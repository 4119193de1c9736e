# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts share that build the crate; to be sourced.
#
# RUST_BIN is where cargo and rustc are: the distribution's in /usr/bin, unless told.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/suites/lib/tap.sh
. "$repo/tests/suites/lib/tap.sh"
# shellcheck source=tests/rust/libtest.sh
. "$repo/tests/rust/libtest.sh"

# rust_rig BUILD PROGRAM...: go to the crate, with the programs at hand, $build and $out.
rust_rig() {
	local program

	build=$(cd "$1" && pwd) || exit 2
	out=$build/rust
	shift
	export PATH=${RUST_BIN:=/usr/bin}:$PATH
	for program; do
		[ -x "$RUST_BIN/$program" ] || {
			echo "there is no $RUST_BIN/$program: 'scripts/setup rust' installs it" >&2
			exit 2
		}
	done
	# Nobody else's settings, and nothing of what another suite builds.
	export CARGO_HOME=$out/home CARGO_TARGET_DIR=$out/target CARGO_INCREMENTAL=0
	export RUSTFLAGS='-D warnings' RUSTDOCFLAGS='-D warnings'
	unset HCBPF_LIB_DIR HCBPF_STATIC MAKEFLAGS MFLAGS
	unset PKG_CONFIG PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
	rm -rf "$out/lab"
	mkdir -p "$out/lab" "$out/pkgconfig"
	cd "$repo/rust" || exit 2
}

cargo() { command cargo "$1" --offline --locked "${@:2}"; }
static() { HCBPF_STATIC=1 HCBPF_LIB_DIR=$build/lib "$@"; }

# programs OPTION...: the test programs that cargo builds.
programs() {
	static cargo test --no-run --message-format=json "$@" 2> /dev/null |
		sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'
}
