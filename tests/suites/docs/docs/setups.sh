# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What there is before an example of docs/*.md. To be sourced by docs.sh.

# shellcheck source=tests/suites/lib/idle.sh
. ./idle.sh

# VMMs that read a line before they go on wait here.
mkfifo /tmp/never
exec 9<> /tmp/never

# vmm PID ARGUMENT...: a VMM with that number, which says "ready" when it has a VM
vmm() {
	pid=$1
	shift
	rm -f /tmp/ready
	mkfifo /tmp/ready
	echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
	"$@" <&9 > /tmp/ready &
	[ $! = "$pid" ] || echo "the VMM is process $!, not $pid" >&2
	all="$all $!"
	read -r _ efd < /tmp/ready
}

idle_as() {
	pid=$1
	shift
	vmm "$pid" ./idlevm "$@"
}

clear_all() {
	kill_all
	hcbpf admit clear > /dev/null 2>&1
	rm -rf /etc/hcbpf/templates /etc/hcbpf/admission.yaml
	for name in $(hcbpf -j policy list 2> /dev/null | grep -o '"name":"[^"]*"' | cut -d'"' -f4); do
		hcbpf unload "$name"
	done > /dev/null
	[ ! -e /dev/hcbpf ] || unload_module
}

# bind_until ID: the next VM to be bound has this id
bind_until() {
	idle_as 999
	while hcbpf vm attach --pid 999 > /tmp/attached; do
		id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
		hcbpf vm detach "$id" > /dev/null
		[ "$id" -lt $(($1 - 1)) ] || return 0
	done
}

setup_nothing() { :; }

setup_module() { load_module; }

setup_standard() {
	load_module
	hcbpf load
}

setup_mine() {
	setup_standard
	cp observe.bpf.o /tmp/here/mine.bpf.o
}

# A VM, 1, that is observed, whose guest has made calls.
setup_observed() {
	setup_standard
	mkfifo /tmp/asks
	guest ask standard < /tmp/asks > /tmp/answers &
	all="$all $!"
	exec 8> /tmp/asks
	rm /tmp/asks
	eventually grep -q ready /tmp/answers
	hcbpf vm observe 1
	# kick_cpu, a doorbell that is served, one that is not, and two numbers that nobody knows.
	printf '%s\n' "5 4000" "0x48430000 60000 5" "0x48430000 12 6" "77 3" "78" >&8
	eventually sh -c "[ \$(wc -l < /tmp/answers) = 6 ]"
	# It goes on until nobody can ask it any more.
}

# The same, and it is about to make more. What it has to do takes a second.
setup_learning() {
	setup_observed
	hcbpf vm observe 1 --off
	mkdir -p /etc/hcbpf/profiles
	(
		eventually sh -c 'hcbpf -j vm list | grep -q "\"observed\":true"'
		printf '%s\n' "5 2000" "11 120" "0x48430000 3999 5" "0x48430000 1 6" >&8
	) &
}

# VMs that nobody has bound, and two with one tag.
setup_tagged() {
	setup_standard
	bind_until 3
	idle_as 203 -name web-3
	for pid in 201 202; do
		idle_as $pid
		hcbpf vm attach --pid $pid --tag web
	done
}

# A VM with a tag, a port of which is claimed by process 187.
setup_claims() {
	setup_standard
	idle_as 201
	hcbpf vm attach --pid 201 --tag web
	echo 186 > /proc/sys/kernel/ns_last_pid
	hcbpf port claim web 5 > /tmp/signals 2> /tmp/claimed &
	all="$all $!"
	eventually test -s /tmp/claimed
}

# calling KIND CALL ARGUMENT...: a VMM whose guest makes this call five times a second, and that is
# bound with these arguments
calling() {
	rm -f /tmp/calls /tmp/calling
	mkfifo /tmp/calls
	makecalls "$1" < /tmp/calls > /tmp/calling &
	pid=$! call=$2
	all="$all $pid"
	while echo "$call"; do usleep 200000; done > /tmp/calls 2> /dev/null &
	eventually grep -qs ready /tmp/calling
	shift 2
	hcbpf vm attach --pid $pid "$@"
}

setup_traced() {
	setup_standard
	calling plain "0 1 5 0 1" --tag web-1
	calling xen "0 1 29 2" --tag db
	hcbpf rule set 2 xen 29:2 deny
	calling xen "0 1 32 4 0x100000" --tag mq
}

setup_logged() {
	setup_module
	hcbpf load log.bpf.o
	calling plain "0 1 5 1" --policy log
}

setup_private_bpffs() {
	grep -q " /sys/kernel/security " /proc/mounts || mount -t securityfs securityfs /sys/kernel/security
	chmod 700 /sys/fs/bpf
	[ ! -e /sys/fs/bpf/hcbpf ] || rmdir /sys/fs/bpf/hcbpf
}

setup_squatter() {
	chmod 1777 /sys/fs/bpf
	rmdir /sys/fs/bpf/hcbpf 2> /dev/null
	as-user vmm1 mkdir /sys/fs/bpf/hcbpf
}

setup_objects() {
	rm -rf /sys/fs/bpf/hcbpf
	setup_module
	cp observe.bpf.o /tmp/here/mine.bpf.o
	cp refused.bpf.o /tmp/here/bad.bpf.o
}

setup_bound() {
	setup_standard
	idle_as 189
	hcbpf vm attach --pid 189 --tag web-1
	cp who.bpf.o /tmp/here/
	cp standard.bpf.o /tmp/here/better.bpf.o
	cp refused.bpf.o /tmp/here/bad.bpf.o
}

setup_replaced() {
	setup_bound
	hcbpf replace standard
	hcbpf load same_but_user.bpf.o --name with.dot
	idle_as 190
	hcbpf vm attach --pid 190 --policy with.dot
}

# VMMs, and none is bound.
setup_vmms() {
	setup_standard
	hcbpf load same_but_user.bpf.o --name with.dot
	idle_as 189
	VMS=2 idle_as 190
	idle_as 201 -name web-1
	idle_as 202 -name web-2
	idle_as 204 -name db
}

setup_list() {
	setup_standard
	hcbpf load same_but_user.bpf.o --name with.dot
	idle_as 189
	hcbpf vm attach --pid 189 --tag web-1
	bind_until 4
	cp idlevm /tmp/qemu-system-x86_64
	vmm 204 as-user vmm1 /tmp/qemu-system-x86_64 -name db
	hcbpf vm attach --name db
	hcbpf profile apply 4 xen-4.3
}

setup_matching() {
	setup_standard
	bind_until 5
	idle_as 201 -name web-1
	idle_as 202 -name web-2
	hcbpf vm attach --name web-1
	hcbpf vm attach --name web-2
}

setup_param() {
	setup_standard
	bind_until 4
	idle_as 204
	hcbpf vm attach --pid 204
}

setup_wait() {
	setup_standard
	bind_until 5
	idle_as 201 -name web-1
}

setup_saved() {
	setup_standard
	bind_until 3
	idle_as 227
	hcbpf vm attach --pid 227 --tag web-1
	hcbpf profile apply 3 xen-4.3
	hcbpf port set 3 5 slot 0
	hcbpf port set 3 131071 slot 7
	idle_as 228
}

setup_small() {
	setup_saved
	hcbpf vm save 3 /tmp/here/web-1.state
	hcbpf vm attach --pid 228 --ports 100
}

setup_ports() {
	setup_standard
	vmm 189 talker xen
	hcbpf vm attach --pid 189
	bind_until 3
	idle_as 190
	hcbpf vm attach --pid 190 --ports 100
}

setup_one() {
	setup_standard
	idle_as 189
	hcbpf vm attach --pid 189
}

# Its guest has made a call, so that its rules are what it knows.
setup_called() {
	setup_standard
	vmm 189 guest spin
	hcbpf vm attach --pid 189
	sleep 1
}

setup_site() {
	mkdir -p /etc/hcbpf/profiles
	printf '%s\n' 'version: 1' 'name: site' 'description: our web servers' \
		'include: [xen-4.3]' 'unknown: deny' > /etc/hcbpf/profiles/site.yaml
}

setup_profiles() {
	setup_standard
	setup_site
	idle_as 189
	hcbpf vm attach --pid 189
	hcbpf profile apply 1 xen-4.3
	printf '%s\n' 'version: 1' 'name: bad' 'xen: {rules: [{call: foo, action: pass}]}' \
		> /tmp/here/bad.yaml
}

setup_old_profile() {
	mkdir -p /etc/hcbpf/profiles
	printf '%s\n' 'version = 1;' 'name = "site";' > /etc/hcbpf/profiles/site
}

setup_pages() {
	setup_standard
	idle_as 189
	hcbpf vm attach --pid 189
	gpa_tool set 1 100:200:1
	gpa_tool set 1 300:1:7
}

setup_exported() {
	setup_pages
	bind_until 4
	idle_as 204
	hcbpf vm attach --pid 204
}

setup_cases() { cp /lab/objects/* /tmp/here; }

setup_qemu() {
	setup_standard
	cp idlevm /tmp/qemu-system-x86_64
	vmm 2300 talker xen
	vmm 2107 as-user vmm1 /tmp/qemu-system-x86_64 -name web-1
}

setup_who() {
	cp who.bpf.o /tmp/here
}

setup_called_with_profile() {
	setup_called
	hcbpf profile apply 1 xen-4.3 force
}

setup_db() {
	mkdir -p /etc/hcbpf/templates
	printf '%s\n' 'version: 1' 'name: db' 'profile: xen-4.3' 'tag: database' \
		> /etc/hcbpf/templates/db.yaml
}

setup_template() {
	setup_standard
	setup_db
}

setup_two_templates() {
	setup_db
	printf '%s\n' 'version: 1' 'name: web' > /etc/hcbpf/templates/web.yaml
}

setup_templates() {
	setup_template
	printf '%s\n' 'version: 1' 'name: wrong' 'profile: xen-4.2' > /etc/hcbpf/templates/wrong.yaml
}

setup_added() {
	setup_template
	hcbpf admit add --user vmm1 --name db --template db --required
}

# Its guest has run, with a call that nothing is made of.
setup_admitted() {
	setup_added
	mkfifo /tmp/calls
	exec 8<> /tmp/calls
	echo 99 >&8
	echo 203 > /proc/sys/kernel/ns_last_pid
	as-user vmm1 ./talker xen -name db < /tmp/calls > /dev/null &
	all="$all $!"
	guest wait-vms 1 5000
	rm /tmp/calls
}

setup_template_attach() {
	setup_template
	idle_as 189
	idle_as 190
}

setup_mistake() {
	setup_template
	printf '%s\n' 'version: 1' 'rules:' '  - {user: vmm1, template: dbb}' > /etc/hcbpf/admission.yaml
}

setup_changed() {
	setup_added
	echo 'param: 5' >> /etc/hcbpf/templates/db.yaml
}
