# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Two hosts, a and b, with libvirt: a domain goes from one to the other and back, and what can
# go wrong on the way does. a tells b what to do.
cd /lab || exit
# shellcheck source=tests/suites/lib/tap.sh
. /lab/tap.sh
# shellcheck source=tests/fleet/lib.sh
. /lab/lib.sh

host=$(uname -n)
ip link set lo up
ip link set eth0 up
ip address add "$(sed -n "s/ $host\$//p" /etc/hosts)/24" dev eth0
hold
claim

if [ "$host" = b ]; then
	socat -t 600 TCP-LISTEN:7777,fork,reuseaddr EXEC:/bin/sh,stderr &
	until [ -e /run/end ]; do
		sleep 1
	done
	ok "host b was there until the end" true
	done_testing
	exit
fi

on_b() { printf '%s\n' ". /lab/lib.sh; $*" | socat -t 600 - TCP:b:7777; }
on_b_is() { on_b "$1" > /run/on_b; is "$2" "$(cat /run/on_b)" "$3"; }
migrate() { timeout 300 virsh migrate --live web-1 qemu+tcp://b/system > /run/migrate 2>&1; }
home() { on_b "timeout 300 virsh migrate --live web-1 qemu+tcp://a/system 2>&1; echo \$?" > /run/migrate; tail -n 1 /run/migrate | grep -qx 0 || { cat /run/migrate; return 1; }; }
# refused TEXT: the domain cannot go, for that reason, and runs on here.
refused() {
	said "$1" migrate_loud || return 1
	wait_for 60 running || return 1
	mark
	wait_for 120 ticks 1
}
migrate_loud() { migrate; status=$?; cat /run/migrate; return $status; }
# slowly: a migration in the background that takes half a minute. Not by ok, which would wait
# for it.
slowly() {
	virsh migrate-setspeed web-1 1 > /dev/null
	migrate &
	migration=$!
}
begun() { virsh domjobinfo web-1 | grep "Memory remaining"; }

# shellcheck disable=SC2317 # called by wait_for
forgotten() { [ -z "$(on_b 'virsh list --name')" ]; }

ok "host b is there" wait_for 900 sh -c 'echo true | socat -t 5 - TCP:b:7777'
ok "libvirt's daemon answers there" wait_for 100 virsh -c qemu+tcp://b/system version
ok "a domain is prepared and defined" \
	sh -c "hcbpf libvirt prepare domain.xml > prepared.xml && virsh define prepared.xml"
ok "it starts, paused" virsh start --paused web-1
ok "its port is served" served
ok "it goes on" virsh resume web-1
ok "the guest reports its pages" wait_for 120 reported
before=$(sum)

ok "it moves to b while it runs" migrate_loud
on_b_is sum "with all of its state" "$before"
on_b_is state "it runs there" running
on_b_is 'served && echo yes' "its port is served there" yes
is "and nothing is bound here" "$(bound)" ""
on_b 'mark; wait_for 120 ticks 1'
ok "it comes back" home
is "with all of its state" "$(sum)" "$before"
ok "it runs here" running
ok "its port is served here" served

slowly
ok "a migration begins" wait_for 60 begun
ok "and is cancelled" virsh domjobabort web-1
wait "$migration"
is "so it fails" $? 1
ok "the domain runs on" running
is "as it was" "$(sum)" "$before"
ok "b forgets it" wait_for 60 forgotten

slowly
ok "a migration begins" wait_for 60 begun
# shellcheck disable=SC2016 # for b
on_b 'kill -9 $(cat /run/libvirt/qemu/web-1.pid)'
wait "$migration"
is "its destination is killed, so it fails" $? 1
ok "the domain runs on" wait_for 60 running
is "as it was" "$(sum)" "$before"
virsh migrate-setspeed web-1 1000 > /dev/null

on_b 'hcbpf unload standard' > /dev/null
ok "without the policy on b it stays" refused 'no policy "standard" is loaded'
on_b 'systemctl stop claim; rmmod hcbpf; mv /lab/hcbpf.ko /lab/gone.ko' > /dev/null
ok "without the module on b, too" refused 'module hcbpf is not loaded'
on_b 'mv /lab/gone.ko /lab/hcbpf.ko; modprobe hcbpf; hcbpf load; claim' > /dev/null
on_b 'systemctl stop hcbpf-vmstate.socket' > /dev/null
ok "and without those who take the state" refused 'hcbpf-vmstate.socket'
on_b 'systemctl start hcbpf-vmstate.socket' > /dev/null
is "it is as it was" "$(sum)" "$before"

ok "with all of it, it moves" migrate_loud
on_b_is sum "with all of its state" "$before"
on_b 'virsh inject-nmi web-1; wait_for 120 ended' > /dev/null
on_b 'number sent' > /run/sent
on_b_is 'number signalled' "no send of the guest was lost" "$(cat /run/sent)"
on_b count > /run/count
is "nor added" "$(($(count) + $(cat /run/count)))" "$(cat /run/sent)"
on_b_is 'number reported' "nor a report" 256
on_b 'virsh destroy web-1' > /dev/null
on_b_is bound "then nothing is bound" ""

# Its memory is lost with it. What matters is that nothing of it stays.
virsh start web-1 > /dev/null
slowly
ok "another one's migration begins" wait_for 60 begun
kill -9 "$(cat /run/libvirt/qemu/web-1.pid)"
wait "$migration"
is "its source is killed, so it fails" $? 1
ok "b forgets it" wait_for 60 forgotten
on_b_is bound "and has nothing bound" ""
is "nor has a" "$(bound)" ""
explain
done_testing
on_b 'touch /run/end' > /dev/null
