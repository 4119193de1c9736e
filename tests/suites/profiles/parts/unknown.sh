# shellcheck shell=sh disable=SC2154,SC2086
# SPDX-License-Identifier: GPL-2.0-only
#
# One setting makes a profile a whitelist or a blacklist, for calls that nobody
# named and for ports that the VMM has not set.

for unknown in pass exit deny; do
	cat > /tmp/profiles/$unknown.yaml <<END
version: 1
name: $unknown
unknown: $unknown
kvm:
  rules:
    - {call: vapic_poll_irq, action: pass}
    - {call: doorbell, action: doorbell}
smccc:
  rules:
    - {call: psci_features, action: pass}
    - {call: doorbell, action: doorbell}
xen:
  rules:
    - {call: xen_version, action: pass}
    - {call: sched_op, action: deny, ret: EPERM}
    - {call: console_io, action: exit}
    - {call: event_channel_op, op: send, action: send}
    - {call: doorbell, action: doorbell, otherwise: deny, ret: EINVAL}
END
done

# Result of: a call, an operation that nobody named, a port that is not set
xen_guest() {
	new_guest xen "/tmp/profiles/$1.yaml"
	answers "unknown: $1: a call that nobody named, of a Xen guest" "$2" 20
	answers "unknown: $1: nor its operation" "$3" 32 3
	answers "unknown: $1: a send to a port that is not set" "$4" 32 4 6
	answers "unknown: $1: a send to a port that is" "0 signal" 32 4 5
	answers "unknown: $1: a doorbell that says it otherwise" "-22 kernel" 0x48430000 6
	answers "unknown: $1: a call that is passed by name" "$passed" 17
	answers "unknown: $1: one that is denied by name" "-1 kernel" 29
	answers "unknown: $1: one that exits by name" "77 exit" 18
	kill_guest
}

# Of the other guest: a call that KVM serves; one that no profile here names, and KVM's
# answer; the doorbell; "no such call" and "no such port".
case $plain in
kvm) serves=1 serves2=11 answer2="0 kernel" doorbell=0x48430000 unserved=-1000 no_port=-2 ;;
*) serves="0x8400000a 0x84000000" serves2=0x84000006 answer2="2 kernel" doorbell=0xc6004800 unserved=-1 no_port=-3 ;;
esac

plain_guest() {
	new_guest plain "/tmp/profiles/$1.yaml"
	answers "unknown: $1: a call that nobody named, of a KVM guest" "$2" 99
	answers "unknown: $1: one that KVM would serve" "$3" $serves2
	answers "unknown: $1: a doorbell to a port that is not set" "$4" $doorbell 6
	answers "unknown: $1: a doorbell to a port that is" "0 signal" $doorbell 5
	answers "unknown: $1: a call that KVM serves, passed by name" "0 kernel" $serves
	kill_guest
}

xen_guest pass "$passed" "$passed" "$passed"
xen_guest exit "77 exit" "77 exit" "77 exit"
xen_guest deny "-38 kernel" "-38 kernel" "-2 kernel"
plain_guest pass "$unserved kernel" "$answer2" "$unserved kernel"
plain_guest exit "77 exit" "77 exit" "77 exit"
plain_guest deny "$unserved kernel" "$unserved kernel" "$no_port kernel"

# What is included has no say in it.
cat > /tmp/profiles/site.yaml <<'END'
version: 1
name: site
include: [pass]
unknown: deny
END
new_guest xen /tmp/profiles/site.yaml
answers "unknown of the includer counts, for calls" "-38 kernel" 20
answers "and for ports of included rules" "-2 kernel" 32 4 6
answers "what is named stays" "$passed" 17
kill_guest
new_guest plain deny-all
answers "deny-all denies what KVM serves" "$unserved kernel" $serves
answers "and doorbells" "$unserved kernel" $doorbell 5
kill_guest

# Includers keep their guests to what KVM serves today.
cat > /tmp/profiles/strict.yaml <<'END'
version: 1
name: strict
include: [kvm-default]
unknown: deny
END
for profile in kvm-default /tmp/profiles/strict.yaml; do
	new_guest plain $profile
	answers "$profile leaves KVM's calls to KVM" "0 kernel" $serves
	answers "$profile: others, too" "$answer2" $serves2
	answers "$profile: doorbells signal" "0 signal" $doorbell 5
	kill_guest
done
