# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# For hosts full of VMs: VMs by their names, waiting for them, libvirt's hook, and
# loading policies at boot.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh
# shellcheck source=tests/suites/lib/idle.sh
. ./idle.sh

nr_bound() { hcbpf -j vm list | grep -o '"policy":' | wc -l; }
row() { hcbpf vm list "$@" | tr -s ' '; }
seconds() { cut -d. -f1 /proc/uptime; }

load_module
ok "the standard policy is loaded" hcbpf load

# ---- names

idle -name guest=web-1,debug-threads=on
web1=$pid
idle -name web-2
web2=$pid
idle --name=db
idle
is "nothing is bound" "$(hcbpf vm list)" ""
ok "JSON of an empty list" valid_json -j vm list
is "with --all it lists what could be bound" "$(row --all | grep -c "not bound")" 4
ok "with its name" sh -c "hcbpf vm list --all | grep '$web1 *idlevm *web-1 *root'"
ok "and as JSON" valid_json -j vm list --all
refused "a name that nobody has" 'no process has a VM named "web"' vm attach --name web
refused "a name and a pid" "one of --pid, --name and --all-matching" \
	vm attach --name web-1 --pid "$web1"
refused "neither" "one of --pid, --name and --all-matching" vm attach
ok "a VM is bound by its name" hcbpf vm attach --name web-1
says "and is listed with it" "web-1" vm list
is "and the others are not bound" "$(row --all | grep -c "not bound")" 3
refused "it is not bound twice" "bound already" vm attach --name web-1
idle -name web-2
refused "two of one name" "the processes $web2, $pid all have" vm attach --name web-2
ok "but a pid tells them apart" hcbpf vm attach --pid "$pid"
bound_id=$(hcbpf -j vm list | grep -o "\"id\":[0-9]*,\"pid\":$web1\b" | grep -o '[0-9]*' | head -n 1)
ok "its state is saved" hcbpf vm save "$bound_id" /tmp/web-1.state
ok "a VM is unbound by its name" hcbpf vm detach --name web-1
refused "and not twice" "is not bound" vm detach --name web-1
says "a VM is restored by its name" "is bound and restored" vm restore --name web-1 /tmp/web-1.state
refused "by one name for it" "named twice" \
	vm restore --name web-1 --pid "$web1" /tmp/web-1.state
ok "it is unbound again" hcbpf vm detach --name web-1
kill_all

# More VMs than a process may have descriptors, and than anybody has a table for.
VMS=70 idle -name many
ok "70 VMs of one process are bound at once" hcbpf vm attach --all-matching many
is "all of them" "$(nr_bound)" 70
is "and listed with 16 descriptors" \
	"$(sh -c 'ulimit -n 16; hcbpf vm list --all' | grep -c many)" 70
refused "one of them is not chosen" "has 70 KVM VMs open" vm attach --pid "$pid"
kill_all

# ---- names that are to be taken for something else

forged=$(printf 'x\n 9 4711 qemu web-9 root')
idle -name "$forged"
ok "a VM with a newline in its name is bound" hcbpf vm attach --pid "$pid"
is "and has one row in the list" "$(hcbpf vm list | wc -l)" 2
not "and one line of its own" sh -c "hcbpf vm show \"\$(guest first)\" | grep '^ 9 4711'"
kill_all

# ---- many at once

for i in 1 2 3 4 5; do
	idle -name "web-$i"
done
idle -name db
idle
refused "a pattern that nothing matches" 'that matches "mail-*"' vm attach --all-matching 'mail-*'
refused "a pattern with --fd" "one of" vm attach --all-matching 'web-*' --fd 3
hcbpf vm attach --name web-3 > /dev/null
refused "a policy that is not loaded" "no policy" vm attach --all-matching 'web-*' --policy other
is "then none is bound" "$(nr_bound)" 1
ok "all that match are bound" valid_json -j vm attach --all-matching 'web-*'
is "those that were not" "$(grep -o '"id":' /tmp/json | wc -l)" 4
is "and no others" "$(row --all | grep -c "not bound")" 2
is "again: there is nothing left to do" "$(hcbpf -j vm attach --all-matching 'web-*')" "[]"
is "one character" "$(hcbpf -j vm attach --all-matching 'd?' | grep -o '"name":"db"')" '"name":"db"'
ok "in a process without a name it is bound by its pid" hcbpf vm attach --pid "$pid"
is "all are bound" "$(nr_bound)" 7
kill_all

# ---- what a list tells

mkfifo /tmp/spin
guest spin standard > /tmp/spin &
spinner=$!
read -r _ < /tmp/spin
rate=$(hcbpf -j vm list | sed -n 's/.*"calls_per_second":\([0-9]*\).*/\1/p')
ok "calls per second: a guest that makes many" [ "$rate" -gt 100 ]
hcbpf profile apply "$(guest first)" xen-4.3 > /dev/null
ok "the profile is in the list" sh -c 'hcbpf vm list | grep xen-4.3'
for column in ID PID COMMAND NAME USER POLICY PROFILE CALLS/S; do
	ok "column $column" sh -c "hcbpf vm list | head -n 1 | grep -w $column"
done
kill -9 $spinner
wait $spinner 2> /dev/null
guest wait-vms 0 5000
idle -name quiet
hcbpf vm attach --name quiet > /dev/null
is "calls per second: a guest that makes none" \
	"$(hcbpf -j vm list | grep -o '"calls_per_second":[0-9]*')" '"calls_per_second":0'
kill_all

# ---- wait

start=$(seconds)
refused "a wait ends" "after 1 s the VM is still not bound" vm wait --name late --timeout 1
ok "and not before its time" [ $(($(seconds) - start)) -ge 1 ]
refused "what it does not know" 'knows no "asleep"' vm wait --name late --until asleep
refused "an invalid timeout" "not a number" vm wait --name late --timeout x
refused "without a VM" "an argument is missing" vm wait
hcbpf vm wait --name late --until present --timeout 30 > /tmp/present &
waiter=$!
hcbpf vm wait --name late --timeout 30 > /tmp/bound &
waiter2=$!
# A wait has the VM that it looks at open for a moment: this one has it all the time.
BECOME=hcbpf ./idlevm vm wait --name late --timeout 30 > /tmp/holding &
holder=$!
sleep 0.3
is "who waits for a VM of that name has none" "$(row --all | grep -cw late)" 0
idle -name late
wait $waiter
is "a wait for a VM ends when it is there" $? 0
is "and says which it is" "$(cat /tmp/present)" "process $pid has a VM, which is not bound"
ok "the wait for its binding goes on" kill -0 $waiter2
hcbpf vm attach --pid "$pid" > /dev/null
wait $waiter2
is "until it is bound" $? 0
id=$(guest first)
is "and says its id" "$(cat /tmp/bound)" "process $pid is VM $id"
wait $holder
is "and for who had one open" $? 0
ok "what is there already is not waited for" hcbpf vm wait "$id" --timeout 0
ok "as JSON" valid_json -j vm wait --pid "$pid" --timeout 0
hcbpf vm wait "$id" --until ended --timeout 30 > /tmp/ended &
waiter=$!
sleep 0.2
ok "a wait for the end goes on" kill -0 $waiter
kill_all
wait $waiter
is "until the VM has gone" $? 0
ok "a binding that is not there has ended" hcbpf vm wait "$id" --until ended --timeout 0

idle -name twin
twin=$pid
idle -name twin
refused "a wait for one of two of a name" "the processes $twin, $pid all have" \
	vm wait --name twin --until present --timeout 5
kill_all

# What a VMM asks KVM by a VM of a moment is not the VM that somebody waits for.
export TRIAL=yes
idle -name careful
hcbpf vm wait --name careful --until present --timeout 30 > /tmp/present &
waiter=$!
sleep 0.5
ok "a wait goes on while a VM's CPU cannot run" kill -0 $waiter
kill -USR1 "$pid"
wait $waiter
is "and ends when one can" $? 0
ok "that VM is bound" hcbpf vm attach --name careful
ok "and unbound" hcbpf vm detach --name careful
unset TRIAL
kill_all

# ---- libvirt's hook, called as libvirt calls it

# said TEXT: in what the command before had to say, which a failure shows
# shellcheck disable=SC2317
said() { grep -q -- "$1" /tmp/err || { cat /tmp/err; false; }; }

# hook DOMAIN OPERATION SUB-OPERATION ELEMENT
hook() {
	cat > /tmp/hook.xml <<-END
	<domstatus state='running'><domain type='kvm' id='1'>
	  <name>$1</name>
	  <metadata>
	    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0"/>
	    $4
	  </metadata>
	</domain></domstatus>
	END
	/lab/packaging/libvirt/hcbpf "$1" "$2" "$3" - < /tmp/hook.xml > /tmp/hook.out 2> /tmp/err &&
		{ [ "$2" = migrate ] || [ "$2" = restore ] || [ ! -s /tmp/hook.out ]; }
}
plain='<hcbpf:vm xmlns:hcbpf="urn:hcbpf:libvirt:1"/>'
# It would hang for good if libvirt were called back.
for command in virsh virt-admin; do
	printf '#!/bin/sh\ntouch /tmp/called-back\n' > /usr/local/bin/$command
	chmod +x /usr/local/bin/$command
done

idle -name guest=domain-1,debug-threads=on
not "hook: without libvirt's pid file a domain is not looked for by its name" \
	hook domain-1 started begin "$plain"
ok "hook: and says so" said "no pid in /run/libvirt/qemu/domain-1.pid"
not "hook: a name with a slash names no pid file" hook ../domain-1 started begin "$plain"
is "hook: then nothing is bound" "$(nr_bound)" 0
mkdir -p /run/libvirt/qemu
echo "$pid" > /run/libvirt/qemu/domain-1.pid
for operation in prepare/begin start/begin stopped/end release/end prepare/end started/end other/begin; do
	ok "hook: nothing on $operation" hook domain-1 ${operation%/*} ${operation#*/} "$plain"
done
ok "hook: nothing for a domain that does not ask" hook domain-1 started begin ""
ok "hook: nor for another's element" hook domain-1 started begin '<x:vm xmlns:x="urn:other"/>'
is "hook: then nothing is bound" "$(nr_bound)" 0
ok "hook: a domain that starts is bound" hook domain-1 started begin "$plain"
is "hook: with its name as tag, by which its ports are claimed" \
	"$(hcbpf -j vm list | grep -o '"tag":"[^"]*"')" '"tag":"domain-1"'
is "hook: to the standard policy" "$(row | tail -n 1 | grep -c "domain-1 root standard - ")" 1
ok "hook: it is left alone on reconnect" hook domain-1 reconnect begin "$plain"
id=$(guest first)
ok "hook: one that is bound so is fine, as after a restore" hook domain-1 started begin "$plain"
is "hook: and is the same" "$(guest first)" "$id"
not "hook: one that is bound otherwise is not" hook domain-1 started begin \
	'<vm xmlns="urn:hcbpf:libvirt:1" profile="xen-4.3"/>'
ok "hook: both are named" grep 'bound already, as VM .* to policy "standard" with profile "", and its metadata ask for policy "standard" with profile "xen-4.3"' /tmp/err
ok "hook: on reconnect it lives" hook domain-1 reconnect begin \
	'<vm xmlns="urn:hcbpf:libvirt:1" profile="xen-4.3"/>'
hcbpf vm detach --name domain-1 > /dev/null

# As QEMU's stream binds it, before libvirt says that it starts: by what its VMM handed in.
profiled='<vm xmlns="urn:hcbpf:libvirt:1" profile="xen-4.3"/>'
stream_binds() {
	hcbpf vm attach --pid "$pid" --tag stream > /dev/null
	hcbpf profile apply "$(guest first)" xen-4.3 > /dev/null
	hcbpf port set "$(guest first)" 7 slot 2 > /dev/null 2>&1
}
stream_binds
ok "hook: what the stream has bound is accepted" hook domain-1 started begin "$profiled"
is "hook: as the operator's, by libvirt's name" \
	"$(hcbpf -j vm list | grep -o '"tag":"[^"]*"\|"operator":[a-z]*' | tr '\n' ' ')" \
	'"tag":"domain-1" "operator":true '
is "hook: with the rest of its state" "$(hcbpf -j port list "$(guest first)")" \
	'[{"port":7,"action":"eventfd","slot":2,"eventfd":false}]'
is "hook: and its profile" "$(hcbpf -j vm show "$(guest first)" | grep -o '"profile_state":"[^"]*"')" \
	'"profile_state":"as it is here"'
hcbpf vm detach --name domain-1 > /dev/null
stream_binds
hcbpf rule set "$(guest first)" xen 99 pass > /dev/null
not "hook: other rules under the profile's name are not" hook domain-1 started begin "$profiled"
ok "hook: and says so" said "a rule of the VM that is to come is not what the operator has given"
hcbpf vm detach --name domain-1 > /dev/null
stream_binds
ok "hook: one that runs is left as it is" hook domain-1 attach begin "$profiled"
is "hook: its VMM's" "$(hcbpf -j vm list | grep -o '"operator":[a-z]*')" '"operator":false'
hcbpf vm detach --name domain-1 > /dev/null
ok "hook: reconnect binds one that is not bound" hook domain-1 reconnect begin "$plain"
hcbpf vm detach --name domain-1 > /dev/null
ok "hook: with a profile, in another prefix, quotes and order" hook domain-1 started begin \
	"<a:vm profile='xen-4.3' ports='64' policy='standard'
	  xmlns:a='urn:hcbpf:libvirt:1'></a:vm>"
is "hook: it has it" "$(hcbpf -j vm show "$(guest first)" | grep -o '"profile":"xen-4.3"\|"ports_size":64,' | wc -l)" 2
hcbpf vm detach --name domain-1 > /dev/null
not "hook: a policy that is not loaded is a failure" hook domain-1 started begin \
	'<hcbpf:vm policy="other" xmlns:hcbpf="urn:hcbpf:libvirt:1"/>'
not "hook: a profile that is not there is one" hook domain-1 started begin \
	'<hcbpf:vm profile="other" xmlns:hcbpf="urn:hcbpf:libvirt:1"/>'
# shellcheck disable=SC2016 # it must not be run
for bad in '--help' '/tmp/it' 'a b' '$(touch /tmp/run)' '..'; do
	not "hook: a profile called $bad is one" hook domain-1 started begin \
		"<hcbpf:vm profile=\"$bad\" xmlns:hcbpf=\"urn:hcbpf:libvirt:1\"/>"
done
is "hook: then nothing is bound" "$(nr_bound)" 0
for bad in '<h:vm xmlns:h="urn:hcbpf:libvirt:1"/><i:vm xmlns:i="urn:hcbpf:libvirt:1"/>' \
	'<h:vm xmlns:h="urn:hcbpf:libvirt:1" polciy="standard"/>' \
	'<x><h:vm xmlns:h="urn:hcbpf:libvirt:1"/></x>'; do
	not "hook: what cannot be followed is one" hook domain-1 started begin "$bad"
	not "hook: before the domain starts, too" hook domain-1 prepare begin "$bad"
done
is "hook: and still nothing is bound" "$(nr_bound)" 0
for operation in prepare migrate; do
	not "hook: $operation, a policy that is not loaded" hook domain-1 $operation begin \
		'<vm xmlns="urn:hcbpf:libvirt:1" policy="other"/>'
	ok "hook: is named" grep 'no policy "other" is loaded' /tmp/err
	not "hook: $operation, a profile that is not there" hook domain-1 $operation begin \
		'<vm xmlns="urn:hcbpf:libvirt:1" profile="other"/>'
	ok "hook: is named" grep 'no profile.*other' /tmp/err
done
# libvirt 11.3 loses a file that managedsave has kept where a hook fails at this.
ok "hook: restore, a policy that is not loaded is left to prepare" hook domain-1 restore begin \
	'<vm xmlns="urn:hcbpf:libvirt:1" policy="other"/>'
ok "hook: likewise a profile" hook domain-1 restore begin '<vm xmlns="urn:hcbpf:libvirt:1" profile="other"/>'
ok "hook: and what cannot be followed" hook domain-1 restore begin \
	'<h:vm xmlns:h="urn:hcbpf:libvirt:1" polciy="standard"/>'
rm -rf /run/hcbpf
ours="$plain</metadata><q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>
	<q:arg value='-object'/><q:arg value='dbus-vmstate,id=hcbpf,addr=unix:path=/run/hcbpf/vmstate'/>
	</q:commandline><metadata>"
not "hook: migrate, nobody takes the state" hook domain-1 migrate begin "$plain"
ok "hook: it says who should" grep "hcbpf-vmstate.socket" /tmp/err
not "hook: nor does a domain start that would give it" hook domain-1 prepare begin "$ours"
ok "hook: and says so" said "hcbpf-vmstate.socket"
for operation in migrate restore; do
	mkdir -p /run/hcbpf
	guest socket /run/hcbpf/vmstate
	ok "hook: $operation is a filter" hook domain-1 $operation begin "$plain"
	is "hook: that adds QEMU's object" \
		"$(grep -o 'dbus-vmstate,id=hcbpf,addr=unix:path=/run/hcbpf/vmstate' /tmp/hook.out)" \
		"dbus-vmstate,id=hcbpf,addr=unix:path=/run/hcbpf/vmstate"
	is "hook: and nothing else" "$(sed 's|<commandline.*</commandline>||' /tmp/hook.out | diff - /tmp/hook.xml)" ""
	ok "hook: once" hook domain-1 $operation begin \
		"$plain</metadata><q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>
		<q:arg value='-object'/><q:arg value='dbus-vmstate,id=x,addr=unix:path=/run/hcbpf/vmstate'/>
		</q:commandline><metadata>"
	ok "hook: or not at all" cmp /tmp/hook.out /tmp/hook.xml
	ok "hook: $operation, a domain that does not ask" hook domain-1 $operation begin ""
	is "hook: passes as it is" "$(cat /tmp/hook.out)" ""
done
is "prepare: adds the same" "$(hcbpf libvirt prepare /tmp/hook.xml | grep -c dbus-vmstate,id=hcbpf)" 1
ok "prepare: as JSON" valid_json -j libvirt prepare /tmp/hook.xml
echo "<domain/>" > /tmp/hook.xml
refused "prepare: a domain of nothing" "no <domain> with something in it" libvirt prepare /tmp/hook.xml
echo "<domain>" > /tmp/hook.xml
refused "prepare: no XML" "it is no XML: line 2" libvirt prepare /tmp/hook.xml
cat > /tmp/hook.xml <<-END
	<domain><q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>
	<q:arg value='-object'/><q:arg value='dbus-vmstate,id=a,addr=unix:path=/run/a'/></q:commandline></domain>
END
refused "prepare: another's object" "has an object dbus-vmstate already" libvirt prepare /tmp/hook.xml
refused "prepare: no file" "cannot read /tmp/none" libvirt prepare /tmp/none
domain=$pid
idle -name domain-1
ok "hook: libvirt's pid tells two of one name apart" hook domain-1 started begin "$plain"
is "hook: that one is bound" "$(hcbpf -j vm list | grep -o '"pid":[0-9]*')" "\"pid\":$domain"
not "hook: libvirt is not called back" [ -e /tmp/called-back ]
not "hook: nothing in the XML is run" [ -e /tmp/run ]
# The package was removed, and the hook, a file of /etc, was not.
sed '/^PATH=/d' /lab/packaging/libvirt/hcbpf > /tmp/hook-alone
mkdir /tmp/few
ln -s "$(command -v busybox)" /tmp/few/grep
without() { echo "$1" | env PATH=/tmp/few "$(command -v busybox)" sh /tmp/hook-alone web-1 started begin -; }
ok "hook: without the command others' domains start" without "<domain/>"
not "hook: and those that ask do not" without "<domain><metadata>$plain</metadata></domain>"
kill_all

# ---- completion of names

idle -name web-1
# A name may be anything; what would mean something to a shell is not completed.
# shellcheck disable=SC2016 # it must not be run
for bad in '$(touch /tmp/run)' 'a b' '`x`' '--all' ':files' 'a;b' "it's" 'x
y'; do
	idle -name "$bad"
done
is "names are completed, but for those with more than letters" \
	"$(hcbpf __complete vm attach --name "" | tr '\n' ' ')" "web-1 "
not "and nothing of them is run" test -e /tmp/run
kill_all

# ---- policies at boot

loader() { HCBPF_POLICIES=/etc/hcbpf/policies /lab/packaging/systemd/load-policies "$@"; }
generation() { hcbpf -j policy show "$1" | sed -n 's/.*"generation":\([0-9]*\).*/\1/p'; }
hcbpf unload standard > /dev/null
ok "boot: without a directory the standard policy is loaded" loader
is "boot: once" "$(generation standard)" 1
ok "boot: again changes nothing" loader
is "boot: really" "$(generation standard)" 1
mkdir -p /etc/hcbpf/policies
cp observe.bpf.o /etc/hcbpf/policies/mine.bpf.o
echo rubbish > /etc/hcbpf/policies/bad.bpf.o
not "boot: one that is bad is a failure" loader
ok "boot: but the others are loaded" hcbpf policy show mine
rm /etc/hcbpf/policies/bad.bpf.o
cp standard.bpf.o /etc/hcbpf/policies/mine.bpf.o
not "boot: one that has changed is not put in place silently" loader
is "boot: it is still the old one" "$(generation mine)" 1
ok "boot: a reload replaces it" loader --replace
is "boot: it is the new one" "$(generation mine)" 2
is "boot: and only it" "$(generation standard)" 1
ok "boot: a reload again changes nothing" loader --replace
is "boot: really" "$(generation mine)" 2
hcbpf unload standard > /dev/null
hcbpf unload mine > /dev/null
touch /etc/hcbpf/policies/no-standard
ok "boot: without the standard policy" loader
not "boot: it is not loaded" hcbpf policy show standard
hcbpf unload mine > /dev/null
ok "boot: the unit loads before libvirt's daemons" \
	grep -x "Before=.*libvirtd.service virtqemud.service.*" /lab/packaging/systemd/hcbpf.service

# ---- who keeps the module

hcbpf load > /dev/null
guest spin standard > /tmp/spin &
spinner=$!
read -r _ < /tmp/spin
id=$(guest first)
hcbpf holders > /tmp/holders 2> /tmp/err
ok "holders: a policy" grep "^policy .*standard: .hcbpf unload standard.$" /tmp/holders
ok "holders: a bound VM" grep "^bound VM *$spinner *guest *root *$id: .hcbpf vm detach $id.$" /tmp/holders
ok "holders: a VMM's file" grep "^binding's file *$spinner *guest *root *file descriptor" /tmp/holders
ok "holders: not itself" sh -c '! grep " hcbpf  " /tmp/holders'
ok "holders: what the kernel counts" grep "the kernel counts [1-9][0-9]* users of the module" /tmp/err
hcbpf vm detach "$id" > /dev/null
hcbpf unload standard > /dev/null
not "a VMM that lives on keeps the module" rmmod hcbpf
hcbpf holders > /tmp/holders 2> /tmp/err
ok "holders: it is named" grep "^binding's file *$spinner " /tmp/holders
not "holders: and nobody else" grep -v -e "^WHAT" -e " $spinner " /tmp/holders
ok "holders: JSON" valid_json -j holders
not "holders: a user may not ask" as-user vmm1 hcbpf holders
kill -9 $spinner
wait $spinner 2> /dev/null
guest wait-vms 0 5000
is "holders: then there is none" "$(hcbpf -j holders)" "[]"

# ---- where processes may not be looked into; what it says of that stays until the next boot

refused_to_user() {
	as-user vmm1 "$@" > /tmp/out 2> /tmp/err && return 1
	cat /tmp/err
}
hcbpf load > /dev/null
idle -name hidden
hidden=$pid
mkfifo /tmp/users
chmod 666 /tmp/users
as-user vmm1 ./idlevm -name users > /tmp/users &
read -r _ users < /tmp/users
users=$(pidof idlevm | tr ' ' '\n' | grep -vx "$hidden")
all="$all $users"
chmod 666 /dev/hcbpf
echo 1 > /proc/sys/kernel/yama/ptrace_scope
ok "ptrace_scope=1: a user is told what forbids it" sh -c \
	"as-user vmm1 hcbpf vm attach --name users 2>&1 | grep 'run this as root (kernel.yama.ptrace_scope is 1)'"
ok "and that is no success of all that match" refused_to_user hcbpf vm attach --all-matching 'u*'
ok "it names the process" grep "no permission to look into process $users" /tmp/err
ok "root may" hcbpf vm attach --name users
ok "root unbinds it" hcbpf vm detach --name users
echo 3 > /proc/sys/kernel/yama/ptrace_scope
scope="no permission to look into process $hidden; kernel.yama.ptrace_scope is 3"
refused "ptrace_scope=3: root is not told to become root" "$scope" vm attach --pid "$hidden"
refused "by name" "$scope" vm attach --name hidden
refused "all that match" "$scope" vm attach --all-matching 'h*'
refused "to wait" "$scope" vm wait --pid "$hidden" --timeout 3
refused "to unbind" "$scope" vm detach --pid "$hidden"
is "a list has the VMs" "$(row --all 2> /dev/null | grep -c "cannot be told")" 2
ok "and counts them" sh -c 'hcbpf vm list --all 2>&1 | grep "it cannot be told whether 2 VMs are bound; kernel.yama"'
is "root of a user namespace is told that it is not the host's" \
	"$(as-user vmm2 unshare -U -r hcbpf load 2>&1 | sed 's/ (a container?)//')" \
	"hcbpf: CAP_BPF and CAP_SYS_ADMIN are those of a user namespace, not of the host; run this as root outside of this user namespace"
ok "probe says so" sh -c 'as-user vmm2 unshare -U -r hcbpf probe | grep "^no  privileges .*user namespace"'
kill_all
hcbpf unload standard > /dev/null

ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
