# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# vm save and vm restore refuse what they do not understand whole, and then have
# done nothing.

# bad WHAT SED-COMMAND REASON [REASON-IF-BOUND]: what was saved, with a change, is
# refused.
bad() {
	sed "$2" /tmp/saved.json > /tmp/edited.json
	if [ -n "$id" ]; then
		refused "bound: $1" "${4:-$3}" vm restore "$id" /tmp/edited.json
	else
		refused "not bound: $1" "$3" vm restore --pid "$pid" /tmp/edited.json
	fi
}

new_guest xen xen-4.4
hcbpf port set "$id" 131071 slot 7 > /dev/null
ok "a VM is saved" hcbpf vm save "$id" /tmp/saved.json
ok "saving says so in JSON" valid_json -j vm save "$id" /tmp/saved.json
look
refused "saving an unknown VM" "no VM with id 4000" vm save 4000 /tmp/x.json
refused "saving where there is no directory" "cannot write /no/such.json" vm save "$id" /no/such.json
is "saving leaves no other file" "$(find /tmp -name '*.json*' | sort | paste -sd' ')" \
	"/tmp/again.json /tmp/more.json /tmp/saved.json /tmp/web-1.json"

from="cannot restore from /tmp/edited.json:"
all_bad() {
	# shellcheck disable=SC2016 # $ is the last line
	bad "damaged JSON" '$d' "$from it is damaged"
	# shellcheck disable=SC2016
	bad "JSON with something behind it" '$a}' "$from it is damaged"
	bad "other JSON" 's/hcbpf-vm/other/' "$from it is not the state of a VM"
	bad "an unknown version" 's/"version": *1/"version":2/' \
		"$from it has version 2, and this command reads 1"
	bad "another architecture" 's/x86_64/aarch64/' "$from it is from aarch64"
	bad "a missing field" '/"tag":/d' "$from field \"tag\" is missing"
	bad "an unknown field" 's/"tag":/"tga":/' "$from unknown field \"tga\""
	bad "a field of the wrong kind" 's/"nr_ports": *131072/"nr_ports":"many"/' \
		"$from field \"nr_ports\" is not a number"
	bad "a policy that is not loaded" 's/"policy": *"standard"/"policy":"other"/' \
		'no policy "other" is loaded' "bound with policy standard, and the saved one had other"
	bad "an unknown action" '/"sub": *12,/,/}/s/"pass"/"teleport"/' 'unknown action "teleport"'
	bad "an unknown action of a port" 's/"eventfd"/"teleport"/' 'unknown action "teleport"'
	bad "two rules for a call" 's/"sub": *12/"sub":11/' \
		"$from there are two rules for xen event_channel_op:init_control"
	bad "a port beyond the table" 's/"port": *131071/"port":131072/' \
		"$from port 131072, slot 7 are beyond the table of 131072"
	bad "a slot beyond the table" 's/"slot": *7/"slot":131072/' \
		"$from port 131071, slot 131072 are beyond the table of 131072"
}

hcbpf vm detach "$id" > /dev/null
id=
look
all_bad
bind_guest
hcbpf profile apply "$id" xen-4.3 > /dev/null
hcbpf port set "$id" 3 slot 3 > /dev/null
ports=$(hcbpf port list "$id")
look
all_bad
: > /tmp/saved.txt
refused "an empty file" "/tmp/saved.txt: it is damaged" vm restore "$id" /tmp/saved.txt
refused "no file" "cannot read /no/such" vm restore "$id" /no/such
refused "what is no file" "not a regular file" vm restore "$id" /dev/zero
refused "an unknown VM" "no VM with id 4000" vm restore 4000 /tmp/saved.json
refused "a process that is no VMM" "no KVM VM" vm restore --pid 1 /tmp/saved.json
is "after all that the ports are as they were" "$(hcbpf port list "$id")" "$ports"
refused_json "and as JSON" '"errno":"EINVAL"' vm restore "$id" /tmp/edited.json
answers "and the guest has what it had" "-38 kernel" 32 11

# ---- a VM that cannot take it

hcbpf vm detach "$id" > /dev/null
bind_guest --ports 100
look
refused "a table that is too small" "beyond the table of VM $id, which has 100" \
	vm restore "$id" /tmp/saved.json
hcbpf vm detach "$id" > /dev/null
bind_guest --abi kvm
look
refused "another ABI" "bound with ABI kvm, and the saved one had auto" \
	vm restore "$id" /tmp/saved.json
hcbpf vm detach "$id" > /dev/null
id=
hcbpf unload standard > /dev/null
look
refused "the policy is not loaded" 'no policy "standard" is loaded' \
	vm restore --pid "$pid" /tmp/saved.json
hcbpf load > /dev/null
ok "and now it works" hcbpf vm restore --pid "$pid" /tmp/saved.json
kill_guest
