# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# replace: another program for a policy's name, under guests that do not stop;
# and a policy with a bug, which is named.

generation() { field generation policy show standard; }
pins() { find /sys/fs/bpf/hcbpf | sort; }
swaps() {
	cycle=0
	while [ $cycle -lt "$1" ]; do
		hcbpf replace standard || return 1
		cycle=$((cycle + 1))
	done
}
# COMMAND succeeds, and the policy has answered calls while it ran.
answered_during() {
	answered=$(guest answered "$id")
	"$@" && [ "$(guest answered "$id")" -gt "$answered" ]
}

before=$(generation)
pinned=$(pins)
tag=$(field program_tag policy show standard)
case $(uname -m) in
x86_64) hcbpf-vmm --vcpus 2 --ports 4 --forever > /tmp/vmm 2>&1 & ;;
*) guest spin standard > /tmp/vmm & ;;
esac
vmm=$!
guest wait-vms 1 10000
id=$(guest first)
ok "6 replacements under a guest whose calls are answered all the while" \
	answered_during swaps 6
kill $vmm
wait $vmm
counted=$?
[ "$(uname -m)" != x86_64 ] ||
	is "the VMM has counted: nothing is lost, nothing comes twice" \
		"$counted $(grep -c lost /tmp/vmm)" "0 1"
is "each was a new generation" "$(generation)" $((before + 6))
is "the pins are as before" "$(pins)" "$pinned"
is "the program is the same one" "$(field program_tag policy show standard)" "$tag"
guest wait-vms 0 5000
id=

# ---- another program

new_guest xen
answers "the standard policy passes an unknown call" "$passed" 99 1
says "a policy is replaced by another one" 'policy "standard" is replaced; VMs bound to it: 1' \
	replace standard bad_verdict.bpf.o --rename
answers "which answers from the next call on" "4660 kernel" 99 1
answers "and passes" "$passed" 99 0
answers "and exits" "77 exit" 99 2
is "policy show has a new generation" "$(generation)" $((before + 7))
not "and another program" [ "$(field program_tag policy show standard)" = "$tag" ]
ok "policy show as JSON" valid_json -j policy show standard
says "policy show counts the VM" "VMs bound              1" policy show standard

program=$(field program_id policy show standard)
refused "a replacement that the verifier refuses" 'policy "standard" goes on as it was' \
	replace standard refused.bpf.o --rename
is "its verdict is shown" "$(tail -n1 /tmp/err | sed 's/^ *//')" \
	"only the ret field of struct hcbpf_call may be written"
answers "the old one is at work" "4660 kernel" 99 1
refused_json "and as JSON" "only the ret field" replace standard refused.bpf.o --rename
refused "a replacement of another name" 'is called "bad_verdict", not "standard"' \
	replace standard bad_verdict.bpf.o
refused "what is not loaded" 'no policy "bad_verdict" is loaded' \
	replace bad_verdict bad_verdict.bpf.o
refused "a file that is not there" "No such file" replace standard /no/such
refused "an invalid name" "name" replace "a b"
guest load standard.bpf.o /sys/fs/bpf/foreign foreign
# shellcheck disable=SC2016 # it is no command
refused "what somebody else has loaded" 'its pins are in another mount, or a process has it' \
	replace foreign standard.bpf.o --rename
rm /sys/fs/bpf/foreign
is "policy show is as before" "$(generation) $(field program_id policy show standard)" \
	"$((before + 7)) $program"

# ---- nonsense

is "who returns no nonsense is not named" "$(hcbpf stats | grep -c nonsense)" 0
answers "an invalid verdict passes" "$passed" 99 7
answers "each time" "$passed" 99 0x10000
answers "and negative ones" "$passed" 99 -1
warning='policy "standard" returned no valid verdict for 3 calls, which passed'
says "stats names the policy, and how often" "hcbpf: VM $id: $warning" stats
says "vm show does" "warning                $warning" vm show "$id"
is "in numbers, too" "$(field bad_verdict vm show "$id")" 3
ok "stats as JSON" valid_json -j stats
ok "with the warning" grep -qF "$(echo "$warning" | sed 's/"/\\"/g')" /tmp/json

ok "the standard policy comes back" hcbpf replace standard
answers "and serves" "0 signal" 32 4 5
is "it is the program of before" "$(field program_tag policy show standard)" "$tag"
is "in a new generation" "$(generation)" $((before + 8))
is "with its pins" "$(pins)" "$pinned"
kill_guest
