# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What packages of every kind are made from. To be sourced: goes to the top of the tree.
# DEBFULLNAME and DEBEMAIL say who makes them.
# shellcheck disable=SC2034 # for those who source it

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$repo" || exit
version=$(sed -n 's/^.define HCBPF_M[AI][JN]OR //p;s/^.define HCBPF_PATCH //p' \
	include/hcbpf/version.h | paste -sd.)
maintainer="${DEBFULLNAME:-hcbpf maintainers} <${DEBEMAIL:-hcbpf@example.org}>"
unset MAKEFLAGS MFLAGS MAKELEVEL DESTDIR PREFIX

# copy_sources DIRECTORY: what is in git, or all but build/ of a tree without.
copy_sources() {
	mkdir -p "$1"
	if [ -e .git ]; then
		git ls-files -z --cached --others --exclude-standard
	else
		find . -path ./build -prune -o -type f -print0
	fi | tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$1"
}

# What the system's own libbpf is too old for (Debian 12's does not know struct_ops in
# modules) is linked from the copy that scripts/setup unpacked, if it did.
use_unpacked_libbpf() {
	[ -e build/libbpf/lib/libbpf.a ] || return
	export LIBBPF=$repo/build/libbpf BPFTOOL=$repo/build/bpftool/bin/bpftool
}
