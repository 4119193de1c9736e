# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Others who watch or patch the function that the module hooks.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

tracing=/sys/kernel/tracing
policy=/sys/fs/bpf/standard
patch=/sys/kernel/livepatch/livepatch

# A doorbell of a bound guest is served; one of an unbound guest is answered with $1.
served() { is "$1: a bound guest is served" "$(guest call standard)" "0 1"; }
unserved() { is "$1: an unbound guest is answered by KVM" "$(guest call)" "${2:--1000} 0"; }

# Keep a VM bound in the background, so that the hook stays; sets $keeper.
keep_hook() {
	mkfifo /tmp/ready
	guest idle standard > /tmp/ready &
	keeper=$!
	read -r _ < /tmp/ready
	rm /tmp/ready
}

drop_hook() {
	kill -9 $keeper
	wait $keeper 2>/dev/null
	guest wait-vms 0 2000
	eventually hook_is_off
}

hook() { guest info | cut -d' ' -f1; }
hook_is_off() { [ "$(hook)" = none ]; }

settled() { [ "$(cat $patch/transition)" = 0 ]; }
patch_off() { echo 0 > $patch/enabled; eventually rmmod livepatch; }

# The fentry program lives as long as its process.
start_fentry() {
	mkfifo /tmp/ready
	guest fentry > /tmp/ready 2> /tmp/fentry.err &
	fentry=$!
	exec 3< /tmp/ready
	rm /tmp/ready
	read -r _ <&3
}

fentry_is_refused() {
	start_fentry && return 1
	wait $fentry
	grep -E "Device or resource busy|Invalid argument" /tmp/fentry.err
}

fentry_counts() {
	kill -USR1 $fentry
	read -r count <&3
	[ "$count" -gt 0 ]
}

stop_fentry() {
	kill $fentry
	wait $fentry 2>/dev/null
	exec 3<&-
}

with_hook() {
	keep_hook
	"$@"
	result=$?
	drop_hook
	return $result
}

load_module
guest load standard.bpf.o $policy
served "alone"
unserved "alone"

# ---- tracers

echo kvm_emulate_hypercall > $tracing/set_ftrace_filter
echo function > $tracing/current_tracer
served "function tracer"
unserved "function tracer"
ok "the function tracer sees the calls" grep -q kvm_emulate_hypercall $tracing/trace
keep_hook
served "function tracer first"
echo nop > $tracing/current_tracer
echo > $tracing/set_ftrace_filter
served "function tracer gone"
echo 'p:hcbpf_p kvm_emulate_hypercall' >> $tracing/kprobe_events
echo 'r:hcbpf_r kvm_emulate_hypercall' >> $tracing/kprobe_events
echo 1 > $tracing/events/kprobes/enable
served "kprobe and kretprobe"
unserved "kprobe and kretprobe"
ok "the kprobe sees the calls" grep -q hcbpf_p: $tracing/trace
ok "the kretprobe sees their ends" grep -q hcbpf_r: $tracing/trace
echo 0 > $tracing/events/kprobes/enable
echo > $tracing/kprobe_events
served "probes gone"

# ---- a BPF fentry program, behind us and before us

ok "with the hook in place, an fentry program is refused" fentry_is_refused
served "after a refused fentry program"
drop_hook
start_fentry
ok "without it, an fentry program attaches" kill -0 $fentry
keep_hook
is "then the hook is the slower one" "$(guest info)" "redirect 1 1"
served "fentry first"
unserved "fentry first"
fentry_counts
is "the fentry program sees the calls" $? 0
drop_hook
unserved "fentry first, unbound"
stop_fentry
keep_hook
is "without the fentry program the hook is direct again" "$(guest info)" "direct 1 1"
served "fentry gone"

# ---- a live patch, behind us and before us

modprobe livepatch
ok "the function is live patched under the hook" eventually settled
served "live patch second"
unserved "live patch second" 19536
drop_hook
unserved "live patch without hook" 19536
keep_hook
is "the hook is direct over a live patch" "$(guest info)" "direct 1 1"
served "live patch first"
unserved "live patch first" 19536
ok "the live patch goes under the hook" patch_off
served "live patch gone"
unserved "live patch gone"
drop_hook

# ---- both: one has the direct call, the other the redirection

start_fentry
modprobe livepatch
ok "the function is live patched behind an fentry program" eventually settled
is "with both there, binding is refused" "$(guest call standard 2>&1)" \
	"guest: bind: Device or resource busy"
ok "and the log says who they are" sh -c \
	'dmesg | tail -n3 | grep "a live patch and a BPF fentry program hold it"'
is "and nothing is hooked" "$(guest info)" "none 0 1"
unserved "fentry and live patch" 19536
patch_off
stop_fentry
served "both gone"

# ---- ftrace switched off

not "ftrace cannot be switched off under the hook" with_hook sysctl -w kernel.ftrace_enabled=0
if sysctl -w kernel.ftrace_enabled=0 > /dev/null 2>&1; then
	is "with ftrace off, binding is refused" "$(guest call standard 2>&1)" \
		"guest: bind: Device or resource busy"
	ok "and the log says what to do" sh -c 'dmesg | tail -n3 | grep kernel.ftrace_enabled=1'
	unserved "ftrace off"
	sysctl -w kernel.ftrace_enabled=1 > /dev/null
	served "ftrace on again"
else
	is "this kernel's ftrace cannot be switched off" "$(cat /proc/sys/kernel/ftrace_enabled)" 1
	served "ftrace on still"
fi

rm $policy
ok "the module unloads after all that" unload_module

# ---- ftrace switches itself off, for good: the last there is to try with this kernel

kept() { dmesg | grep -q "ftrace has switched itself off: KVM stays hooked, and this module cannot go"; }

load_module
guest load standard.bpf.o $policy
keep_hook
not "the function tracer is killed" modprobe killftrace
served "ftrace killed"
kill -9 $keeper
wait $keeper 2>/dev/null
guest wait-vms 0 2000
ok "the log says that the module has to stay" eventually kept
is "KVM is hooked as before" "$(hook)" direct
served "ftrace killed, bound again"
unserved "ftrace killed"
rm $policy
sleep 1
not "and the module does not unload" rmmod hcbpf
run done_testing
