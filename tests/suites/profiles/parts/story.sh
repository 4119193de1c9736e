# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest that was started on an old host goes to a new one by hibernation, and
# finds the hypercalls that it had: none of Xen 4.4's FIFO event channels.

# init_control, expand_array, set_priority
fifo() {
	for op in 11 12 13; do
		call 32 $op
	done | paste -sd,
}
denied="-38 kernel,-38 kernel,-38 kernel"
served="$passed,$passed,$passed"

new_guest xen
is "by default FIFO event channels pass" "$(fifo)" "$served"
kill_guest

new_guest xen xen-4.4
is "xen-4.4 lets FIFO event channels pass" "$(fifo)" "$served"
answers "xen-4.4 denies what came later" "-38 kernel" 32 14
answers "xen-4.4 signals a port that is set" "0 signal" 32 4 5
kill_guest

new_guest xen xen-4.3
is "xen-4.3 denies FIFO event channels" "$(fifo)" "$denied"
answers "xen-4.3 denies what came later" "-38 kernel" 32 14
answers "high bits do not get an operation by" "-38 kernel" 32 0x10000000b
answers "xen-4.3 lets older operations pass" "$passed" 32 3
answers "and other calls" "$passed" 17
answers "xen-4.3 signals a port that is set" "0 signal" 32 4 5
answers "a send to a port that is not set passes" "$passed" 32 4 6
kill_guest

# ---- the old host

start_guest xen
bind_guest --tag web-1
hcbpf profile apply "$id" xen-4.3 > /dev/null
hcbpf port set "$id" 5 eventfd "$pid:$eventfd" > /dev/null
hcbpf port set "$id" 131071 slot 7 > /dev/null
hcbpf vm param "$id" 0x123456789abcdef0 > /dev/null
is "on the old host FIFO event channels are denied" "$(fifo)" "$denied"
rules=$(hcbpf -j rule list "$id")
# Whether a slot has an eventfd is the VMM's, and is not saved.
ports() { hcbpf -j port list "$1" | sed 's/,"eventfd":[a-z]*//g'; }
ports=$(ports "$id")
says "the VM is saved" "19 rules, 2 ports" vm save "$id" /tmp/web-1
is "nobody but root may read it" "$(stat -c %a /tmp/web-1)" 600
ok "its VMM is killed" kill_guest
hcbpf unload standard > /dev/null
ok "the old host is shut down" unload_module

# ---- the new host, where even the profile of that name is another one

cat > /etc/hcbpf/profiles/xen-4.3.yaml <<'END'
version: 1
name: xen-4.3
description: somebody had a better idea
END
load_module
hcbpf load > /dev/null
start_guest xen
is "on the new host FIFO event channels would pass" "$(fifo)" "$served"
says "the VM is restored" "bound and restored: 19 rules, 2 ports" \
	vm restore --pid "$pid" /tmp/web-1
id=$(guest first)
is "there they are denied as on the old host" "$(fifo)" "$denied"
answers "as are operations that came later" "-38 kernel" 32 14
answers "a send to a port whose slot the VMM has not filled passes" "$passed" 32 4 5
is "the rules are the same" "$(hcbpf -j rule list "$id")" "$rules"
is "the parameter is the same" "$(field param vm show "$id")" 1311768467463790320
is "the ports are the same" "$(ports "$id")" "$ports"
ok "the VM is saved again" hcbpf vm save "$id" /tmp/again
ok "and the file is the same" cmp /tmp/web-1 /tmp/again
hcbpf port set "$id" 5 eventfd "$pid:$eventfd" > /dev/null
answers "and is signalled when it has" "0 signal" 32 4 5
is "the profile's name is the same" "$(field profile vm show "$id")" xen-4.3
is "the tag is the same" "$(field tag vm show "$id")" web-1
says "vm show knows that the profile of that name is another one here" \
	"not what it is here: 15 differ" vm show "$id"
rm /etc/hcbpf/profiles/xen-4.3.yaml
says "vm show knows the profile where it is the same" "as it is here" vm show "$id"
kill_guest

# ---- a VMM that binds by itself, before the guest runs

start_guest xen
bind_guest
hcbpf port set "$id" 9 slot 1 > /dev/null
says "a VM that is bound is restored" "is restored: 19 rules, 2 ports" \
	vm restore "$id" /tmp/web-1
is "its rules are those that were saved" "$(hcbpf -j rule list "$id")" "$rules"
is "its ports are those that were saved, and no others" "$(ports "$id")" "$ports"
is "its guest sees the same" "$(fifo)" "$denied"
kill_guest
