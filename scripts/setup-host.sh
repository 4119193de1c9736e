# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Root file systems of other machines: hosts with systemd to try the packages on, and
# builders of packages for another release of Debian.
#
# To be sourced, behind apt-private.sh; expects $repo and the functions say, die, ready
# and put_in_place.
# shellcheck disable=SC2154 # those, and what apt-private.sh sets

# What the packages need, and what a host of their users has beside it.
host_packages() {
	local common=systemd,systemd-sysv,dbus,udev,kmod,procps,dkms,gcc,make,libc6-dev,pahole,xz-utils

	case $1 in
	bookworm) echo "$common,zlib1g,libelf1,libjson-c5,libconfig9,libyaml-0-2" ;;
	trixie) echo "$common,zlib1g,libelf1t64,libjson-c5,libconfig11,libyaml-0-2,libbpf1" ;;
	*) die "no host with '$1': bookworm and trixie are known" ;;
	esac
}

# Those of setup's components build and deb, as far as packages need them.
builder_packages() {
	echo "build-essential,debhelper,dh-dkms,dpkg-dev,fakeroot,lintian,clang-19,libbpf-dev,bpftool,libconfig-dev,libyaml-dev,libelf-dev,libjson-c-dev,pkg-config,zlib1g-dev"
}

# make_root RELEASE PACKAGES TARGET: a tar, or a folder, with these installed.
make_root() {
	apt_choose_release_of "$1"
	apt_update
	mmdebstrap --quiet --variant=minbase --aptopt='Acquire::Languages "none"' \
		--aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$2" "$1" "$3" "$apt_dir/debian.sources" ||
		die "mmdebstrap made no root file system of Debian $1"
}

apt_choose_release_of() { [ "$1" = "$codename" ] || apt_choose_release "$1"; }

# get_host RELEASE: build/hosts/RELEASE/root.tar, and a builder/ if this machine's own
# packages are not for it.
get_host() {
	local dir=$repo/build/hosts/$1 tmp

	ready "$dir" && return
	say "making the root file system of a host with Debian $1 (downloads some 130 MB)"
	tmp=$(mktemp -d "$repo/build/tmp.host.XXXXXX")
	chmod 755 "$tmp"
	make_root "$1" "$(host_packages "$1")" "$tmp/root.tar"
	[ "$1" = "$codename" ] || {
		say "and of a machine that builds its packages (some 400 MB)"
		make_root "$1" "$(builder_packages)" "$tmp/builder"
	}
	put_in_place "$tmp" "$dir"
}
