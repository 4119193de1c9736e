# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest's world does not grow while it looks: once it has made calls, what
# would answer one that it was denied needs `force`.

new_guest xen xen-4.3
ok "before the guest's first call a profile may be replaced by a larger one" \
	hcbpf profile apply "$id" xen-4.4
ok "and by a smaller one" hcbpf profile apply "$id" xen-4.3
is "neither counts as forced" "$(field rules_forced vm show "$id")" 0
answers "the guest makes a call" "-38 kernel" 32 11

grows="the guest of VM $id has made calls, and this would answer some that it was denied"
refused "a profile that adds calls is refused now" "$grows" profile apply "$id" xen-4.4
refused_json "with -j the reason is EBUSY" '"errno":"EBUSY"' profile apply "$id" xen-4.4
refused "a rule that adds one is refused" "$grows" rule set "$id" xen 32:11 pass
refused "to take away the rule that denies is refused" "$grows" rule del "$id" xen 32
answers "the guest sees no difference" "-38 kernel" 32 11

generation=$(field rules_generation vm show "$id")
ok "a rule that takes away is not refused" hcbpf rule set "$id" xen xen_version deny
answers "the guest sees it at once" "-38 kernel" 17
ok "nor is a profile that takes away" hcbpf profile apply "$id" deny-all
answers "the guest sees that too" "-38 kernel" 32 3
is "each is a change" "$(field rules_generation vm show "$id")" $((generation + 2))
is "but not a forced one" "$(field rules_forced vm show "$id")" 0
refused "back is growth" "$grows" profile apply "$id" xen-4.3

ok "a profile is forced" hcbpf profile apply "$id" xen-4.4 force
answers "the guest sees it" "$passed" 32 11
says "vm show counts what was forced" "forced changes         1" vm show "$id"
is "and names the profile" "$(field profile vm show "$id")" xen-4.4
ok "a rule is forced" hcbpf rule set "$id" xen 32:14 pass force
ok "the deletion of a rule is forced" hcbpf rule del "$id" xen 32 force
is "vm show counts them too" "$(field rules_forced vm show "$id")" 3
answers "the guest sees what was deleted" "$passed" 32 15

hcbpf vm save "$id" /tmp/more > /dev/null
hcbpf profile apply "$id" deny-all > /dev/null
hcbpf port del "$id" 5 > /dev/null
refused "to restore what adds calls is refused" "$grows" vm restore "$id" /tmp/more
is "and so are its ports" "$(hcbpf -j port list "$id" | grep -o '"port":[0-9][0-9]*')" ""
ok "to restore it can be forced" hcbpf vm restore "$id" /tmp/more force
answers "the guest sees what was restored" "$passed" 32 11
answers "with its ports" "0 signal" 32 4 5
is "vm show counts that too" "$(field rules_forced vm show "$id")" 4
refused "another word is not force" "bla" profile apply "$id" xen-4.3 bla
kill_guest
