# shellcheck shell=sh disable=SC2016,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# From files to what is in force: load, list, clear.

rules '  - {user: vmm1, name: db, template: db, required: true}' '  - {unit: machine.slice, template: db}'
is "before the first load it is off" "$(hcbpf probe | grep admission)" \
	"ok  admission         off: VMs are bound by VMMs and by hand"
is "the list is empty, and says that files are not in force" "$(hcbpf admit list 2>&1)" \
	'hcbpf: the files are not what is in force: template "db" is not in force; `hcbpf admit load` loads them'
ok "JSON of that" valid_json -j admit list
says "the files are loaded" "1 template and 2 rules are in force" admit load
ok "JSON of load" valid_json -j admit load
ok "JSON of list" valid_json -j admit list
hcbpf admit list > /tmp/list 2>&1
is "list has the first rule" "$(sed -n 2p /tmp/list | tr -s ' ')" \
	" 1 vmm1 - - db db standard xen-4.3 yes"
is "and the second" "$(sed -n 3p /tmp/list | tr -s ' ')" \
	" 2 - - machine.slice - db standard xen-4.3 no"
is "and nothing else" "$(wc -l < /tmp/list)" 3
is "probe has the numbers" "$(hcbpf probe | grep admission)" \
	"ok  admission         in force: 1 template and 2 rules"
ok "holders says who keeps the module" \
	sh -c "hcbpf holders 2> /dev/null | grep '^admission  *-  *-  *-  *1 template and 2 rules: .hcbpf admit clear.$'"
hcbpf unload standard > /dev/null
not "so it is not unloaded by mistake" rmmod hcbpf
ok "the policy is loaded again" hcbpf load

# ---- all or nothing

template wrong 'profile: nothing'
refused "a template without its profile: what was in force stays" \
	"$etc/templates/wrong.yaml:3: there is no profile \"nothing\"" admit load
rm "$etc"/templates/wrong.yaml
template large 'ports: 4294967295'
refused "more ports than the module has" "the module takes no table of that size" admit load
rm "$etc"/templates/large.yaml
is "the list says what differs" "$(template db 'param: 1'; hcbpf admit list 2>&1 > /dev/null)" \
	'hcbpf: the files are not what is in force: template "db" is not the one in force; `hcbpf admit load` loads them'
rules '  - {user: vmm1, template: dbb}'
ok "or why the files cannot be read" \
	sh -c "hcbpf admit list 2>&1 | grep 'in force: $file:3: there is no template \"dbb\"; .hcbpf admit load'"
ok "JSON of that, too" valid_json -j admit list
template db 'profile: xen-4.3' 'tag: database'

# ---- a module that does not take it

rules '  - {user: vmm1, template: db}'
hcbpf admit load > /dev/null
for ioctl in 5 6; do
	failing $ioctl 1 "ioctl $ioctl: no privilege" "admission needs root (CAP_SYS_ADMIN); run this as root" admit load
	failing $ioctl 25 "ioctl $ioctl: an old module" "the module that is loaded has no admission; load the one that belongs" admit load
	failing $ioctl 12 "ioctl $ioctl: no memory" "did not answer as it should: Cannot allocate memory" admit load
done
failing 5 95 "PREEMPT_RT" "there is no admission on a PREEMPT_RT kernel; bind VMs by their VMM" admit load
failing 5 16 "ftrace is off" "KVM cannot be watched: ftrace is off; run \`sysctl kernel.ftrace_enabled=1\`" admit load
failing 5 7 "too large" "the module takes no table of that size" admit load
failing 5 11 "somebody else" "somebody replaces the table all the time; try again" admit load
failing 5 12 "clear fails" "did not answer as it should" admit clear
failing 6 12 "list fails" "did not answer as it should" admit list
for verb in list load clear "add --user vmm1 --template db" "remove 1"; do
	# shellcheck disable=SC2086 # words
	is "as an ordinary user: admit $verb" "$(as-user vmm1 hcbpf admit $verb 2>&1)" \
		"hcbpf: admission needs root (CAP_SYS_ADMIN); run this as root"
done
is "check is for anybody" "$(as-user vmm1 hcbpf admit check)" "the files have 1 template and 1 rule, and no mistake"
is "probe as an ordinary user" "$(as-user vmm1 hcbpf probe | grep admission)" \
	"?   admission         root alone can see it; run this as root"
is "probe with an old module" "$(fail_ioctl 6 25 hcbpf probe | grep admission)" \
	"?   admission         the module that is loaded has none; load the module that belongs to this command"
echo 0 > /proc/sys/kernel/ftrace_enabled
hcbpf admit clear > /dev/null
if [ "$(cat /proc/sys/kernel/ftrace_enabled)" = 0 ]; then
	refused "really with ftrace off" "KVM cannot be watched: ftrace is off" admit load
	echo 1 > /proc/sys/kernel/ftrace_enabled
fi

# ---- off, and at boot

says "clear" "admission is off; VMs that are bound stay so, and the files are as they were" admit clear
ok "JSON of clear" valid_json -j admit clear
is "the list is empty" "$(hcbpf admit list 2> /dev/null)" ""
ok "the file is there" test -s "$file"
loader() { HCBPF_POLICIES=/tmp/policies /lab/packaging/systemd/load-policies "$@"; }
mkdir -p /tmp/policies
ok "boot: policies, then admission" loader
says "boot: it is in force" "vmm1" admit list
rules '  - {user: vmm2, template: db}'
ok "boot: a reload" loader --replace
says "boot: the new one is in force" "vmm2" admit list
rules '  - {user: vmm2, template: dbb}'
not "boot: a mistake is a failure" loader --replace
says "boot: the old one stays" "vmm2" admit list
rules '  - {user: vmm1, template: db}'
echo rubbish > /tmp/policies/bad.bpf.o
not "boot: a bad policy is a failure" loader
says "boot: and admission is loaded all the same" "vmm1" admit list
rm /tmp/policies/bad.bpf.o "$file"
ok "boot: without a file nothing is loaded" loader
says "boot: and what was in force stays" "vmm1" admit list
hcbpf admit clear > /dev/null
is "nothing is said of no file and nothing in force" "$(hcbpf admit list 2>&1)" ""
rules
says "without rules, the templates are for a policy" "1 template and 0 rules are in force" admit load
mv "$etc"/templates/db.yaml /tmp/
says "without templates it is off" "admission is off: the files have no template" admit load
mv /tmp/db.yaml "$etc"/templates/
rm "$file"
