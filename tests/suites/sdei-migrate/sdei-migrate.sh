# shellcheck shell=sh disable=SC2016 # $ is for the guest
# SPDX-License-Identifier: GPL-2.0-only
#
# A running Linux guest moves from one unmodified QEMU to the next over a socket, $ROUNDS
# times, while it signals SDEI's event on both of its CPUs without end and handles each. Every
# second time the host has signalled both as well, after the guest was stopped: those
# events are pending on the way. At the end the handlers have run as often as there were events.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

rounds=$ROUNDS

# start NAME OPTION...: a QEMU that does not run its guest yet, bound. Sets pid_NAME, vm_NAME.
# Whoever writes into a pipe finds a reader: somebody has it open all the time.
start() {
	name=$1
	shift
	rm -f /tmp/"$name".*
	for pipe in guest.in guest.out mon.in mon.out; do
		mkfifo "/tmp/$name.$pipe"
	done
	sleep 100000 <> "/tmp/$name.guest.in" 3<> "/tmp/$name.mon.in" &
	echo $! > "/tmp/$name.keeper"
	/lab/guest/qemu -nodefaults -no-user-config -display none -no-reboot -S \
		-machine virt,gic-version=3 -accel kvm -cpu host,pmu=off -smp 2 -m 128 \
		-kernel /lab/guest/vmlinuz -initrd /lab/guest/guest.cpio.gz \
		-dtb /lab/guest/virt.dtb -append "quiet panic=-1 rdinit=/init" \
		-chardev "pipe,id=guest,path=/tmp/$name.guest" -serial chardev:guest \
		-chardev "pipe,id=mon,path=/tmp/$name.mon" -mon chardev=mon,mode=readline \
		"$@" > "/tmp/$name.log" 2>&1 &
	eval "pid_$name=\$!"
	cat "/tmp/$name.guest.out" > "/tmp/$name.said" &
	cat "/tmp/$name.mon.out" > "/tmp/$name.answers" &
	eval "hcbpf vm wait --pid \$pid_$name --until present --timeout 100 > /dev/null"
	eval "hcbpf -j vm attach --pid \$pid_$name" | sed -n 's/.*"id":\([0-9]*\).*/\1/p' \
		> "/tmp/$name.vm"
}

# end NAME
end() {
	tell "$1" quit
	eval "wait \$pid_$1"
	kill "$(cat "/tmp/$1.keeper")"
}

tell() { echo "$2" > "/tmp/$1.mon.in"; }

# monitor_says NAME COMMAND TEXT: does the newest answer have it?
# shellcheck disable=SC2317 # called by slowly
monitor_says() {
	: > "/tmp/$1.answers.new"
	before=$(wc -c < "/tmp/$1.answers")
	tell "$1" "$2"
	usleep 200000
	tail -c +"$((before + 1))" "/tmp/$1.answers" | grep -q "$3"
}

# Repeat a command for up to 100 seconds.
slowly() {
	left=500
	while ! "$@"; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		usleep 200000
	done
}

# shellcheck disable=SC2317
answered() { [ "$(grep -c '^= ' "/tmp/$1.said")" -gt "$2" ]; }

# ask NAME LINE: what the guest's shell says to it.
ask() {
	answers=$(grep -c '^= ' "/tmp/$1.said")
	lines=$(wc -l < "/tmp/$1.said")
	echo "$2" > "/tmp/$1.guest.in"
	slowly answered "$1" "$answers" || return 1
	tail -n +"$((lines + 1))" "/tmp/$1.said" | grep -v '^= '
	tail -n 1 "/tmp/$1.said" | grep -q '^= 0'
}

# Both CPUs, one after the other, each event until it is handled; /signalled says how often.
load='n=0; while [ ! -e /stop ]; do for c in 0 1; do b=$(cat $client/hits | cut -d, -f$((c+1))); '\
'echo $c > $client/signal || break 2; n=$((n+1)); '\
'while [ "$(cat $client/hits | cut -d, -f$((c+1)))" = "$b" ]; do :; done; done; done; '\
'echo $n > /signalled; echo 1 > /done'

hits() { ask "$1" 'cat $client/hits' | tr , ' ' | { read -r a b _; echo $((a + b)); }; }

# pend NAME: the host signals both CPUs of a guest that is stopped. Counts those that did not
# join an event of the guest's own.
pend() {
	for cpu in 0 1; do
		hcbpf -j sdei inject "$(cat "/tmp/$1.vm")" $cpu | grep -q '"result":"signalled"' &&
			pended=$((pended + 1))
	done
}

# move FROM TO stopped|live
move() {
	rm -f /tmp/migrate
	start "$2" -incoming "unix:/tmp/migrate"
	slowly test -S /tmp/migrate || return 1
	if [ "$3" = stopped ]; then
		tell "$1" stop
		slowly monitor_says "$1" 'info status' paused || return 1
		pend "$1"
	fi
	# An emulated host sends a few MB a second: no pause as short as QEMU's own would do.
	tell "$1" "migrate_set_parameter downtime-limit 30000"
	tell "$1" "migrate unix:/tmp/migrate"
	slowly monitor_says "$1" 'info migrate' 'Migration status: \(completed\|failed\)'
	monitor_says "$1" 'info migrate' 'Migration status: completed' ||
		{ tail -n 12 "/tmp/$1.answers" | sed 's/^/# /'; return 1; }
	end "$1"
	tell "$2" cont
	slowly monitor_says "$2" 'info status' running
}

# goes_on NAME: the guest's load makes progress.
# shellcheck disable=SC2317
goes_on() { [ "$(hits "$1")" -gt $((seen + 2)) ]; }

# Why does it not?
look() {
	tell "$1" "info registers -a"
	sleep 2
	tail -n 20 "/tmp/$1.said"
	tail -c 4000 "/tmp/$1.answers"
	hcbpf sdei show "$(cat "/tmp/$1.vm")"
	cat "/tmp/$1.log"
}

load_module sdei=1
hcbpf load > /dev/null || exit 2
pended=0 moved=0 from=a to=b
start a
tell a cont
ok "the guest boots" slowly grep -q '^= up' /tmp/a.said
ok "its client of SDEI registers" ask a "insmod /sdei_client.ko"
ok "its load starts" ask a "($load) > /dev/null 2>&1 &"
while [ $moved -lt "$rounds" ]; do
	how=live
	[ $((moved % 2)) = 0 ] || how=stopped
	seen=$(hits $from)
	if ! move $from $to $how || ! slowly goes_on $to; then
		look $to | sed 's/^/# /'
		break
	fi
	moved=$((moved + 1))
	name=$from from=$to to=$name
done
is "it moves, and goes on each time" $moved "$rounds"
ok "events of the host's were pending on the way" test $pended -gt 0
ok "the load stops" ask $from 'echo > /stop; while [ ! -e /done ]; do sleep 1; done'
signalled=$(ask $from 'cat /signalled')
is "each event was handled once: $signalled of the guest's, $pended of the host's" \
	"$(hits $from)" $((signalled + pended))
echo "# $moved migrations, $signalled events of the guest's, $pended pending on the way"
end $from
ok "no binding is left" guest wait-vms 0 5000
hcbpf unload standard > /dev/null
ok "the module unloads" unload_module
run done_testing
