# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# A VM's id, or --name, --pid with --fd, and --tag, for every verb.

bound one -name web
web=$id web_pid=$pid vm_fd=$fd
bound two -name db
db=$id db_pid=$pid
idle -name free
free_pid=$pid

param() { hcbpf -j vm param "$@" | grep -o '"id":[0-9]*'; }
is "a VM by its id" "$(param "$web")" "\"id\":$web"
is "by its name" "$(param --name web)" "\"id\":$web"
is "by its pid" "$(param --pid "$db_pid")" "\"id\":$db"
is "by its tag" "$(param --tag two)" "\"id\":$db"
is "an option may stand behind the words" "$(hcbpf vm param 77 --tag two)" \
	"the parameter of VM $db is 77 (0x4d)"
is "by a file descriptor" "$(param --pid "$web_pid" --fd "$vm_fd")" "\"id\":$web"
is "and by one of a name" "$(param --name web --fd "$vm_fd")" "\"id\":$web"

# Every verb that takes a VM; what only a Xen guest or arm64 has fails for its own reason.
hcbpf vm save --tag one /tmp/state > /dev/null
hcbpf gpa export --tag one /tmp/pages > /dev/null
while read -r verb; do
	# shellcheck disable=SC2086 # words
	ok "by its tag: $verb" hcbpf ${verb%%;*} --tag one ${verb#*;}
done <<'END'
vm show;
vm param;5
vm features;--abi xen
vm wait;--timeout 0
vm save;/tmp/state
vm restore;/tmp/state
port set;5 slot 0
port list;
port del;5
rule set;kvm default pass
rule list;
rule del;kvm default
buffer list;
buffer limit;7
buffer purge;
profile apply;deny-all
profile diff;kvm-default
gpa show;
gpa export;/tmp/pages
gpa import;/tmp/pages
gpa reset;
stats;
END
refused "by its tag: sdei show" "VM $web has no SDEI" sdei show --tag one
refused "by its tag: sdei inject" "VM $web has no SDEI" sdei inject --tag one 0
refused "by its tag: sdei cancel" "VM $web has no SDEI" sdei cancel --tag one 0
hcbpf -j gpa watch --tag one --count 1 > /tmp/watch &
watch=$!
eventually grep -q eventfd_read "/proc/$watch/wchan"
gpa_tool set "$web" 100:1:1
wait $watch
is "by its tag: gpa watch" $? 0

# ---- what cannot be understood

refused "an id and a tag" "leave its id out" vm show "$web" --tag one
refused "an id and a tag, where there are more words" "leave its id out" \
	port set "$web" 5 eventfd 1:2 slot 1 --tag one
refused "a name and a tag" "named twice" vm show --name web --tag one
refused "a name and a pid" "named twice" vm show --name web --pid "$web_pid"
refused "--fd alone" "name that with --pid or --name" vm show --fd 3
refused "--fd beside an id" "name that with --pid or --name" vm show "$web" --fd 3
refused "--fd beside a tag" "name that with --pid or --name" vm show --tag one --fd 3
refused "a tag that could be none" '"a b" cannot be a tag' vm show --tag "a b"
refused "a tag that is empty" "cannot be a tag" vm show --tag=
refused "a pid that is no number" "not the number of a process" vm show --pid x
refused "a descriptor that is no number" "not the number of a file descriptor" \
	vm show --name web --fd x
refused "options that a verb without a VM has not" "unknown option --tag" policy list --tag one
refused "no VM at all" "an argument is missing" vm show

# ---- what fits no bound VM

refused "a name that nobody has" 'there is no VM named "web2"' vm show --name web2
refused "a name of a VM that is not bound" 'the VM named "free" is not bound' vm show --name free
refused "a pid of one" "the VM of process $free_pid is not bound" vm show --pid "$free_pid"
refused "a pid that nobody has" "there is no process 4000000" vm show --pid 4000000
refused "a pid of a process without a VM" "has no KVM VM open" vm show --pid $$
refused "a descriptor that is none" "has no file descriptor 999" vm show --pid "$web_pid" --fd 999
refused "a descriptor that is no VM" "is not a KVM VM" vm show --pid "$web_pid" --fd 1
refused "a descriptor that is no VM of that name" 'there is no VM named "web"' \
	vm show --name web --fd 1
refused "a tag that nobody has" 'there is no VM tagged "three"' vm show --tag three
refused "to restore to a tag that nobody has" 'there is no VM tagged "three"' \
	vm restore --tag three /tmp/state

# ---- what fits several

bound one -name web
refused "a tag that two have" "several bound VMs are tagged \"one\": $web, $id; name one" \
	vm show --tag one
refused "a name that two have" "several bound VMs are named \"web\": $web, $id; name one" \
	vm show --name web
refused "and nobody is unbound by it" "several bound VMs" vm detach --name web
hcbpf vm detach "$id" > /dev/null
is "of two of one name, the one that is bound" "$(param --name web)" "\"id\":$web"

# ---- waiting

hcbpf vm wait --tag late --timeout 30 > /tmp/late &
waiter=$!
hcbpf vm attach --name free --tag late > /dev/null
wait $waiter
is "a wait for a tag" $? 0
is "ends with the VM that has it" "$(cat /tmp/late)" \
	"process $free_pid is VM $(param --tag late | grep -o '[0-9]*')"
ok "a VM is unbound by its tag" hcbpf vm detach --tag late
ok "and the wait for its end is over" hcbpf vm wait --tag late --until ended --timeout 0
kill_all
