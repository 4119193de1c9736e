# shellcheck shell=sh disable=SC3045,SC2016 # busybox's read has -t; $ is for the guest
# SPDX-License-Identifier: GPL-2.0-only
#
# A stock Linux guest in an unmodified QEMU, which knows nothing of hcbpf: the
# kernel's own SDEI driver is the client, and QEMU's migration moves its state.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

# start_qemu OPTIONS...: the guest does not run yet. Sets $qemu.
start_qemu() {
	rm -f /tmp/guest.* /tmp/mon.*
	mkfifo /tmp/guest.in /tmp/guest.out /tmp/mon.in /tmp/mon.out
	/lab/guest/qemu -nodefaults -no-user-config -display none -no-reboot -S \
		-machine virt,gic-version=3 -accel kvm -cpu host,pmu=off -smp 2 -m 256 \
		-kernel /lab/guest/vmlinuz -initrd /lab/guest/guest.cpio.gz \
		-dtb /lab/guest/virt.dtb -append "quiet panic=-1 rdinit=/init" \
		-chardev pipe,id=guest,path=/tmp/guest -serial chardev:guest \
		-chardev pipe,id=mon,path=/tmp/mon -mon chardev=mon,mode=readline \
		"$@" > /tmp/qemu.out 2>&1 &
	qemu=$!
	exec 5> /tmp/mon.in 6< /tmp/mon.out 7> /tmp/guest.in 8< /tmp/guest.out
	cat <&6 > /tmp/mon.log &
}

end_qemu() {
	echo quit >&5
	wait "$qemu"
	exec 5>&- 6<&- 7>&- 8<&-
}

# ask LINES: what the guest's shell says to them. Fails as they do there.
ask() {
	[ -z "$1" ] || echo "$1" >&7
	while IFS= read -r -t 100 line <&8; do
		case $line in
		"= 0" | "= up") return 0 ;;
		"= "*) return 1 ;;
		esac
		echo "$line"
	done
	sed 's/^/# /' /tmp/qemu.out >&2
	return 1
}

# What the guest's handlers have counted on CPU 0 and on CPU 1.
hits() { ask 'cat $client/hits' | cut -d, -f1,2; }
hits_are() { [ "$(hits)" = "$1" ]; }

# Each until it is handled: the next one might join it.
signal_all() {
	ask 'for i in $(seq 5); do for c in 0 1; do b=$(cat $client/hits); '\
'echo $c > $client/signal || exit 1; '\
'while [ "$(cat $client/hits)" = "$b" ]; do :; done; done; done'
}

# QEMU opens its pipes before it makes the VM.
attach() {
	hcbpf vm wait --pid "$qemu" --until present --timeout 100 > /dev/null &&
		hcbpf -j vm attach --pid "$qemu" | sed -n 's/.*"id":\([0-9]*\).*/\1/p'
}

inject_all() {
	for cpu in 0 1; do
		for round in 1 2 3 4 5; do
			hcbpf sdei inject "$vm" $cpu > /dev/null || return 1
			eventually not_pending || return 1
		done
	done
	: "$round"
}

# shellcheck disable=SC2317 # called by eventually
not_pending() { ! hcbpf sdei show "$vm" | grep -q pending; }

handlers() { hcbpf -j sdei show "$vm" | grep -o '"handler":"[a-z,]*"' | sort -u; }

# shellcheck disable=SC2317
migrated() { echo info migrate >&5; grep -q 'Migration status: completed' /tmp/mon.log; }

# shellcheck disable=SC2317
runs() { echo info status >&5; grep -q 'VM status: running' /tmp/mon.log; }

load_module sdei=1
hcbpf load > /dev/null || exit 2
ok "JSON of bench" valid_json -j bench --calls 100
not "it measures SDEI's path, too" grep '"note":"' /tmp/json

start_qemu
vm=$(attach)
ok "an unmodified QEMU is bound" test -n "$vm"
cat > /tmp/strict.yaml <<'END'
version: 1
name: strict
include: [kvm-default]
unknown: deny
END
ok "its guest may call what guests of KVM may, and nothing else" hcbpf profile apply "$vm" /tmp/strict.yaml
echo cont >&5
ok "Debian's kernel boots" ask ""
is "its driver finds SDEI" \
	"$(ask 'dmesg' | grep -o 'sdei: SDEIv1.0 (0x48434250) detected in firmware')" \
	"sdei: SDEIv1.0 (0x48434250) detected in firmware"
ok "a client of the driver registers" ask "insmod /sdei_client.ko"
is "on every CPU" "$(handlers)" '"handler":"registered,enabled"'
ok "the guest signals all its CPUs" signal_all
ok "the handlers have run on each" eventually hits_are 5,5
ok "the host signals them" inject_all
ok "the handlers have run on each again" eventually hits_are 10,10
ok "a CPU goes and comes back" \
	ask 'c=/sys/devices/system/cpu/cpu1/online; echo 0 > $c && echo 1 > $c'
ok "the host signals all" inject_all
ok "with its handler" eventually hits_are 15,15

echo 'migrate "exec:cat > /tmp/state"' >&5
ok "QEMU saves the guest" eventually migrated
end_qemu
ok "its binding has ended" guest wait-vms 0 1000

# The state comes once somebody is there to take it.
start_qemu -incoming defer
vm=$(attach)
ok "another QEMU is bound" test -n "$vm"
echo 'migrate_incoming "exec:cat /tmp/state"' >&5
echo cont >&5
# What comes before the state is there gets lost.
ok "it restores the guest" eventually runs
ok "the guest goes on there" ask "true"
is "its handlers are registered" "$(handlers)" '"handler":"registered,enabled"'
ok "nothing was delivered on the way" hits_are 15,15
ok "the guest signals" signal_all
ok "and handles" eventually hits_are 20,20
ok "the host signals" inject_all
ok "and is heard" eventually hits_are 25,25
ok "the client unregisters" ask "rmmod sdei_client"
is "nobody listens" "$(handlers)" '"handler":"unregistered"'
not "then there is nobody to signal" hcbpf sdei inject "$vm" 0
end_qemu

hcbpf unload standard > /dev/null
ok "the module unloads" unload_module
start_qemu -incoming "exec:cat /tmp/state"
wait "$qemu"
is "a destination without the module refuses" $? 1
ok "and says why" grep -qi "error while loading state.*cpu" /tmp/qemu.out
exec 5>&- 6<&- 7>&- 8<&-
run done_testing
