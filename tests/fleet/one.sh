# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# One host with libvirt: a domain that asks to be bound is started, saved, restored, and its
# guest's sends and page reports are accounted for.
cd /lab || exit
# shellcheck source=tests/suites/lib/tap.sh
. /lab/tap.sh
# shellcheck source=tests/fleet/lib.sh
. /lab/lib.sh

# One for all, or one for each kind of hypervisor.
daemon=libvirtd
[ ! -e /lib/systemd/system/virtqemud.service ] || daemon=virtqemud
ok "libvirt's daemon answers" virsh version
echo "# $daemon, $(virsh version --daemon | grep daemon)"
is "the policy is loaded, and QEMUs are awaited" \
	"$(systemctl is-active hcbpf.service hcbpf-vmstate.socket | tr '\n' ' ')" "active active "
hold
claim

# ---- a domain that asks

ok "a domain is prepared and defined" \
	sh -c "hcbpf libvirt prepare domain.xml > prepared.xml && virsh define prepared.xml"
ok "its XML has QEMU's object" sh -c "virsh dumpxml web-1 | grep dbus-vmstate,id=hcbpf,"
ok "and its metadata" sh -c "virsh dumpxml web-1 | grep urn:hcbpf:libvirt:1"
ok "it starts, paused" virsh start --paused web-1
is "and is bound" "$(bound)" '"policy":"standard","profile":"kvm-track"'
is "somebody waits for its QEMU's migration" \
	"$(systemctl list-units --no-legend --state=running 'hcbpf-vmstate@*' | wc -l)" 1
qemu=$(cat /run/libvirt/qemu/web-1.pid)
if [ -e /sys/kernel/security/apparmor ]; then
	ok "AppArmor confines it" grep -q "^libvirt-.*(enforce)" "/proc/$qemu/attr/current"
else
	skip "AppArmor confines it" "this kernel has none"
fi
ok "its port is served" served
ok "it goes on" virsh resume web-1
ok "the guest reports its pages" wait_for 120 reported
ok "all of them are known" sh -c "hcbpf vm save $(id) /run/state | grep '256 ranges of page attributes'"
ok "its state can be moved" sh -c "hcbpf vm show $(id) | grep 'can be moved *yes'"

# ---- save and restore

ok "it is suspended" virsh suspend web-1
before=$(sum)
ok "it is saved" virsh save web-1 /var/tmp/saved
is "then nothing is bound" "$(bound)" ""
cp /var/tmp/saved /var/tmp/damaged
at=$(grep -abo "$(printf 'hcbpf\r')" /var/tmp/damaged | tail -n 1 | cut -d: -f1)
printf X | dd of=/var/tmp/damaged bs=1 seek=$((at + 60)) conv=notrunc 2> /dev/null
not "a file whose state is damaged is not restored" virsh restore /var/tmp/damaged
ok "QEMU's log says why" grep "it is damaged: its checksum is wrong" /var/log/libvirt/qemu/web-1.log
is "and nothing is bound" "$(bound)" ""
ok "it is restored" virsh restore /var/tmp/saved
is "and is bound as before" "$(bound)" '"policy":"standard","profile":"kvm-track"'
is "with all of its state" "$(sum)" "$before"
ok "its port is served again" served
mark
ok "it goes on" virsh resume web-1
ok "and ticks" wait_for 120 ticks 1

ok "libvirt's daemon is restarted" systemctl restart $daemon
ok "and finds it" wait_for 60 running
is "bound" "$(bound)" '"policy":"standard","profile":"kvm-track"'

ok "it is suspended" virsh suspend web-1
before=$(sum)
ok "it is saved by libvirt" virsh managedsave web-1
hcbpf unload standard > /dev/null
ok "without its policy it does not start" said 'no policy "standard" is loaded' virsh start web-1
is "what was saved is still there" "$(virsh dominfo web-1 | grep -c 'Managed save: *yes')" 1
hcbpf load > /dev/null
ok "with it, it does" virsh start web-1
is "with all of its state" "$(sum)" "$before"

# What QEMU cannot carry is known before, and nothing is lost.
ok "its state becomes too large" sh -c "hcbpf gpa export $(id) /run/old; hcbpf gpa import $(id) /lab/large"
ok "which can be seen" sh -c "hcbpf vm show $(id) | grep 'can be moved *no'"
not "it is not saved then" virsh save web-1 /var/tmp/saved
ok "QEMU's log says why" grep "bytes, and QEMU moves at most" /var/log/libvirt/qemu/web-1.log
is "and it is still there" "$(state)" paused
ok "with less, it goes on" sh -c "hcbpf gpa import $(id) /run/old"
is "as it was" "$(sum)" "$before"
ok "its port is served again" served
ok "it goes on" virsh resume web-1

# ---- all sends

ok "it is asked to end" virsh inject-nmi web-1
ok "and does" wait_for 120 ended
is "no send of the guest was lost" "$(number sent)" "$(number signalled)"
is "nor added" "$(count)" "$(number signalled)"
is "nor a report" "$(number reported)" 256
ok "the domain is destroyed" virsh destroy web-1
is "then nothing is bound" "$(bound)" ""
ok "and nobody waits" wait_for 20 sh -c \
	"[ -z \"\$(systemctl list-units --no-legend --state=running 'hcbpf-vmstate@*')\" ]"

# ---- those that do not, and those that ask for what there is not

change() { sed "s|<vm xmlns.*|$1|; s|web-1|web-2|; /uuid/d" domain.xml > /run/web-2.xml; }
change ''
ok "a domain that does not ask starts" virsh create /run/web-2.xml
is "and is not bound" "$(bound)" ""
virsh destroy web-2 > /dev/null
change '<vm xmlns="urn:hcbpf:libvirt:1" policy="other"/>'
ok "a policy that is not loaded" said 'no policy "other" is loaded' virsh create /run/web-2.xml
change '<vm xmlns="urn:hcbpf:libvirt:1" profile="other"/>'
ok "a profile that is not there" said 'there is no profile "other"' virsh create /run/web-2.xml
change '<vm xmlns="urn:hcbpf:libvirt:1" polcy="standard"/>'
ok "an attribute that is not known" said 'unknown attribute, "polcy"' virsh create /run/web-2.xml
change '<vm xmlns="urn:hcbpf:libvirt:1"/><a:vm xmlns:a="urn:hcbpf:libvirt:1"/>'
# libvirt itself keeps one element of a name space.
ok "two elements" sh -c "virsh create /run/web-2.xml 2>&1 | grep -E 'several elements|created'"
virsh destroy web-2 > /dev/null 2>&1
is "in the end nothing is bound" "$(bound)" ""

# ---- a guest whose first instruction is a call that its template denies

mkdir -p /etc/hcbpf/templates /etc/hcbpf/profiles
printf '%s\n' 'version: 1' 'name: first' 'unknown: pass' 'kvm:' \
	'  rules: [{call: 0, action: deny, ret: -77}]' > /etc/hcbpf/profiles/first.yaml
printf '%s\n' 'version: 1' 'name: first' 'profile: first' > /etc/hcbpf/templates/first.yaml
printf '%s\n' 'version: 1' 'rules:' \
	'  - {user: libvirt-qemu, name: first, template: first, required: true}' > /etc/hcbpf/admission.yaml
sed 's|<kernel>.*</kernel>|<loader type="rom">/lab/first.rom</loader>|; s|web-1|first|
	s|guest.log|first.log|; /uuid/d; /<vm xmlns/d' domain.xml > /run/first.xml
answered() { [ "$(wc -l < /var/log/first.log)" -gt "$n" ]; }
# starts N: and what each guest was answered.
starts() {
	: > /var/log/first.log
	n=0
	while [ $n -lt "$1" ]; do
		virsh create /run/first.xml > /dev/null || break
		wait_for 60 answered
		virsh destroy first > /dev/null
		n=$((n + 1))
	done
	sort /var/log/first.log | uniq -c | sed 's/^ *//'
}
is "without admission it gets through" "$(starts 1)" "1 free"
ok "admission is on" hcbpf admit load
is "ten times it does not" "$(starts 10)" "10 denied"
ok "admission is off" hcbpf admit clear
explain
done_testing
