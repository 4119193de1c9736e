# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Loading, unloading, and the ends of VMs, under guests that do not stop.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
: "${usual_hook:?}"

# Start a guest in the background; sets $spinner. Returns when it runs.
start_spinner() {
	mkfifo /tmp/ready
	guest spin "$@" > /tmp/ready &
	spinner=$!
	read -r _ < /tmp/ready
	rm /tmp/ready
}

alive() { kill -0 "$1" 2>/dev/null; }

load_and_unload() {
	cycle=0
	while [ $cycle -lt "$1" ]; do
		load_module
		unload_module || return 1
		cycle=$((cycle + 1))
	done
}

vm_is_gone() { [ -z "$(find /sys/kernel/debug/kvm -name "$1-*")" ]; }

# The hook goes a moment after the last binding.
hook_is_gone() { [ "$(guest info)" = "none 0 1" ]; }

answers_grow() {
	before=$(guest answered "$1")
	eventually answers_exceed "$1" "$before"
}

answers_exceed() { [ "$(guest answered "$1")" -gt "$2" ]; }

start_spinner
ok "20 times loading and unloading under a guest" load_and_unload 20
ok "the guest is alive after that" alive $spinner
kill -9 $spinner
wait $spinner 2>/dev/null

load_module
guest load standard.bpf.o /sys/fs/bpf/standard
not "the module does not unload while a policy is loaded" rmmod hcbpf
start_spinner standard
rm /sys/fs/bpf/standard
sleep 1
not "the module does not unload while a VM is bound" rmmod hcbpf
is "the binding is there without its policy" "$(guest info)" "$usual_hook 1 0"
guest load standard.bpf.o /sys/fs/bpf/standard
ok "a policy loaded again serves again" answers_grow "$(guest first)"

kill -9 $spinner
wait $spinner 2>/dev/null
ok "the binding of a killed VMM is gone within a second" guest wait-vms 0 1000
ok "and the hook with it" eventually hook_is_gone

start_spinner
ok "another process binds the VM, and exits" guest attach $spinner
is "the binding is still there" "$(guest info)" "$usual_hook 1 1"
ok "and serves" answers_grow "$(guest first)"
is "the VM is there" "$(find /sys/kernel/debug/kvm -name "$spinner-*" | wc -l)" 1
: > /tmp/held
guest hold "$(guest first)" > /tmp/held &
holder=$!
eventually grep -q held /tmp/held
kill -9 $spinner
wait $spinner 2>/dev/null
ok "an open binding does not keep a dead VM" eventually vm_is_gone $spinner
ok "a VM that died is no longer bound" guest wait-vms 0 1000
ok "the open binding says that it has ended" eventually grep ended /tmp/held
not "the module does not unload while a binding's file is open" rmmod hcbpf
kill $holder
wait $holder 2>/dev/null
rm /sys/fs/bpf/standard
ok "the module unloads after all that" unload_module

# ---- how long KVM stays hooked

linger=/sys/module/hcbpf/parameters/linger
hook() { guest info | cut -d' ' -f1; }

# Binds a VM, and says how KVM is hooked when it is gone.
hook_after_binding() { guest call standard > /dev/null; guest wait-vms 0 2000; hook; }

bind_often() {
	cycle=0
	while [ $cycle -lt 20 ]; do
		[ "$(hook_after_binding)" = "$usual_hook" ] || return 1
		cycle=$((cycle + 1))
	done
}

modprobe hcbpf
guest load standard.bpf.o /sys/fs/bpf/standard
is "KVM stays hooked for ten seconds" "$(cat $linger)" 10000
is "before the first binding it is not" "$(hook)" none
ok "who binds and unbinds in a loop does not have it hooked anew each time" bind_often
echo 500 > $linger
is "the time can be changed" "$(hook_after_binding)" "$usual_hook"
ok "after it KVM is left alone" eventually hook_is_gone
is "and hooked again by the next" "$(hook_after_binding)" "$usual_hook"
echo 0 > $linger
hook_after_binding > /dev/null
ok "without it the hook goes with the last binding" eventually hook_is_gone
echo 600000 > $linger
is "(a long time)" "$(hook_after_binding)" "$usual_hook"
rm /sys/fs/bpf/standard
ok "a hook that lingers does not keep the module" unload_module
ok "KVM answers without it" guest call
run done_testing
run ./test_asleep
