# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What commands write into the journal: who changed what, to be found by its fields.

journal > /tmp/journal &
journal=$!
eventually grep -q ready /tmp/journal

# entry ID FIELD...: an entry of this kind has these fields
entry() {
	grep "MESSAGE_ID=$1" /tmp/journal > /tmp/entries
	shift
	for tap_field; do
		grep -F -- "$tap_field" /tmp/entries > /tmp/fewer || return 1
		mv /tmp/fewer /tmp/entries
	done
}
entries() { cat /tmp/journal; }
has() { ok "the journal has: $1" eventually entry "$2" "$3" "$4" "$5" "$6"; }

loaded=c9a5f5990fd4407eb10da55db6aea6bb refused_id=6c575d3b031f47c48fe1ff78f425bc0c
replaced=5dd271ba3c1545d0850924b06fe92501 unloaded=3e2cdcda06b14d8f843865d90179b4d5
bound_id=b45b4043054d44fe822419dc0ac63d05 not_bound=c0a3bee617b64793bc1417d5a6197e45
param=c9be2234ef694991b303a4606f66c85c changed=d69cae20d12f4599b22aea6e394fab26
forced=f31bc6a13ba94e979eb9aa5559646853 admission=681625174d984ffdbed8c53c4efd0691
domain_refused=4a81515673ec4243a93ae0ba556147d8

hcbpf load observe.bpf.o --name other > /dev/null
has "a policy that is loaded, and by whom" $loaded "HCBPF_POLICY=other" "HCBPF_USER=root" \
	"SYSLOG_IDENTIFIER=hcbpf" "PRIORITY=5"
hcbpf load refused.bpf.o > /dev/null 2>&1
has "one that the kernel refused, and why" $refused_id "is refused: the kernel refused" "PRIORITY=4"
hcbpf replace other standard.bpf.o --rename > /dev/null
has "one that is replaced" $replaced "HCBPF_POLICY=other"
hcbpf unload other > /dev/null
has "one that is unloaded" $unloaded "HCBPF_POLICY=other"
before=$(wc -l < /tmp/journal)
hcbpf load > /dev/null
hcbpf stats > /dev/null
hcbpf vm list > /dev/null
sleep 0.5
is "what changes nothing is no entry" "$(wc -l < /tmp/journal)" "$before"

spin
bound noted
has "a VM that is bound" $bound_id "HCBPF_VM=$id" "HCBPF_TAG=noted" "HCBPF_POLICY=standard"
hcbpf vm param "$id" 5 > /dev/null
has "a parameter" $param "HCBPF_VM=$id" "is now 5"
hcbpf rule set "$busy" xen default deny > /dev/null 2>&1
has "rules that are changed" $changed "HCBPF_VM=$busy" "xen default is now: deny" "PRIORITY=6"
is "which were not forced" "$(grep -c $forced /tmp/journal)" 0
hcbpf rule set "$busy" xen 32:14 pass force > /dev/null
has "rules that are forced" $forced "HCBPF_VM=$busy" "PRIORITY=4" "HCBPF_USER=root"
hcbpf profile apply "$busy" xen-4.4 force > /dev/null
has "a profile that is forced" $forced "HCBPF_PROFILE=xen-4.4"
# A user's VM, which the user binds: the journal's own _UID says so, too.
as-user vmm1 ./idlevm -name users > /tmp/users &
all="$all $!"
eventually grep -q ready /tmp/users
as-user vmm1 hcbpf vm attach --name users --tag user > /tmp/out 2>&1
has "the user who binds a VM" $bound_id "HCBPF_TAG=user" "HCBPF_USER=vmm1"
hcbpf vm detach "$id" > /dev/null
has "one that is unbound" $not_bound "HCBPF_VM=$id" "HCBPF_TAG=noted"
if admits; then
	mkdir -p /etc/hcbpf/templates
	printf '%s\n' 'version: 1' 'name: t' 'profile: xen-4.3' > /etc/hcbpf/templates/t.yaml
	hcbpf admit add --user vmm2 --template t > /dev/null
	has "admission" $admission "1 rules are in force"
	hcbpf admit clear > /dev/null
	has "and its end" $admission "admission is off"
	rm -r /etc/hcbpf/templates /etc/hcbpf/admission.yaml
else
	skip "the journal has: admission, and its end" "PREEMPT_RT has none"
fi
cat > /tmp/domain.xml <<'END'
<domain><name>a</name><metadata>
<hcbpf:vm xmlns:hcbpf="urn:hcbpf:libvirt:1" policy="none"/></metadata></domain>
END
evil=$(printf 'a\nPRIORITY=0')
hcbpf libvirt hook "$evil" prepare begin - < /tmp/domain.xml > /dev/null 2>&1
has "a domain that is refused, and why" $domain_refused "HCBPF_POLICY=none" "is refused at prepare: " "PRIORITY=4"
is "in whose name is no field of its own" "$(grep -c 'PRIORITY=0' /tmp/entries) $(grep -c '|PRIORITY=0' /tmp/entries)" "1 0"
is "no entry has a field that is none" "$(grep -c 'binary ' /tmp/journal)" 0

# Without a journal, or one that does not read: nobody waits.
kill $journal
wait $journal 2> /dev/null
ok "with a socket that nobody reads, commands work" hcbpf vm param "$busy" 6
rm /run/systemd/journal/socket
ok "and without it" hcbpf vm param "$busy" 7
kill_all
