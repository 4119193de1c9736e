# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# An unmodified QEMU, started again and again, whose guest's first instruction is a call that
# the template denies: it never gets through.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

starts=${STARTS:-30}

# boot COMMAND...: what the guest's one line says. COMMAND runs QEMU, which stops a guest that
# cannot run and waits.
boot() {
	LD_LIBRARY_PATH=/lab/qemu/lib timeout 30 "$@" /lab/qemu/bin/qemu-system-x86_64 \
		-L /lab/qemu/share -nodefaults -no-user-config -display none -machine q35 \
		-accel kvm -cpu host -smp 2 -m 16 -name guest=db -bios /lab/guest/first.rom \
		-device isa-debug-exit,iobase=0xf4 -chardev stdio,id=line -serial chardev:line \
		2> /tmp/qemu.err
}

# as USER N: N starts, and how each ended.
as() {
	n=0
	while [ $n -lt "$2" ]; do
		if [ "$1" = root ]; then
			line=$(boot)
		else
			line=$(boot as-user "$1")
		fi
		echo "${line:-no answer}"
		n=$((n + 1))
	done | sort | uniq -c | sed 's/^ *//'
}

mkdir -p /etc/hcbpf/templates /etc/hcbpf/profiles
printf '%s\n' 'version: 1' 'name: first' 'unknown: pass' 'kvm:' \
	'  rules: [{call: 0, action: deny, ret: -77}]' > /etc/hcbpf/profiles/first.yaml
printf '%s\n' 'version: 1' 'name: db' 'profile: first' > /etc/hcbpf/templates/db.yaml
printf '%s\n' 'version: 1' 'rules:' \
	'  - {user: root, name: db, template: db, required: true}' \
	'  - {user: vmm1, template: db, required: true}' > /etc/hcbpf/admission.yaml
load_module linger=10000
chmod 666 /dev/kvm
ok "the standard policy is loaded" hcbpf load
is "without admission the call gets through" "$(as root 1)" "1 free"
ok "admission is on" hcbpf admit load
is "as root it never does" "$(as root "$starts")" "$starts denied"
is "nor as a user" "$(as vmm1 "$starts")" "$starts denied"
is "another user's does" "$(as vmm2 1)" "1 free"
is "each was admitted" "$(hcbpf -j admit list | grep -o '"nr_admitted":[0-9]*')" \
	"\"nr_admitted\":$((2 * starts))"
ok "without its policy" hcbpf unload standard
is "it does not run" "$(as root 1)" "1 no answer"
ok "admission is off" hcbpf admit clear
is "and it runs again" "$(as root 1)" "1 free"
ok "nothing is bound" guest wait-vms 0 5000
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
