# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A guest that is saved at a random moment, whose VMM is killed, and that goes on in a
# new process, over and over: each send it ever made arrives once. The VMM runs as a user
# who is in group kvm and may do nothing else.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh

rounds=100

# vmm OPTION...: sets $vmm; it is ready when this returns, and runs after the next line.
vmm() {
	rm -f /tmp/go /tmp/said
	mkfifo /tmp/go /tmp/said
	chmod 666 /tmp/go /tmp/said
	as-user vmm1 hcbpf-vmm --pause --json "$@" < /tmp/go > /tmp/said &
	vmm=$!
	exec 7> /tmp/go 8< /tmp/said
	read -r said <&8 && [ "$said" = ready ]
}

# Run for up to 30 ms, be saved, and be killed.
run_and_save() {
	echo >&7
	# shellcheck disable=SC3028 # busybox's shell has it
	usleep $((RANDOM % 30000))
	kill -USR1 $vmm
	read -r said <&8 && [ "$said" = saved ]
	saved=$?
	kill -9 $vmm
	wait $vmm 2> /dev/null
	return $saved
}

# All of it, but for the first start.
go_on() {
	round=1
	while [ $round -le $rounds ]; do
		vmm --restore /home/vmm1/vm --save /home/vmm1/vm && run_and_save || return 1
		[ $((round % 10)) != 0 ] || echo "# restored $round times" >&3
		round=$((round + 1))
	done
}

field() { sed -n 's/.*\],.*"'"$1"'":\([0-9]*\).*/\1/p' /tmp/result; }

exec 3>&1
load_module
ok "the standard policy is loaded" hcbpf load
vmm --forever --save /home/vmm1/vm
run_and_save
is "a guest runs and is saved" $? 0
ok "its VMM gone, nothing is bound" guest wait-vms 0 5000
go_on
is "it is restored, runs, is saved and its VMM killed $rounds times" $? 0

vmm --restore /home/vmm1/vm
is "it is restored once more" $? 0
is "with its tag" "$(hcbpf -j vm list | grep -o '"tag":"[^"]*"')" '"tag":"reference-vmm"'
echo >&7
usleep 100000
kill -TERM $vmm
cat <&8 > /tmp/result
wait $vmm
is "its accounts are right in the end" $? 0
echo "# $(field sends) sends, $(field signals) signalled, $(field exits) exits"
is "no send was lost" "$(field lost)" 0
is "none arrived twice" "$(field doubled)" 0
ok "the kernel served many" [ "$(field signals)" -gt 1000 ]
ok "and the VMM some" [ "$(field exits)" -gt 100 ]

cp /home/vmm1/vm /home/vmm1/damaged
# hcbpf's part is the last in the file.
printf x | dd of=/home/vmm1/damaged bs=1 seek=$(($(stat -c %s /home/vmm1/vm) - 20)) conv=notrunc 2> /dev/null
hcbpf-vmm --restore /home/vmm1/damaged > /tmp/out 2>&1
not "what is damaged is not restored" [ $? = 0 ]
ok "and the VMM says why" grep "it is damaged" /tmp/out
ok "the policy is unloaded" hcbpf unload standard
hcbpf-vmm --restore /home/vmm1/vm > /tmp/out 2>&1
not "without its policy it is not restored" [ $? = 0 ]
is "and nothing is left bound" "$(guest info | cut -d' ' -f2)" 0
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
