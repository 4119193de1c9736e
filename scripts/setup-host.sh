# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Root file systems of other machines: hosts with systemd to try the packages on, and
# builders of packages for another release of Debian.
#
# To be sourced, behind apt-private.sh; expects $repo and the functions say, die, ready
# and put_in_place.
# shellcheck disable=SC2154 # those, and what apt-private.sh sets

# What the packages need, and what a host of their users has beside it: DKMS, or libvirt.
host_packages() {
	local common=systemd,systemd-sysv,dbus,udev,kmod,procps,libexpat1,libsystemd0,libyaml-0-2,zlib1g
	local builds=dkms,gcc,make,libc6-dev,openssl,pahole,xz-utils
	local libvirt=libvirt-daemon-system,libvirt-clients,qemu-system-x86,apparmor,iproute2,socat
	local bookworm=libelf1,libjson-c5,libconfig9 trixie=libelf1t64,libjson-c5,libconfig11,libbpf1

	case $1 in
	bookworm) echo "$common,$builds,$bookworm" ;;
	trixie) echo "$common,$builds,$trixie" ;;
	bookworm-libvirt) echo "$common,$libvirt,$bookworm" ;;
	trixie-libvirt) echo "$common,$libvirt,$trixie" ;;
	*) die "no host with '$1': bookworm and trixie are known, with -libvirt or without" ;;
	esac
}

# Those of setup's components build and deb, as far as packages need them.
builder_packages() {
	echo "build-essential,debhelper,dh-dkms,dpkg-dev,fakeroot,lintian,clang-19,libbpf-dev,bpftool,libconfig-dev,libexpat1-dev,libsystemd-dev,libyaml-dev,libelf-dev,libjson-c-dev,libncurses-dev,pkg-config,zlib1g-dev"
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

# What it was made of: made anew when that changes.
host_is() {
	ready "$1" && [ "$(cat "$1/packages" 2> /dev/null)" = "$2" ]
}

# get_host RELEASE[-libvirt]: build/hosts/THAT/root.tar, and for packages a builder/ if this
# machine's own are not for that release.
get_host() {
	local dir=$repo/build/hosts/$1 release=${1%-libvirt} packages builder tmp

	packages=$(host_packages "$1")
	builder=
	[ "$release" != "$1" ] || [ "$1" = "$codename" ] || builder=$(builder_packages)
	host_is "$dir" "$packages $builder" && return
	say "making the root file system of a host: $1 (downloads some 130 MB)"
	tmp=$(mktemp -d "$repo/build/tmp.host.XXXXXX")
	chmod 755 "$tmp"
	make_root "$release" "$packages" "$tmp/root.tar"
	[ -z "$builder" ] || {
		say "and of a machine that builds its packages (some 400 MB)"
		make_root "$release" "$builder" "$tmp/builder"
	}
	echo "$packages $builder" > "$tmp/packages"
	put_in_place "$tmp" "$dir"
}
