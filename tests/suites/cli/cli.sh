# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The command and what goes wrong: one clear line, an exit status, valid JSON,
# and nothing left behind.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh
refused_match=-i

pins=/sys/fs/bpf/hcbpf

reason_is_shown() {
	hcbpf load refused.bpf.o 2>&1 |
		grep "only the ret field of struct hcbpf_call may be written"
}

# ---- without the module

refused "without the module, load says so" "not loaded.*modprobe" load
refused "without the module, vm list says so" "not loaded.*modprobe" vm list
refused "without the module, unload says so" "not loaded.*modprobe" unload standard
# Not the version itself: with CONFIG_MODVERSIONS the symbols' checksums stand for it.
sed 's/\(vermagic=[^ ]*\) SMP/\1 UMP/' /lib/modules/hcbpf.ko > /tmp/other.ko
not "a module of another kernel is refused" insmod /tmp/other.ko
ok "and the kernel says why" sh -c 'dmesg | tail -n5 | grep "version magic"'
load_module

# ---- on machines that lack something: hidden here, or denied by the kernel

mount -t tmpfs none /sys/kernel/btf
refused "without BTF, load says so" "no BTF.*CONFIG_DEBUG_INFO_BTF" load
umount /sys/kernel/btf
# shellcheck disable=SC2317 # refused() calls it
hcbpf() { ./old_kernel hcbpf "$@"; }
refused "on an old kernel, load says which it needs" "2\.6\.[0-9].*6\.12" load
unset -f hcbpf
mv /dev/kvm /dev/hidden
not "without KVM, probe fails" hcbpf probe
ok "and says what is missing" sh -c 'hcbpf probe | grep "^no  KVM  .*/dev/kvm"'
mv /dev/hidden /dev/kvm

# ---- load and unload

refused "a file that is not there" "No such file" load /no/such/file
echo text > /tmp/text
refused "a file that is not ELF" "BPF" load /tmp/text
refused "a file that is ELF, but not BPF" "BPF" load /bin/busybox
: > /tmp/empty
refused "an empty file" "" load /tmp/empty
head -c 3000 standard.bpf.o > /tmp/cut.bpf.o
refused "half a file" "" load /tmp/cut.bpf.o
refused "a BPF object without a policy" "polic" load driver.bpf.o
refused "what the verifier refuses" "refused" load refused.bpf.o
refused "a function's old name" "hcbpf_port_get.*hcbpf_call_port_get.*compile" load old_names.bpf.o
ok "the verifier's reason is shown" reason_is_shown
escape=$(printf '\033')
sed "s/license/${escape}[31mxy/" refused.bpf.o > /tmp/escape.bpf.o
hcbpf -v load /tmp/escape.bpf.o > /tmp/words 2>&1
ok "what libbpf says with -v is shown" grep "unrecognized data section" /tmp/words
not "without the control characters of a file's names" grep "$escape" /tmp/words
refused "an invalid name" "name" load --name "a/b"
ok "a name of dots is a name" hcbpf load --name ..
is "and does not climb out of the directory" "$(find /sys/fs/bpf -name link | wc -l)" \
	"$(find $pins -name link | wc -l)"
ok "and goes again" hcbpf unload ..
refused "a name that is too long" "name" load --name 12345678901234567890123456789012
ok "the standard policy is loaded" hcbpf load
ok "to load it again is no mistake" sh -c 'hcbpf load | grep "is loaded already"'
is "and changes nothing" "$(hcbpf -j policy show standard | grep -o '"generation":[0-9]*')" '"generation":1'
refused "a name in use by another program" "another.*already loaded.*replace" \
	load bad_verdict.bpf.o --name standard
refused "or by the same program with other flags" "another.*already loaded" \
	load same_but_user.bpf.o --name standard
refused "a policy that is not loaded" "no policy" unload other
refused "an unknown verb" "" frobnicate
refused "an argument too many" "" load a b c

# ---- vm

mkfifo /tmp/ready
guest spin > /tmp/ready &
vmm=$!
read -r _ < /tmp/ready
sleep 1000 &
other=$!
refused "a process that does not exist" "process" vm attach --pid 4000000
refused "a process that is no VMM" "VM" vm attach --pid $other
refused "a pid that is no number" "" vm attach --pid abc
refused "a policy that is not loaded, for a VM" "policy" vm attach --pid $vmm --policy other
refused "more ports than there are" "" vm attach --pid $vmm --ports 4294967296
refused "an unknown abi" "" vm attach --pid $vmm --abi arm
refused "an invalid tag" "tag" vm attach --pid $vmm --tag "a b"
refused "to detach what is not bound" "" vm detach --pid $vmm
ok "a VM is bound" hcbpf vm attach --pid $vmm --tag test
refused "a VM that is bound" "bound" vm attach --pid $vmm
id=$(guest first)
refused "an unknown id" "no VM" vm show 4000
refused "a tag that nobody has" "" vm show nobody
refused "to detach an unknown id" "no VM" vm detach 4000

# ---- parameter

param_of() { hcbpf -j "$@" | grep -o '"param":[0-9]*' | cut -d: -f2; }
is "at first the parameter is 0" "$(param_of vm param "$id")" 0
is "it is set" "$(param_of vm param "$id" 18446744073709551615)" 18446744073709551615
is "and stays" "$(param_of vm show "$id")" 18446744073709551615
refused "a parameter that is no number" "not a number" vm param "$id" much
refused "one of more than 64 bits" "not a number of 64 bits" vm param "$id" 0x10000000000000000
refused "a parameter of an unknown VM" "no VM" vm param 4000
refused "a parameter to attach with that is no number" "not a number" \
	vm attach --pid $vmm --param much
is "what was refused changed nothing" "$(param_of vm show "$id")" 18446744073709551615

# ---- port

# x86 has none; nor has an arm64 VM whose module was loaded without sdei=1.
no_sdei='no SDEI.*\(not arm64\|sdei=1\)'
refused "SDEI of a VM that has none" "$no_sdei" sdei show "$id"
refused "an event for a VM without SDEI" "$no_sdei" sdei inject "$id" 0
refused "to take back what a VM without SDEI cannot have" "$no_sdei" sdei cancel "$id" 0
refused "a vCPU that is no number" "not the number" sdei inject "$id" x
refused "a port out of range" "port" port set "$id" 131072 slot 0
refused "a port that is no number" "" port set "$id" x slot 0
refused "a slot out of range" "" port set "$id" 5 slot 4294967296
refused "an eventfd that is closed" "" port set "$id" 5 eventfd $vmm:999
refused "a descriptor that is no eventfd" "eventfd" port set "$id" 5 eventfd $vmm:0
refused "an eventfd of nobody" "" port set "$id" 5 eventfd 4000000:5
refused "an eventfd in words that are none" "" port set "$id" 5 eventfd 7
# Another process with an eventfd: a VMM that waits.
mkfifo /tmp/never /tmp/paused
exec 9<> /tmp/never
talker kvm <&9 > /tmp/paused &
holder=$!
read -r _ efd < /tmp/paused
served_by() { hcbpf port set "$id" "$1" eventfd "$holder:$efd" | grep "slot $2\$"; }
ok "an eventfd goes into the first free slot" served_by 5 0
ok "and the next one into the next" served_by 6 1
ok "a port may name an empty slot" hcbpf port set "$id" 7 slot 2
ok "which the next eventfd leaves alone" served_by 8 3
ok "but the port's own eventfd fills" served_by 7 2
ok "a port that has one gets another" served_by 7 4
ok "the first port names a slot" hcbpf port set "$id" 0 slot 5
ok "and so does the next" hcbpf port set "$id" 1 slot 6
ok "and the last but one" hcbpf port set "$id" 131070 slot 7
ok "and the last" hcbpf port set "$id" 131071 slot 8
ok "which the next eventfd leaves alone, too" served_by 10 9
kill $holder
wait $holder 2>/dev/null
refused "to delete a port that is not set" "" port del "$id" 9
refused "ports of an unknown VM" "no VM" port list 4000

# ---- what works gives JSON too

ok "JSON of vm list" valid_json -j vm list
ok "JSON of vm show" valid_json -j vm show "$id"
ok "JSON of policy list" valid_json -j policy list
# shellcheck disable=SC2016 # it is for eval
ok "two ports are set" eval 'hcbpf port set "$id" 7 slot 0 && hcbpf port set "$id" 8 slot 0'
nr=$(hcbpf port list "$id" | grep -c " eventfd ")
says "all ports are taken back at once" "$nr ports of VM $id go to the VMM again" port del "$id" all
is "and none is left" "$(hcbpf port list "$id" | grep -c " eventfd ")" 0
says "which is no mistake where there is none" "0 ports" port del "$id" all
set_each() { for port; do hcbpf port set "$id" "$port" slot 0 || return 1; done; }
ports() { hcbpf port list "$id" | awk '/ eventfd / { printf "%s ", $1 }'; }
ok "ports are set at both ends, at the ends of pages and side by side" \
	set_each 0 1 2 511 512 5120 131070 131071
is "each is listed" "$(ports)" "0 1 2 511 512 5120 131070 131071 "
ok "a VM's ports are saved" hcbpf vm save "$id" /tmp/saved
says "and taken back" "8 ports of VM $id go to the VMM again" port del "$id" all
is "each of them" "$(ports)" ""
ok "others are set" set_each 0 3 510 513 131069
ok "the saved state is restored" hcbpf vm restore "$id" /tmp/saved
is "with the ports that it had, and no others" "$(ports)" "0 1 2 511 512 5120 131070 131071 "
ok "all are taken back again" hcbpf port del "$id" all
ok "JSON of port del all" valid_json -j port del "$id" all
refused "all ports of an unknown VM" "no VM" port del 4000 all
ok "JSON of port list" valid_json -j port list "$id"
ok "JSON of stats" valid_json -j stats
ok "JSON of bench" valid_json -j bench --calls 100
lacks='"note":"this needs the module loaded with sdei=1"'
[ "$(uname -m)" != x86_64 ] || lacks=
is "bench measures all paths but SDEI's" "$(grep -o '"note":"[^"]*"' /tmp/json)" "$lacks"
ok "JSON of probe" valid_json -p probe

# ---- completion: what there is here

completes() {
	completes_name=$1 completes_expected=$2
	shift 2
	is "completes $completes_name" "$(hcbpf __complete "$@" 2>&1)" "$completes_expected"
}
completes "the id of a VM" "$id" vm show ""
completes "nothing that does not begin so" "" vm show 9999
completes "its tag" "test" port list --tag te
completes "the pid of its process" "$vmm" vm detach --pid "$vmm"
completes "a policy" "standard" policy show sta
ok "two ports are set for it" set_each 7 4711
completes "a port" "4711" port del "$id" 47
ok "and taken back" hcbpf port del "$id" all
# shellcheck disable=SC2317 # completes() calls it
hcbpf() { as-user vmm1 hcbpf "$@"; }
completes "nothing for whom may not see it, and says nothing" "" vm show "$id"
unset -f hcbpf

# ---- not root

hcbpf_as_user() { as-user vmm1 hcbpf "$@"; }
not_root() {
	tap_output=$(hcbpf_as_user "$@" 2>&1)
	tap_status=$?
	[ $tap_status -ne 0 ] && echo "$tap_output" | grep -q "root" &&
		[ "$(echo "$tap_output" | wc -l)" = 1 ]
}
ok "not root: load" not_root load
ok "not root: unload" not_root unload standard
ok "not root: vm list" not_root vm list
ok "not root: vm detach" not_root vm detach "$id"

ok "the VM is unbound" hcbpf vm detach "$id"
ok "the policy is unloaded" hcbpf unload standard
is "nothing is left" "$(find $pins -mindepth 1 2>/dev/null)" ""
ok "JSON of an empty list" valid_json -j vm list
kill -9 $vmm $other
ok "the module unloads" unload_module

# ---- the module itself: its BTF, its place, its signature

probe_row() { hcbpf probe | grep "^$1  *$2  *.*$3"; }

# Another version of BTF: this kernel loads the module all the same, without.
sed "s/$(printf '\237\353\001')/$(printf '\237\353\002')/" /lib/modules/hcbpf.ko > /tmp/btf.ko
ok "a module whose BTF the kernel does not take is loaded" insmod /tmp/btf.ko
btf="the kernel has no BTF of module hcbpf: it did not take it.*or the module has none.*dmesg"
refused "load says so, and where to look" "$btf" load
ok "and probe" probe_row no "module BTF" "$btf"
version=$(hcbpf --version | sed 's/^hcbpf \([^ ]*\) .*/\1/')
ok "the module has the command's version" probe_row ok module "hcbpf $version$"
echo 0.1.9 > /tmp/version
mount -o bind /tmp/version /sys/module/hcbpf/version
ok "one that has not is said to be another, as after an upgrade" probe_row ok module \
	"hcbpf 0.1.9, and this command is $version; what is installed comes with the next boot$"
umount /sys/module/hcbpf/version
ok "that module unloads" unload_module
index=/lib/modules/$(uname -r)/modules.dep
mv "$index" /tmp/index
refused "where modprobe would find no module, it is not the remedy" \
	"modprobe has none for Linux $(uname -r).*build and install it" load
grep -v hcbpf /tmp/index > "$index"
ok "nor says probe so" probe_row no module "modprobe has none for Linux .*build and install it"
mv /tmp/index "$index"
ok "where it would, it is" probe_row no module "is not loaded; run .modprobe hcbpf.$"
ok "without securityfs it cannot be told what the kernel wants" probe_row "?" signature \
	"cannot be seen; mount securityfs"
mount -t securityfs none /sys/kernel/security
ok "this kernel wants no signature" probe_row ok signature "this kernel takes modules without one"
ko=/lib/modules/$(uname -r)/$(sed -n 's/^\([^:]*hcbpf.ko\):.*/\1/p' "$index")
ko=$(readlink -f "$ko")
cp "$ko" /tmp/unsigned.ko
echo 1 > /sys/module/module/parameters/sig_enforce
not "with sig_enforce the kernel takes no module without a signature" modprobe hcbpf
refused "load says what demands it" "not signed, which module.sig_enforce=1 demands; sign it.*MOK" load
ok "and probe" probe_row no signature "module.sig_enforce=1 demands one, and the module has none.*MOK"
echo integrity > /sys/kernel/security/lockdown
refused "or lockdown, as Secure Boot sets it" "not signed, which lockdown=integrity.*MOK" load
echo "~Module signature appended~" >> "$ko"
refused "a module with a signature may be loaded, if its key is known" \
	"not loaded; run .modprobe hcbpf.; if the kernel rejects its key" load
ok "probe says that it has one" probe_row ok signature "and the module has one"
cp /tmp/unsigned.ko "$ko"
run done_testing
