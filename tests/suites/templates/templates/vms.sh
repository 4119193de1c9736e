# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# VMs of an ordinary user, whose VMM knows nothing of hcbpf.

# What an unknown call gets where nothing is bound.
free="-1 kernel"
[ "$(uname -m)" != x86_64 ] || free="-1000 kernel"
template db 'profile: site' 'tag: database' 'param: 77'
printf '%s\n' 'version: 1' 'name: site' 'include: [deny-all]' > "$etc"/profiles/site.yaml
rules '  - {user: vmm1, name: db, template: db, required: true}'
ok "the files are loaded" hcbpf admit load

start_guest vmm1 ./talker plain
is "another name runs free" "$(call 9999; hcbpf vm list)" "$free"
kill_guest
start_guest vmm2 ./talker plain -name db
is "and another user" "$(call 9999; hcbpf vm list)" "$free"
kill_guest

start_guest vmm1 ./talker xen -name db
is "before it runs it is not bound" "$(hcbpf vm list)" ""
is "its first call is denied by the template" "$(call 32 4 5)" "-38 kernel"
id=$(guest first)
ok "it is bound" test -n "$id"
ok "JSON of it" valid_json -j vm list
for text in '"policy":"standard"' '"profile":"site"' '"template":"db"' '"operator":true' '"tag":"database"' '"user":"vmm1"'; do
	ok "vm list has $text" grep -qF "$text" /tmp/json
done
says "vm show has the template" "template               db" vm show "$id"
says "and that it is the operator's" "operator's             yes" vm show "$id"
says "and the parameter" "parameter              77" vm show "$id"
ok "JSON of vm show" valid_json -j vm show "$id"
ok "the list has who was admitted" sh -c 'hcbpf -j admit list | grep "\"nr_admitted\":[1-9]"'
