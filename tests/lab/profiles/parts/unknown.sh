# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# One setting makes a profile a whitelist or a blacklist, for calls that nobody
# named and for ports that the VMM has not set.

for unknown in pass exit deny; do
	cat > /tmp/profiles/$unknown <<END
version = 1;
name = "$unknown";
unknown = "$unknown";
kvm = { rules = (
  { call = "vapic_poll_irq"; action = "pass"; },
  { call = "doorbell"; action = "doorbell"; }
); };
xen = { rules = (
  { call = "xen_version"; action = "pass"; },
  { call = "sched_op"; action = "deny"; ret = "EPERM"; },
  { call = "console_io"; action = "exit"; },
  { call = "event_channel_op"; op = "send"; action = "send"; },
  { call = "doorbell"; action = "doorbell"; otherwise = "deny"; ret = "EINVAL"; }
); };
END
done

# Result of: a call, an operation that nobody named, a port that is not set
xen_guest() {
	new_guest xen "/tmp/profiles/$1"
	answers "unknown = $1: a call that nobody named, of a Xen guest" "$2" 20
	answers "unknown = $1: nor its operation" "$3" 32 3
	answers "unknown = $1: a send to a port that is not set" "$4" 32 4 6
	answers "unknown = $1: a send to a port that is" "0 signal" 32 4 5
	answers "unknown = $1: a doorbell that says it otherwise" "-22 kernel" 0x48430000 6
	answers "unknown = $1: a call that is passed by name" "77 vmm" 17
	answers "unknown = $1: one that is denied by name" "-1 kernel" 29
	answers "unknown = $1: one that exits by name" "77 exit" 18
	kill_guest
}

kvm_guest() {
	new_guest kvm "/tmp/profiles/$1"
	answers "unknown = $1: a call that nobody named, of a KVM guest" "$2" 99
	answers "unknown = $1: one that KVM would serve" "$3" 11
	answers "unknown = $1: a doorbell to a port that is not set" "$4" 0x48430000 6
	answers "unknown = $1: a doorbell to a port that is" "0 signal" 0x48430000 5
	answers "unknown = $1: a call that KVM serves, passed by name" "0 kernel" 1
	kill_guest
}

xen_guest pass "77 vmm" "77 vmm" "77 vmm"
xen_guest exit "77 exit" "77 exit" "77 exit"
xen_guest deny "-38 kernel" "-38 kernel" "-2 kernel"
kvm_guest pass "-1000 kernel" "0 kernel" "-1000 kernel"
kvm_guest exit "77 exit" "77 exit" "77 exit"
kvm_guest deny "-1000 kernel" "-1000 kernel" "-2 kernel"

# What is included has no say in it.
cat > /tmp/profiles/site <<'END'
version = 1;
name = "site";
include = [ "pass" ];
unknown = "deny";
END
new_guest xen /tmp/profiles/site
answers "unknown of the includer counts, for calls" "-38 kernel" 20
answers "and for ports of included rules" "-2 kernel" 32 4 6
answers "what is named stays" "77 vmm" 17
kill_guest
new_guest kvm deny-all
answers "deny-all denies what KVM serves" "-1000 kernel" 1
answers "and doorbells" "-1000 kernel" 0x48430000 5
kill_guest
new_guest kvm kvm-default
answers "kvm-default leaves KVM's calls to KVM" "0 kernel" 1
answers "and signals" "0 signal" 0x48430000 5
kill_guest
