# shellcheck shell=sh disable=SC2154,SC2016 # set elsewhere; $ is for the guest
# SPDX-License-Identifier: GPL-2.0-only
#
# Unmodified QEMU, whose guest is a stock Debian kernel with Xen's disk and network,
# bound by the operator: the guest must see no difference, and the operator may.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/qemu/machine.sh
. ./machine.sh

# ---- what the guest can see

# What a program in the guest can find out, but for what moves by itself, and what a
# kernel may say of time at any moment.
guest_world() {
	ask 'uname -a; cat /proc/cmdline /proc/modules'
	ask 'dmesg | grep -vE "interrupt took|clocksource:|random: crng"'
	ask 'awk "{ print \$1, \$NF }" /proc/interrupts; cd /sys/hypervisor; grep -rs . .; cd /'
	ask "grep flags /proc/cpuinfo; ls /sys/block /sys/class/net /sys/bus/xen/devices"
	ask 'cd /sys/bus/xen/devices; grep -s . */nodename */state; cd /'
}

disk_is_read() {
	[ "$(ask "echo 3 > /proc/sys/vm/drop_caches; sha256sum < /dev/xvda")" = "$(sha256sum < /tmp/disk)" ]
}

# It writes, and the file behind the disk has it.
disk_is_written() {
	mark="mark $1"
	ask "echo '$mark' | dd of=/dev/xvda bs=1M seek=2 conv=notrunc,fsync 2> /dev/null" &&
		dd if=/tmp/disk bs=1M skip=2 count=1 2> /dev/null | head -n 1 | grep -qxF "$mark"
}

network_works() {
	ask "ifconfig eth0 10.0.2.15 up && ping -c 3 -w 20 10.0.2.2 > /dev/null" &&
		[ "$(ask "wget -q -O - http://10.0.2.2:8000/page | sha256sum")" = "$(sha256sum < /tmp/www/page)" ]
}

console_is_clean() {
	ask "dmesg" > /tmp/dmesg
	# QEMU's emulated CPU, which the lab runs on, has a state size of its own.
	! grep -E 'WARNING:|BUG:|Oops|soft lockup|rcu.*stall' /tmp/dmesg |
		grep -v 'fpu__init_system_xstate'
}

devices_work() {
	ok "$1: the disk is read" disk_is_read
	ok "$1: the disk is written" disk_is_written "$1"
	ok "$1: the network works" network_works
	ok "$1: event channels bring interrupts" ask "awk '/blkif|timer0/ && \$2 + \$3 { n++ }
		END { exit n != 2 }' /proc/interrupts"
}

# ---- what the operator can see

stat_of() { hcbpf -j stats "$id" | sed -n 's/.*"'"$1"'":\([0-9]*\).*/\1/p'; }

# Calls so far that reached the module; KVM's tracepoint does not see those it answered.
seen_by_hcbpf() { echo $(($(stat_of pass) + $(stat_of "done"))); }

holder_signals() {
	echo >&9
	read -r signals <&3
	echo "$signals"
}

sends_to_qemu() { exits | count 32 4; }

# Calls that depend on when things happen: set_singleshot_timer, poll (for a lock), send,
# unmask, eoi.
without_timing() { grep -vxE '(24 8|29 [0-9]*|32 4|32 9|33 12) [0-9]*'; }

# tell WHEN FILE: of the calls of a boot
tell() {
	echo "# $1: $(total < "$2") calls, $(count 32 4 < "$2") of them sends," \
		"$(without_timing < "$2" | total) that time does not make"
}

# ----

load_module
ok "the standard policy is loaded" hcbpf load
dd if=/dev/urandom of=/tmp/disk bs=1M count=4 2> /dev/null
mkdir /tmp/www
dd if=/dev/urandom of=/tmp/www/page bs=1k count=200 2> /dev/null
httpd -f -p 127.0.0.1:8000 -h /tmp/www &
web=$!
mkfifo /tmp/ask-holder /tmp/holder
holder < /tmp/ask-holder > /tmp/holder &
holder=$!
exec 9> /tmp/ask-holder 3< /tmp/holder
read -r _ efd <&3

# ---- a guest that boots as if hcbpf were not there, and is bound when it runs

trace_start
qemu_start
ok "not bound: the guest boots" guest_boot
port=$(cat /tmp/port)
qmp stop
calls > /tmp/calls.unbound
tell "not bound" /tmp/calls.unbound
boot=$(sends_to_qemu)
qmp cont
ok "not bound: it is a Xen guest" ask 'dmesg | grep -q "Hypervisor detected: Xen HVM"'
devices_work "not bound"
# QEMU has given KVM eventfds for these; in the boot there are a few sends before it has.
is "not bound: no send to disk, network and console is an exit" "$(sends_to_qemu)" "$boot"
before=$(sends_to_qemu)
ok "not bound: 1000 sends on the guest's port" guest_sends 1000
is "not bound: each is an exit to QEMU" "$(($(sends_to_qemu) - before))" 1000
guest_world > /tmp/world.unbound

qmp stop
ok "it is bound by its pid while it runs" hcbpf vm attach --pid $qemu
id=$(guest first)
from=$(calls | total)
qmp cont
devices_work "bound"
guest_world > /tmp/world.bound
ok "bound: the guest's world is the same" diff /tmp/world.unbound /tmp/world.bound
before=$(sends_to_qemu)
ok "bound: 1000 sends on a port that is not set" guest_sends 1000
is "bound: each is still an exit to QEMU" "$(($(sends_to_qemu) - before))" 1000
qmp stop
is "bound: every call is counted" "$(seen_by_hcbpf)" $(($(calls | total) - from))
qmp cont

ok "the operator lets another process's eventfd serve the port" \
	hcbpf port set "$id" "$port" eventfd "$holder:$efd"
before=$(sends_to_qemu)
ok "served: 1000 sends on it" guest_sends 1000
is "served: the other process has them all" "$(holder_signals)" 1000
is "served: and QEMU none" "$(($(sends_to_qemu) - before))" 0
is "served: hcbpf has counted them" "$(stat_of "done")" 1000
devices_work "served"
guest_world > /tmp/world.served
ok "served: the guest's world is the same" diff /tmp/world.unbound /tmp/world.served

# ---- bound and unbound over and over, while the guest sends and reads

before=$(sends_to_qemu) sent=0
: > /tmp/rounds
while [ ! -e /tmp/enough ]; do
	hcbpf vm detach --pid $qemu
	hcbpf vm attach --pid $qemu
	hcbpf port set "$(guest first)" "$port" eventfd "$holder:$efd"
	echo >> /tmp/rounds
done > /dev/null 2>&1 &
rounds=$!
while [ "$(wc -l < /tmp/rounds)" -lt 3 ] && guest_sends 5000; do
	sent=$((sent + 5000))
done
ok "detached and attached three times meanwhile: the disk is read" disk_is_read
touch /tmp/enough
wait $rounds
ok "three times while it sends" [ $sent -ge 5000 ]
signals=$(holder_signals)
is "each send went to one of the two, and none was lost" \
	$((signals + $(sends_to_qemu) - before)) $sent
ok "some were signalled" [ "$signals" -gt 0 ]
echo "# $(wc -l < /tmp/rounds) times; of $sent sends $signals signalled, $((sent - signals)) exits"

ok "it is unbound" hcbpf vm detach --pid $qemu
before=$(sends_to_qemu)
ok "unbound again: 1000 sends" guest_sends 1000
is "unbound again: each is an exit to QEMU" "$(($(sends_to_qemu) - before))" 1000
devices_work "unbound again"
guest_world > /tmp/world.again
ok "unbound again: the guest's world is the same" diff /tmp/world.unbound /tmp/world.again
ok "the guest's kernel has no complaint" console_is_clean
qemu_kill
trace_stop

# ---- a guest that is bound before its first instruction

trace_start
qemu_start
ok "a VM is bound before it starts" hcbpf vm attach --pid $qemu
id=$(guest first)
ok "bound from the start: the guest boots" guest_boot
port=$(cat /tmp/port)
qmp stop
calls > /tmp/calls.bound
is "bound from the start: every call of the boot is counted" "$(seen_by_hcbpf)" \
	"$(total < /tmp/calls.bound)"
tell "bound from the start" /tmp/calls.bound
is "of the boot's sends as many were exits" "$(sends_to_qemu)" "$boot"
without_timing < /tmp/calls.unbound > /tmp/kinds.unbound
without_timing < /tmp/calls.bound > /tmp/kinds.bound
ok "it made as many calls of each kind as unbound, but for those that time makes" \
	diff /tmp/kinds.unbound /tmp/kinds.bound
qmp cont
devices_work "bound from the start"
is "bound from the start: nor here" "$(sends_to_qemu)" "$boot"
ok "the guest's kernel has no complaint" console_is_clean
ok "its port is served, too" hcbpf port set "$id" "$port" eventfd "$holder:$efd"
before=$(sends_to_qemu)
ok "bound from the start: 1000 sends on it" guest_sends 1000
is "bound from the start: the other process has them all" "$(holder_signals)" 1000
is "bound from the start: and QEMU none" "$(($(sends_to_qemu) - before))" 0

# ---- a machine that is reset: the next kernel is given the same port for its own use

ok "the machine is reset, its guest boots and makes 1000 sends" guest_reset 1000
is "reset: on a port with the number that was served" "$(cat /tmp/port)" "$port"
is "reset: no port is served any more" "$(hcbpf -j port list "$id" | grep -o '"port":[0-9][0-9]*')" ""
is "reset: the other process has none of the sends" "$(holder_signals)" 0
qemu_kill
trace_stop
ok "with QEMU its binding goes" guest wait-vms 0 5000

kill $web $holder
exec 9>&- 3<&-
ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
