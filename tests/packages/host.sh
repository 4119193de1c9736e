# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What the packages do to a host, from its own point of view. Runs once at each boot; /lab
# has the steps that are still to come, the version of the new packages, and of the old
# ones if they are installed.
cd /lab || exit
# shellcheck source=tests/suites/lib/tap.sh
. /lab/tap.sh
# shellcheck source=tests/suites/lib/transcript.sh
. /lab/transcript.sh
export DEBIAN_FRONTEND=noninteractive

read -r step < /lab/steps
sed -i 1d /lab/steps
new=$(cat /lab/new) old=$(cat /lab/old 2> /dev/null)
release=$(uname -r)

apt() { apt-get -o Dpkg::Use-Pty=0 "$@" > /lab/apt.log 2>&1; }
apt_said() { grep -qF -- "$1" /lab/apt.log || { cat /lab/apt.log; return 1; }; }
install_new() { apt install -y --no-install-recommends /lab/debs/*.deb || { cat /lab/apt.log; return 1; }; }
ours() { dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' '*hcbpf*' | sed -n 's/^ii  *//p'; }
active() { systemctl is-active --quiet hcbpf.service || { systemctl status --no-pager hcbpf.service; return 1; }; }
running() { cat /sys/module/hcbpf/version; }

start_vm() {
	mkfifo /run/ready
	/lab/idlevm -name web-1 > /run/ready &
	read -r _ < /run/ready
}

bind_vm() {
	start_vm
	says "a VM is bound" 'bound to policy "standard"' vm attach --name web-1
	says "and is listed" web-1 vm list
}

# What a host is like on which hcbpf is installed and the module runs.
works() {
	is "the module $1 runs" "$(running)" "$1"
	ok "the unit is active" active
	says "the standard policy is loaded" standard policy list
	udevadm settle
	is "the group kvm may use the device" "$(stat -c '%U %G %a' /dev/hcbpf)" "root kvm 660"
}

# README's "On your own host", from the installation on.
try_readme() {
	mkdir /tmp/here
	ln -s /lab/debs/*.deb /tmp/here/
	split_blocks /tmp/blocks /lab/README.md > /tmp/list
	while read -r number where; do
		mark=$(block_mark "/tmp/blocks/$number")
		[ "$mark" = "${mark#tried: by the packages}" ] ||
			try_commands "/tmp/blocks/$number" "$where" "$(words_that_vary "$mark")"
	done < /tmp/list
}

step_install() {
	ok "there is no module before" test ! -e /sys/module/hcbpf
	start_vm
	try_readme
	works "$new"
	is "DKMS built it for this kernel" "$(dkms status | grep -c "hcbpf.$new, $release, x86_64: installed")" 1
	is "and signed it with this machine's key" "$(modinfo -F signer hcbpf)" "DKMS module signing key"
	is "the command is of that version" "$(hcbpf --version | cut -d' ' -f2)" "$new"
	ok "the exposure of its unit is at most 4" \
		systemd-analyze security --no-pager --threshold=40 hcbpf.service
}

step_upgrade() {
	works "$old"
	bind_vm
	ok "the newer packages are installed" install_new
	ok "and say that the old module runs until the next boot" apt_said \
		"hcbpf: module $old keeps running, with its policies and VMs; $new comes with the next boot"
	is "the command is the new one" "$(hcbpf --version | cut -d' ' -f2)" "$new"
	works "$old"
	says "the VM is still bound" web-1 vm list
	is "DKMS has the new one for this kernel, and no other" "$(dkms status)" \
		"hcbpf/$new, $release, x86_64: installed"
}

step_leave() {
	works "$new"
	bind_vm
	ok "the unit can be restarted" systemctl restart hcbpf.service
	says "with the VM bound" web-1 vm list
	ok "and reloaded" systemctl reload hcbpf.service
	says "so, too" web-1 vm list
	cp /usr/bin/hcbpf /run/kept
	# shellcheck disable=SC2046 # a list
	ok "the packages are removed" apt remove -y $(ours)
	ok "it says that the module stays" apt_said "hcbpf: the module that is loaded stays"
	ok "the VM is still bound" sh -c '/run/kept vm list | grep -q web-1'
	ok "they are purged" apt purge -y hcbpf
	/lab/files > /lab/files-after
	is "nothing of them is left" "$(diff /lab/files-before /lab/files-after)" ""
}

"step_$step"
done_testing
