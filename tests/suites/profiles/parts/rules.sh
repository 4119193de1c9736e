# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# rule set, del and list: what was set is what is listed, and what the guest gets.

# listed CALL: its outcome in the list, for people
listed() { hcbpf rule list "$id" | sed -n "s/^xen  *$1  *//p"; }

# rule WHAT CALL SHOWN OUTCOME WORD...: `rule set` it, and look at the list.
rule() {
	what=$1 number=$2 shown=$3 outcome=$4
	shift 4
	ok "a rule: $what" hcbpf rule set "$id" xen "$number" "$@"
	is "it is listed: $what" "$(listed "$shown")" "$outcome"
}

start_guest xen
bind_guest
hcbpf port set "$id" 5 eventfd "$pid:$eventfd" > /dev/null
is "at first there are none" "$(hcbpf rule list "$id")" ""
is "as JSON, too" "$(hcbpf -j rule list "$id")" "[]"
says "the first one takes the policy's own away, and says so" \
	"now sends and doorbells reach ports only where a rule says so" \
	rule set "$id" xen sched_op deny
is "a call without a result is denied as unknown" "$(listed sched_op)" "deny -ENOSYS"
rule "call and sub-operation by name" event_channel_op:init_control \
	event_channel_op:init_control "deny -ENOSYS" deny ret ENOSYS
rule "by number" 32:12 event_channel_op:expand_array "deny -EPERM" deny ret -1
rule "of what has no name" 77 77 exit exit
rule "with another result" 17 xen_version "deny 4660" deny ret 0x1234
rule "for a send" event_channel_op:send event_channel_op:send \
	"send, otherwise deny -ENOENT" send otherwise deny
rule "for the guest's own programs" 79 79 "pass, user deny -EPERM" pass user deny ret EPERM
ok "which goes again" hcbpf rule del "$id" xen 79
rule "the default" default default pass pass
rule "the same call again" 77 77 "deny -EINVAL" deny ret EINVAL
is "it is there once" "$(field nr_rules vm show "$id")" 7
list=$(hcbpf -j rule list "$id")
ok "the list is valid JSON" valid_json -j rule list "$id"
ok "what set says is, too" valid_json -j rule set "$id" xen 78 pass
is "with the numbers and the names" "$(hcbpf -j rule list "$id" |
	grep -o '{"abi":"xen","nr":32,"sub":12,[^}]*}')" \
	'{"abi":"xen","nr":32,"sub":12,"action":"deny","otherwise":null,"user_action":null,"ret":-1,"call":"event_channel_op:expand_array","outcome":"deny -EPERM"}'

answers "the guest gets the result by its name" "-38 kernel" 32 11
answers "by its number" "-1 kernel" 32 12
answers "or any other" "4660 kernel" 17
answers "the later rule for a call counts" "-22 kernel" 77
answers "a port that is set is signalled" "0 signal" 32 4 5
answers "one that is not is denied" "-2 kernel" 32 4 6
answers "the rest is the default's" "$passed" 20

ok "a rule is deleted" hcbpf rule del "$id" xen 78
is "the list is as before" "$(hcbpf -j rule list "$id")" "$list"
ok "a rule is deleted by name" hcbpf rule del "$id" xen event_channel_op:expand_array force
answers "the guest gets the default now" "$passed" 32 12
refused "a rule that is not there" "no rule for xen event_channel_op:expand_array" \
	rule del "$id" xen 32:12
refused "an unknown call" 'no call "nonsense"' rule set "$id" xen nonsense pass
refused_json "and as JSON" '"errno":"EINVAL"' rule set "$id" xen nonsense pass
refused "an unknown ABI" '"vax" is not an ABI' rule set "$id" vax 1 pass
refused "an unknown action" '"allow" is not an action' rule set "$id" xen 1 allow
refused "an invalid result" "ENOSENSE" rule set "$id" xen 1 deny ret ENOSENSE
refused "a result of what is not denied" "what is denied" rule set "$id" xen 1 pass ret 3
refused "to serve the guest's own programs" "only pass or be denied" rule set "$id" xen 1 pass user exit
refused "a send that is not Xen's" "only Xen" rule set "$id" kvm 1 send
refused "a default that names a port" "default" rule set "$id" xen default send
refused "a word too many" '"bla"' rule set "$id" xen 1 pass bla
refused "a word too few" "missing" rule set "$id" xen 1
refused "an unknown VM" "no VM with id 4000" rule set 4000 xen 1 pass
kill_guest
