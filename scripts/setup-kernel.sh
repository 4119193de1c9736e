# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Kernels to test on, with their headers, from Debian's packages: the one for everyday
# use, and those of tests/kernels/list.
#
# To be sourced, behind apt-private.sh; expects $repo, $build, $arch, $deb_suffix and
# the functions say, die, ready and put_in_place.
# shellcheck disable=SC2154 # those, and what apt-private.sh sets

# in_arch PACKAGE: its full name. Headers are the same for all; the programs among
# them (linux-kbuild) must run here, and the kernel there.
in_arch() {
	case $1 in
	*-common | *-common-rt | linux-kbuild-*) printf '%s\n' "$1" ;;
	*) printf '%s%s\n' "$1" "${deb_suffix?}" ;;
	esac
}

# kernel_packages RELEASE: the packages that make up headers and image of that kernel,
# one per line.
kernel_packages() {
	local todo=("linux-headers-$1" "linux-image-$1") name depends seen=' '

	# Only the kernel's own pieces: not the compiler, not libc headers.
	while [ ${#todo[@]} -gt 0 ]; do
		name=${todo[0]}
		todo=("${todo[@]:1}")
		[[ $seen != *" $name "* ]] || continue
		seen+="$name "
		in_arch "$name"
		depends=$(apt_field "$(in_arch "$name")" Depends)
		# shellcheck disable=SC2207 # package names are words
		todo+=($(awk -v RS='[,|]' '{ sub(/:.*/, "", $1); print $1 }' <<< "$depends" |
			grep -E '^linux-(headers|kbuild|image|modules|binary|base)-' |
			grep -v -e -unsigned || :))
	done
}

# headers_package PATTERN: the name of the headers of one release. They may be those that
# a package without a release in its name depends on, or the newest that fits.
headers_package() {
	if [[ $1 == *\** ]]; then
		apt-cache -c "$apt_dir/apt.conf" pkgnames "${1%%\**}" | sed 's/:.*//' |
			grep -E "^${1/\*/[0-9.]*[^-]*}\$" | sort -V | tail -n1
	else
		apt_field "$1${deb_suffix?}" Depends | sed 's/[, ]/\n/g' |
			grep -m1 '^linux-headers-' | sed 's/:.*//' || :
	fi
}

# fetch_kernel DIR PATTERN [TOOLS]
fetch_kernel() {
	local dir=$1 headers release tmp pkgs

	headers=$(headers_package "$2")
	[ -n "$headers" ] ||
		die "no package $2 in this machine's Debian sources: add $apt_release-security to them"
	release=${headers#linux-headers-}
	say "downloading test kernel $release (about 120 MB, unpacked only, not installed)"
	tmp=$(mktemp -d "$repo/build/tmp.kernel.XXXXXX")
	pkgs=$(kernel_packages "$release")
	# shellcheck disable=SC2086 # a list of words
	apt_unpack "$tmp/root" $pkgs
	arrange_kernel "$tmp" "$release" "${3:-}"
	put_in_place "$tmp" "$dir"
	say "test kernel: ${dir#"$repo"/}"
}

# The one for everyday use: this machine's release has it.
get_kernel() {
	local dir=$build/kernel/debian-$arch

	ready "$dir" && return
	apt_update
	case $codename in
	bookworm) fetch_kernel "$dir" "linux-headers-6.12-${deb_arch?}" ;;
	*) fetch_kernel "$dir" "linux-headers-$deb_arch" ;;
	esac
}

# get_listed_kernel NAME: one of the list.
get_listed_kernel() {
	local name=$1 dir=$build/kernel/$1-$arch row release pattern

	row=$(awk -F ' *[|] *' -v name="$name" '$1 == name { print $2 " " $3 }' "$repo/tests/kernels/list")
	[ -n "$row" ] || die "no kernel '$name' in tests/kernels/list"
	read -r release pattern <<< "${row/ARCH/$deb_arch}"
	ready "$dir" && return
	apt_choose_release "$release"
	apt_update
	[ "$release" = "$codename" ] || get_tools "$release"
	fetch_kernel "$dir" "$pattern" "$([ "$release" = "$codename" ] || tools_of "$release")"
}

tools_of() { printf '%s/tools-%s' "${build?}" "$1"; }

# get_tools RELEASE: what builds for a kernel of another release of Debian: its compiler,
# and the C library that its headers' own programs are linked with.
get_tools() {
	local dir gcc tmp names

	dir=$(tools_of "$1")
	ready "$dir" && return
	case $1 in
	bookworm) gcc='gcc-12' ;;
	forky) gcc='gcc-16' ;;
	*) gcc='gcc-14' ;;
	esac
	[ "$arch" = x86_64 ] || gcc="$gcc $gcc-aarch64-linux-gnu"
	# shellcheck disable=SC2086 # a list of words
	names=$(apt_to_install bash binutils coreutils dash diffutils findutils $gcc grep make mawk \
		pahole sed)
	say "downloading the compiler of Debian $1 (about 100 MB, unpacked only, not installed)"
	tmp=$(mktemp -d "$repo/build/tmp.tools.XXXXXX")
	# shellcheck disable=SC2086 # a list of words
	apt_unpack "$tmp" $names
	ln -s mawk "$tmp/usr/bin/awk"	# by installing it, else
	put_in_place "$tmp" "$dir"
}

# arrange_kernel DIR RELEASE [TOOLS]: the layout that the lab and the Makefile rely on.
arrange_kernel() {
	local dir=$1 release=$2 tools=${3:-} modules common cross=':' enter=''

	[ "$arch" = x86_64 ] || cross="export ARCH=$arch CROSS_COMPILE=aarch64-linux-gnu-"

	[ -z "$tools" ] || {
		ln -s "../../$(basename "$tools")" "$dir/tools"
		# shellcheck disable=SC2016 # for kmake
		enter='unshare -m$([ "$(id -u)" = 0 ] || echo r) sh -c "$enter" "$tools" '
	}

	modules=$(cd "$dir/root" && find . -maxdepth 4 -path "*/lib/modules/$release" -print -quit)
	common=$(cd "$dir/root/usr/src" && echo linux-headers-*-common*)
	[ -n "$modules" ] || die "the kernel packages hold no modules for $release"
	[ -e "$dir/root/usr/src/$common/Makefile" ] || die "the kernel packages hold no common headers"
	[ -e "$dir/root/usr/src/linux-headers-$release/vmlinux" ] ||
		die "the headers of $release come without vmlinux: modules would have no BTF"

	ln -s "root/${modules#./}" "$dir/modules"
	if [ -e "$dir/root/boot/vmlinuz-$release" ]; then
		ln -s "root/boot/vmlinuz-$release" "$dir/vmlinuz"
	else
		ln -s modules/vmlinuz "$dir/vmlinuz"
	fi
	[ -e "$dir/vmlinuz" ] || die "the kernel packages hold no vmlinuz for $release"
	ln -s "root/usr/src/linux-headers-$release" "$dir/headers"
	echo "$release" > "$dir/release"
	# The flavour's own Makefile names /usr/src, so start from the common one; from 7 on
	# that has to be told where the flavour is.
	cat > "$dir/kmake" <<-EOF
	#!/bin/sh
	# usage: kmake MODULE-DIR [MAKE-ARGUMENT...]   (made by scripts/setup)
	here=\$(dirname "\$(readlink -f "\$0")")
	top=\$here/root/usr/src
	module=\$(realpath "\$1") && shift
	$cross
	export KBUILD_OUTPUT="\$top/linux-headers-$release"
	${tools:+tools=\$(realpath "\$here/tools")}
	# In a name space of its own, all of /usr is that of the kernel's own Debian.
	enter='mount --bind "\$0/usr" /usr && exec "\$@"'
	exec ${enter}make -C "\$top/linux-headers-$release" -f "\$top/$common/Makefile" M="\$module" "\${@:-modules}"
	EOF
	chmod +x "$dir/kmake"
}
