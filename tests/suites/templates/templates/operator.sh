# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# What an operator's binding keeps from its VMM: the guest of vms.sh still runs.

vm_state() { hcbpf -j vm show "$id"; }

# held "what" ARGUMENT...: as the VMM's user, which may trace it, this is refused for the template
held() {
	tap_name=$1
	shift
	tap_before=$(vm_state) tap_status=0
	tap_output=$(as-user vmm1 hcbpf "$@" 2>&1) && tap_status=1
	[ "$tap_output" = "hcbpf: $holder; run this as root" ] || tap_status=1
	[ "$(vm_state)" = "$tap_before" ] || tap_status=1
	tap_result $tap_status "$tap_name" "hcbpf $*: $tap_output"
}

all_held() {
	held "$1: detach" vm detach --pid "$pid"
	held "$1: a rule" rule set --pid "$pid" xen 32 pass
	held "$1: a rule less" rule del --pid "$pid" xen default
	held "$1: a profile" profile apply --pid "$pid" xen-4.3 force
	held "$1: a parameter" vm param --pid "$pid" 5
	held "$1: page attributes" gpa reset --pid "$pid"
	held "$1: other page attributes" gpa import --pid "$pid" /tmp/pages
	held "$1: buffers" buffer purge --pid "$pid"
	held "$1: their limit" buffer limit --pid "$pid" 3
	held "$1: a saved state" vm restore --pid "$pid" /tmp/state force
}

hcbpf vm save "$id" /tmp/state > /dev/null
hcbpf gpa export "$id" /tmp/pages > /dev/null
chmod 644 /tmp/state /tmp/pages
holder="the operator's template \"db\" holds VM $id, and only the operator may change or end that"
all_held "held by a template"
is "a port is the VMM's" "$(as-user vmm1 hcbpf port set --pid "$pid" 5 slot 3)" \
	"port 5 of VM $id is served by slot 3"
ok "the operator changes it" hcbpf vm param "$id" 78
ok "and ends it" hcbpf vm detach "$id"
call 32 4 5 > /dev/null
is "it stays free until the table is replaced" "$(hcbpf vm list)" ""
ok "which is now" hcbpf admit load
is "it is bound anew" "$(call 32 4 5; guest first > /tmp/id)" "-38 kernel"
ok "under another id" test "$(cat /tmp/id)" != "$id"
hcbpf admit clear > /dev/null
ok "with admission off it is still bound" hcbpf vm show "$(cat /tmp/id)"
kill_guest

# ---- by hand

start_guest vmm1 ./talker xen -name db
is "an ordinary user cannot bind as the operator" \
	"$(as-user vmm1 hcbpf vm attach --pid "$pid" --operator 2>&1)" \
	"hcbpf: a binding of the operator's needs root (CAP_SYS_ADMIN); run this as root"
is "nor by a template" "$(as-user vmm1 hcbpf vm attach --pid "$pid" --template db 2>&1)" \
	"hcbpf: a binding of the operator's needs root (CAP_SYS_ADMIN); run this as root"
is "nor by a saved state" "$(as-user vmm1 hcbpf vm restore --pid "$pid" /tmp/state --operator 2>&1)" \
	"hcbpf: a binding of the operator's needs root (CAP_SYS_ADMIN); run this as root"
is "and nothing is bound" "$(hcbpf vm list)" ""
refused "a template that is not there" 'there is no template "bd"' vm attach --pid "$pid" --template bd
for option in "policy standard" "tag t" "abi xen" "ports 5" "param 5" encrypted; do
	# shellcheck disable=SC2086 # words
	refused "a template beside --${option% *}" "a template says all of a binding; leave --${option% *} out" \
		vm attach --pid "$pid" --template db --$option
done
ok "by a template" hcbpf vm attach --pid "$pid" --template db
id=$(guest first)
is "its rules are in force" "$(call 32 4 5)" "-38 kernel"
says "with its parameter" "parameter              77" vm show "$id"
holder="the operator has bound VM $id, and only the operator may change or end that"
all_held "held by the operator"
ok "the operator restores it" hcbpf vm restore "$id" /tmp/state --operator
hcbpf vm detach "$id" > /dev/null

ok "as the operator, without a template" hcbpf vm attach --pid "$pid" --operator
id=$(guest first)
holder="the operator has bound VM $id, and only the operator may change or end that"
held "without a template: detach" vm detach --pid "$pid"
hcbpf vm detach "$id" > /dev/null
ok "as the operator, from a saved state" hcbpf vm restore --pid "$pid" /tmp/state --operator
id=$(guest first)
holder="the operator has bound VM $id, and only the operator may change or end that"
held "from a saved state: detach" vm detach --pid "$pid"
says "with what was saved" "tag                    database" vm show "$id"
hcbpf vm detach "$id" > /dev/null

ok "else the binding is the VMM's" hcbpf vm attach --pid "$pid"
id=$(guest first)
says "which show says" "operator's             no" vm show "$id"
refused "that is not made the operator's by restoring" \
	"VM $id is bound already, and not as the operator's; use \`hcbpf vm detach $id\`, then restore with --pid" \
	vm restore "$id" /tmp/state --operator
is "it can end it" "$(as-user vmm1 hcbpf vm detach --pid "$pid")" "VM $id goes on without hcbpf"
kill_guest

# ---- not without being bound

rules '  - {user: vmm1, template: db, required: true}'
template db 'policy: missing'
ok "a policy that is not loaded" sh -c 'hcbpf admit load 2> /dev/null'
start_guest vmm1 ./talker xen
is "required: the guest does not run" "$(call 32 4 5)" ""
is "the list counts that" "$(hcbpf -j admit list | grep -c '"nr_refused":[1-9]')" 1
kill_guest
rules '  - {user: vmm1, template: db}'
sh -c 'hcbpf admit load 2> /dev/null' > /dev/null
start_guest vmm1 ./talker xen
ok "not required: it runs" test -n "$(call 32 4 5)"
is "free" "$(hcbpf vm list)" ""
kill_guest
