# shellcheck shell=sh disable=SC3045,SC2016 # busybox's read has -t; $ is for others
# SPDX-License-Identifier: GPL-2.0-only
#
# A QEMU that none of us wrote, with a Debian kernel as a Xen guest inside, and
# what KVM's tracepoints saw of its hypercalls. To be sourced, in the lab.

tracing=/sys/kernel/tracing

# ---- the guest

# One that has ended is still there for kill, until it is waited for.
alive_or_fail() {
	[ ! -e "/proc/$qemu/exe" ] || return 0
	echo "Bail out! QEMU has ended: $(tail -n 1 /tmp/qemu.out)"
	exit 1
}

# qemu_start: the guest is there, and has not begun. Sets $qemu. Bind it now, or not.
# Options of the command line are what QEMU's manual says of Xen guests.
qemu_start() {
	rm -f /tmp/console
	mkfifo /tmp/guest.in /tmp/guest.out /tmp/qmp.in /tmp/qmp.out
	LD_LIBRARY_PATH=/lab/qemu/lib /lab/qemu/bin/qemu-system-x86_64 -L /lab/qemu/share \
		-name guest=web-1 -nodefaults -no-user-config -display none -no-reboot -S \
		-machine q35 -accel kvm,xen-version=0x40011,kernel-irqchip=split \
		-cpu host,+xen-vapic -smp 2 -m 256 \
		-kernel /lab/guest/vmlinuz -initrd /lab/guest/guest.cpio.gz \
		-append "console=ttyS0 quiet panic=-1 tsc=unstable rdinit=/init" \
		-chardev file,id=console,path=/tmp/console -serial chardev:console \
		-chardev pipe,id=guest,path=/tmp/guest -device xen-console,chardev=guest \
		-chardev pipe,id=qmp,path=/tmp/qmp -mon chardev=qmp,mode=control \
		-drive file=/tmp/disk,if=xen,format=raw \
		-netdev user,id=net -device xen-net-device,netdev=net > /tmp/qemu.out 2>&1 &
	qemu=$!
	# Each waits for QEMU to open the other end; the end of another child interrupts that.
	until command exec 5> /tmp/qmp.in; do alive_or_fail; done
	until command exec 6< /tmp/qmp.out; do alive_or_fail; done
	until command exec 7> /tmp/guest.in; do alive_or_fail; done
	until command exec 8< /tmp/guest.out; do alive_or_fail; done
	# Opened: the names are not needed any more.
	rm /tmp/guest.in /tmp/guest.out /tmp/qmp.in /tmp/qmp.out
	qmp qmp_capabilities
}

# qmp COMMAND [ARGUMENTS]: waits for QEMU's answer; events in between do not matter.
qmp() {
	echo "{\"execute\":\"$1\"${2:+,\"arguments\":$2}}" >&5
	while read -r -t 60 line <&6; do
		case $line in
		*'"return"'*) return 0 ;;
		*'"error"'*) echo "$line"; return 1 ;;
		esac
	done
	return 1
}

# ask LINES: what the guest's shell says to them, in one. Fails as they do there.
ask() {
	[ -z "$1" ] || echo "$1" | tr '\n' ' ' >&7
	[ -z "$1" ] || echo >&7
	while IFS= read -r -t 60 line <&8; do
		case $line in
		"= 0" | "= up") return 0 ;;
		"= "*) return 1 ;;
		esac
		echo "$line"
	done
	# No more answers: what it, and QEMU, said last
	tail -n 5 /tmp/qemu.out /tmp/console | sed 's/^/# /' >&2
	return 1
}

# guest_boot: from the first instruction to user space. Then /tmp/port has its port, see
# evtchn.c.
guest_boot() {
	qmp cont && ask "" && ask 'read -r port <&4 && echo $port' > /tmp/port && [ -s /tmp/port ]
}

# guest_reset N: the machine is reset, and what runs in it next makes N sends on a port of
# its own, whose number is in /tmp/port then. QEMU's Xen console is dead after a reset,
# hcbpf or not, so the disk tells what to do, and is told when it is done.
guest_reset() {
	disk_note "sends $1"
	qmp set-action '{"reboot":"reset"}' && qmp system_reset || return
	tries=0
	until read_disk_note | grep -q '^sent '; do
		tries=$((tries + 1))
		[ $tries -lt 600 ] || return 1
		usleep 100000
	done
	read_disk_note | sed 's/sent //' > /tmp/port
}

disk_note() { echo "$1" | dd of=/tmp/disk bs=1M seek=3 conv=notrunc 2> /dev/null; }
read_disk_note() { dd if=/tmp/disk bs=1M skip=3 count=1 2> /dev/null | head -n 1; }

qemu_kill() {
	kill -9 "$qemu"
	wait "$qemu" 2> /dev/null
	exec 5>&- 6<&- 7>&- 8<&-
}

# guest_sends N: on its own port.
guest_sends() { ask "echo $1 >&3; read -r answer <&4"; }

# ---- what KVM saw, "CALL OPERATION COUNT" in each line, since trace_start

# An exit to the VMM is for the last call that its thread made. (With an error, the
# reason of the exit is an old one.)
xen_exit='hist:keys=common_pid:onmatch(kvm.kvm_xen_hypercall).xen_exit($nr,$op)'
xen_exit="$xen_exit if reason==34 && errno==0"

trace_start() {
	echo 'xen_exit u64 nr; u64 op' > $tracing/synthetic_events
	trigger kvm/kvm_xen_hypercall 'hist:keys=nr,a0'
	trigger kvm/kvm_xen_hypercall 'hist:keys=common_pid:nr=nr,op=a0'
	trigger kvm/kvm_userspace_exit "$xen_exit"
	trigger synthetic/xen_exit 'hist:keys=nr,op'
}

# Each before what it looks at.
trace_stop() {
	trigger synthetic/xen_exit '!hist:keys=nr,op'
	trigger kvm/kvm_userspace_exit "!$xen_exit"
	trigger kvm/kvm_xen_hypercall '!hist:keys=common_pid:nr=nr,op=a0'
	trigger kvm/kvm_xen_hypercall '!hist:keys=nr,a0'
	echo > $tracing/synthetic_events
}

trigger() { echo "$2" >> "$tracing/events/$1/trigger"; }

# histogram EVENT KEY KEY: the one with these keys
histogram() {
	sed -n "s/^{ $2: *\([0-9]*\), $3: *\([0-9]*\) } hitcount: *\([0-9]*\).*/\1 \2 \3/p" \
		"$tracing/events/$1/hist" | sort -n -k1,1 -k2,2
}

calls() { histogram kvm/kvm_xen_hypercall nr a0; }
exits() { histogram synthetic/xen_exit nr op; }

# count CALL [OPERATION]: sum them up
count() { awk -v nr="$1" -v op="$2" '$1 == nr && (op == "" || $2 == op) { n += $3 } END { print n + 0 }'; }
total() { awk '{ n += $3 } END { print n + 0 }'; }
