# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf trace`: a line for each call that is asked for, and no other; what is dropped, and that no
# guest waits; how it ends. And what policies write into ring buffers of their own.

if [ "$(uname -m)" = x86_64 ]; then
	abi=kvm named_nr=5 named=kick_cpu
	named_args='flags=0x4, apic_id=0x7' named_json='"flags":4,"apic_id":7'
	wide=102
else
	abi=smccc named_nr=0xc4000003 named=psci_cpu_on
	named_args='target_cpu=0x4, entry_point_address=0x7, context_id=0'
	named_json='"target_cpu":4,"entry_point_address":7,"context_id":0'
	wide=0xc6000066	# a call of SMCCC that has 64-bit arguments
fi

# calling WHAT: a bound VM with two vCPUs that makes calls: see makecalls. Sets $id and $caller.
callers=0
# shellcheck disable=SC2317
calling() {
	callers=$((callers + 1))
	rm -f /tmp/calls.$callers
	mkfifo /tmp/calls.$callers
	makecalls "$1" < /tmp/calls.$callers > /tmp/answers.$callers &
	caller=$!
	all="$all $caller"
	exec 8> /tmp/calls.$callers
	answers=/tmp/answers.$callers
	eventually grep -q ready "$answers"
	hcbpf vm attach --pid $caller --tag "caller-$callers" > /tmp/attached
	id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
}
# calls "VCPU COUNT NR ARG...": and wait for the answer
# shellcheck disable=SC2317
calls() {
	before=$(wc -l < "$answers")
	echo "$1" >&8
	eventually sh -c "[ \$(wc -l < $answers) -gt $before ]"
}

# trace ARGUMENT...: in the background, into /tmp/trace; waits until it traces. Sets $tracer.
# shellcheck disable=SC2317
trace() {
	rm -f /tmp/trace.err
	hcbpf trace "$@" > /tmp/trace 2> /tmp/trace.err &
	tracer=$!
	eventually grep -qs 'tracing\|following' /tmp/trace.err
}
# over [SIGNAL]: it ends, with all that it has. Sets $ended.
# shellcheck disable=SC2317
over() {
	kill "-${1:-INT}" $tracer
	wait $tracer
	ended=$?
}
# shellcheck disable=SC2317
said() { grep -q -F -- "$1" /tmp/trace; }
# shellcheck disable=SC2317
lines() { grep -c '  VM ' /tmp/trace; }

calling plain
hcbpf rule set "$id" $abi 100 deny > /dev/null
hcbpf rule set "$id" $abi 101 exit > /dev/null

# ---- what a line has

trace "$id"
calls "0 1 $named_nr 4 7"
calls "1 1 100 0x4d 0x4e"
calls "0 1 101"
calls "0 1 102 1 2 3"
ok "a call is shown at once" eventually said "$named("
over
is "a signal ends it" "$ended" 0
is "each call is a line" "$(lines)" 4
ok "with the call's name and number, and its arguments by name" \
	said "vCPU 0  $abi $(printf '%#x' $named_nr) $named($named_args)  pass"
ok "with its vCPU, its outcome and the result" sh -c \
	"grep -q 'vCPU 1  $abi 0x64 100(0x4d, 0x4e)  done = .*[A-Z]  [0-9]* ns\$' /tmp/trace"
ok "or that the VMM was asked" said "$abi 0x65 101()  exit  "
ok "a call without a name has its registers" said "102(0x1, 0x2, 0x3)  pass"
ok "with its VM and the time of day" \
	grep -q "^[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]\{6\}  VM $id (caller-$callers)  vCPU" /tmp/trace
ok "the end says how many there were" grep -q "calls shown: 4, dropped: 0" /tmp/trace.err

# ---- as JSON

# Nothing says when it has begun, but the kernel.
traces() { hcbpf holders 2> /dev/null | grep -q "^tracer  *$tracer "; }
hcbpf -j trace "$id" > /tmp/lines 2> /tmp/err &
tracer=$!
eventually traces
calls "0 1 $named_nr 4 7"
calls "1 1 100 0x4d 0x4e"
over TERM
# Those of /tmp/lines that are no JSON.
wrong() {
	while read -r line; do
		echo "$line" > /tmp/json
		json < /tmp/json || echo "no JSON: $line"
		json_seen trace
	done < /tmp/lines
}
is "as JSON, each is a line" "$(wrong) $(wc -l < /tmp/lines) $ended" " 3 0"
has() { grep -q -F -- "$1" /tmp/lines; }
ok "with arguments by name" has "\"named_args\":{$named_json}"
ok "and by register" has "\"nr\":100,\"sub\":null,\"call\":\"100\",\"args\":[77,78,0,0"
ok "and who has made it" has '"from_user":false,'
ok "and the result" has '"outcome":"done","answer":'
ok "the last line says how many there were" sh -c \
	'tail -n 1 /tmp/lines | grep -q "\"shown\":2,\"dropped\":0}"'

# ---- calls of the guest's user mode

if [ "$(uname -m)" = x86_64 ]; then
	exec 7>&8
	plain=$id plain_answers=$answers
	calling user
	trace "$id"
	calls "1 1 102 1"
	over
	ok "a call of the guest's user mode is marked" said "vCPU 1  kvm 0x66 102(0x1)  user mode  pass  "
	hcbpf -j trace "$id" --count 1 > /tmp/lines 2> /tmp/err &
	tracer=$!
	eventually traces
	calls "1 1 102 1"
	wait $tracer
	ok "as JSON, too" has '"from_user":true,"outcome":"pass"'
	id=$plain answers=$plain_answers
	exec 8>&7 7>&-
else
	skip "a call of the guest's user mode is marked" "EL0 has no hypercalls"
	skip "as JSON, too" "EL0 has no hypercalls"
fi

# ---- filters

# only ARGUMENT...: of some calls, those that pass this filter, as "NR/VCPU"
# shellcheck disable=SC2317
only() {
	trace "$@"
	for kind in "0 2 100" "1 2 100" "0 1 101" "0 2 102" "1 2 $named_nr 1"; do
		calls "$kind"
	done
	over
	awk '/  VM / { print $8 "/" $6 }' /tmp/trace | paste -sd' '
}
named_hex=$(printf '%#x' $named_nr)
is "all calls" "$(only)" "0x64/0 0x64/0 0x64/1 0x64/1 0x65/0 0x66/0 0x66/0 $named_hex/1 $named_hex/1"
is "of a vCPU" "$(only --vcpu 1)" "0x64/1 0x64/1 $named_hex/1 $named_hex/1"
is "of a number" "$(only --nr 100)" "0x64/0 0x64/0 0x64/1 0x64/1"
is "of a name" "$(only --abi $abi --nr $named)" "$named_hex/1 $named_hex/1"
is "of an ABI" "$(only --abi hyperv)" ""
is "that were answered" "$(only --outcome "done")" "0x64/0 0x64/0 0x64/1 0x64/1"
is "that were left to KVM" "$(only --outcome pass --vcpu 0)" "0x66/0 0x66/0"
is "that the VMM was asked about" "$(only "$id" --outcome exit)" "0x65/0"
plain=$id plain_answers=$answers
exec 7>&8
calling xen
is "of a VM" "$(only "$plain")" ""
is "by its tag" "$(only --tag "caller-$callers" --nr 102)" "0x66/0 0x66/0"
trace --abi xen --nr event_channel_op:send
calls "0 2 32 4 0x100000"
calls "0 1 32 5 0x100000"
calls "0 1 29 4"
over
is "of a sub-operation" "$(awk '/  VM / { print $9 $10 }' /tmp/trace | paste -sd' ')" \
	"event_channel_op:send(cmd=0x4,arg=0x100000) event_channel_op:send(cmd=0x4,arg=0x100000)"

# ---- what is dropped, and where

id=$plain answers=$plain_answers
exec 8>&7 7>&-
trace "$id" --ring 64K
kill -STOP $tracer
calls "0 5000 100"
ok "a reader that stands still keeps no guest waiting" sh -c "[ \$(wc -l < $answers) -gt 0 ]"
kill -CONT $tracer
eventually grep -q 'calls dropped so far' /tmp/trace
over
ok "what it has missed is a line" grep -q '^[0-9:.]*  calls dropped so far: [1-9]' /tmp/trace
missed=$(sed -n 's/.*dropped: //p' /tmp/trace.err)
is "and with what was shown it is all" "$(($(lines) + missed))" 5000
ok "the ring buffer was full" sh -c "[ $(lines) -gt 500 ] && [ $(lines) -lt 700 ]"
trace "$id" --ring 64K --nr 100
kill -STOP $tracer
calls "0 5000 102"
calls "0 3 100"
kill -CONT $tracer
over
is "what is filtered takes no room: that is done in the kernel" \
	"$(lines) $(sed -n 's/.*dropped: //p' /tmp/trace.err)" "3 0"

# A guest that never stops.
spin
trace "$busy" --ring 64K
memory() { awk '/^VmRSS/ { print $2 }' /proc/$tracer/status; }
sleep 1
before=$(memory)
sleep 3
ok "a guest that calls without end makes it no larger" [ "$(memory)" -lt $((before + 256)) ]
over
ok "and is shown" sh -c "sed -n 's/.*shown: \([0-9]*\),.*/\1/p' /tmp/trace.err | grep -q '....'"

# ---- how it ends

timeout 60 hcbpf trace "$busy" --count 3 > /tmp/trace 2> /dev/null
is "a count ends it" "$? $(wc -l < /tmp/trace)" "0 3"
timeout 60 hcbpf trace "$id" --timeout 1 > /tmp/trace 2> /tmp/trace.err
is "or a time" "$? $(wc -l < /tmp/trace)" "0 0"
timeout 60 sh -c "hcbpf trace $busy 2> /tmp/trace.err | head -n 1 > /tmp/trace"
is "or that nobody reads it" "$? $(wc -l < /tmp/trace)" "0 1"
calling plain
trace "$id"
calls "0 1 102"
ok "while it is there, the module stays" sh -c '! rmmod hcbpf 2> /dev/null'
ok "and is known to be held by it" sh -c \
	"hcbpf holders 2> /dev/null | grep -q '^tracer  *$tracer  *hcbpf  *root  *file descriptor'"
kill -9 "$caller"
wait $tracer
is "or that the VM ends, which is a failure" "$?" 1
ok "which is said" grep -q "^hcbpf: VM $id has ended" /tmp/trace.err
ok "after all its calls" said "102()"

# ---- what is refused

refused "a VM that there is not" "no VM with id 4711 is bound" trace 4711
refused "an ABI that there is not" "there is no ABI" trace --abi auto
refused "a call that there is not" "ABI $abi has no call" trace --abi $abi --nr nothing
refused "a name of no ABI" "say whose name it is" trace --nr $named
refused "any call as one" "has no call" trace --abi $abi --nr default
refused "a sub-operation where there are none" "only Xen's calls have" trace --abi $abi --nr 5:1
refused "an outcome that there is not" "use pass, done or exit" trace --outcome deny
refused "a vCPU that is none" "not a vCPU's number" trace --vcpu all
refused "no line" "not a number of lines" trace --count 0
refused "no time" "not a number of seconds" trace --timeout soon
for size in 32K 100K 128M much; do
	refused "a ring buffer of $size" "not a power of 2 from 64K to 64M" trace --ring $size
done
if [ "$(uname -m)" = x86_64 ]; then
	modprobe namesake
	refused "another module's tracepoint" 'namesake has a tracepoint "call", too' trace --timeout 9
	rmmod namesake
	timeout 60 hcbpf trace "$busy" --count 1 > /tmp/trace 2> /dev/null
	is "until that is gone" "$? $(lines)" "0 1"
else
	skip "another module's tracepoint" "the module is built for x86 only"
	skip "until that is gone" "the module is built for x86 only"
fi
as-user vmm1 hcbpf trace > /tmp/out 2> /tmp/err
is "others than root" "$? $(cat /tmp/out /tmp/err)" \
	"1 hcbpf: needs root (CAP_BPF and CAP_PERFMON); run this as root"
kill_all

# ---- records of policies

hcbpf load log.bpf.o > /dev/null
calling plain
hcbpf vm detach "$id" > /dev/null
hcbpf vm attach --pid $caller --policy log > /tmp/attached
id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
trace --policy log
calls "1 2 102 0x4d"
ok "a policy's records are shown by their fields" eventually said ".nr = (__u64)102,.arg = (__u64)77,.vm_id = (__u32)$id,.vcpu_id = (__u32)1,}"
hcbpf replace log log.bpf.o > /dev/null
eventually grep -q "was replaced" /tmp/trace.err
calls "0 1 103"
ok "also those of the program that replaces it" eventually said ".nr = (__u64)103"
over
is "each is a line" "$(wc -l < /tmp/trace)" 3
ok "the end says how many" grep -q "records shown: 3" /tmp/trace.err
hcbpf -j trace --policy log --count 2 > /tmp/lines 2> /dev/null &
tracer=$!
eventually grep -q bpf-map /proc/$tracer/maps
calls "0 1 104 1"
calls "0 1 $wide -1"
wait $tracer
is "or as JSON" "$? $(wrong) $(wc -l < /tmp/lines)" "0  3"
ok "with all bytes" grep -q '"size":32,"bytes":"[0-9a-f]\{16\}6800000000000000010000000000000' /tmp/lines
fields="\"nr\":$((wide)),\"arg\":18446744073709551615,\"vm_id\":$id,\"vcpu_id\":0"
ok "with each field as a value" grep -q "\"record\":{\"time\":[0-9]*,$fields}}\$" /tmp/lines
trace --policy log
hcbpf vm detach "$id" > /dev/null
hcbpf unload log > /dev/null
wait $tracer
is "it ends with the policy" "$?" 1
ok "which is said" grep -q 'policy "log" is not loaded any more' /tmp/trace.err

hcbpf load rings.bpf.o > /dev/null
hcbpf vm attach --pid $caller --policy rings > /tmp/attached
id=$(sed 's/.*VM \([0-9]*\),.*/\1/' /tmp/attached)
refused "which of two is not said" "has several ring buffers: " trace --policy rings
refused "a map that there is not" 'has no ring buffer "none"; it has ' trace --policy rings --map none
refused "a type that there is not" 'has no type "notice"' trace --policy rings --map numbers --type notice
refused "a policy that there is not" 'there is no policy "none"' trace --policy none
refused "a policy without a ring buffer" 'has no ring buffer' trace --policy standard
refused "a policy's records of a VM" "leave the others out" trace "$id" --policy rings
refused "a map without a policy" "go with --policy" trace --map words
# "evil", a newline, and what a terminal would take for a command
trace --policy rings --map words
calls "0 1 $wide 0x5b1b0a6c697665"
ok "what a guest writes is text, and harms no terminal" eventually said "the guest says evil??["
over
is "and no line of its own" "$(wc -l < /tmp/trace)" 1
trace --policy rings --map numbers
calls "0 1 102 0x4d4e"
ok "records that are not described are bytes" eventually said "8 bytes: 4e 4d 00 00 00 00 00 00"
over
ok "and that they are not is said" grep -q 'see HCBPF_RECORDS' /tmp/trace.err
timeout 60 hcbpf -j trace --policy rings --map words --count 1 > /tmp/lines 2> /dev/null
ok "text is text as JSON, too" has '"record":"the guest says NM"}'
calls "0 1 102 1"
timeout 60 hcbpf -j trace --policy rings --map numbers --count 1 >> /tmp/lines 2> /dev/null
ok "and what is not described has no value" has '"size":8,"bytes":"0100000000000000","record":null}'
is "all of that is JSON" "$(wrong) $(wc -l < /tmp/lines)" " 4"
hcbpf vm detach "$id" > /dev/null
kill_all
hcbpf unload rings > /dev/null

# ---- last, since it cannot be undone

grep -q " /sys/kernel/security " /proc/mounts || mount -t securityfs none /sys/kernel/security
echo confidentiality > /sys/kernel/security/lockdown
refused "to trace where the kernel lets nobody" "lockdown=confidentiality; count calls with" trace
