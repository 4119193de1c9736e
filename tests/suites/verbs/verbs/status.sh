# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Exit status 2: what was typed cannot be understood, whatever there is on this machine. 1: it was
# tried, and failed.

bound status -name status
vm=$id
cat > /tmp/bad.cases.yaml <<'END'
rubbish
END

# status EXPECTED ARGUMENT...: with and without -j.
status() {
	tap_status=0 expected=$1
	shift
	hcbpf "$@" > /dev/null 2>&1 || tap_status=$?
	hcbpf -j "$@" > /dev/null 2>&1
	is "$expected: hcbpf $* (and with -j)" "$tap_status $?" "$expected $expected"
}

while read -r words; do
	# shellcheck disable=SC2086 # words
	status 2 $words
done <<END
frobnicate
vm
vm frobnicate
vm show
vm show abc
vm show 0
vm show 4294967296
vm show --pid abc
vm show --pid 1 --fd abc
vm show --tag a/b
vm show --name a --tag b
vm show --fd 3
vm show 1 2
vm show --frobnicate
vm show --tag
vm param $vm much
vm param 4000 much
vm attach
vm attach --pid abc
vm attach --pid 1 --fd abc
vm attach --pid 1 --tag a/b
vm attach --pid 1 --policy a/b
vm attach --pid 1 --abi frob
vm attach --pid 1 --ports 0
vm attach --pid 1 --param much
vm detach abc
vm features $vm --abi frob
vm features $vm --abi auto
vm features 4000 --abi frob
vm features $vm --base 0x40000001
vm wait abc
vm wait $vm --timeout much
vm wait $vm --until then
vm save abc /tmp/x
vm restore abc /no/such/file
vm restore --pid abc /no/such/file
vm restore $vm /no/such/file frob
port list abc
port set $vm x slot 0
port set 4000 x slot 0
port set $vm 4294967296 slot 0
port set $vm 1 slot x
port set $vm 1 eventfd 7
port set $vm 1 frob 7
port del $vm x
buffer list abc
buffer limit $vm x
buffer limit 4000 x
rule list abc
rule set $vm frob 1 pass
rule set $vm kvm frob pass
rule set $vm kvm 1 frob
rule set $vm kvm 1 deny ret x
rule set $vm kvm 1 pass frob
rule set $vm kvm default send
rule set abc kvm 1 pass
rule del $vm kvm frob
profile show a:b
profile apply $vm a:b
profile apply abc deny-all
profile diff a:b deny-all
gpa show abc
gpa show $vm --from x
gpa show 4000 --to 8P
gpa show $vm --from 2M --to 1M
gpa watch $vm --count 0
gpa export abc /tmp/x
gpa import abc /no/such/file
gpa reset abc
sdei show abc
sdei inject $vm x
stats abc
stats --watch x
stats abc --watch 1
stats --watch 0
load --name a/b
load /no/such/file --name a/b
replace a/b
unload a/b
bench --calls x
END

while read -r words; do
	# shellcheck disable=SC2086
	status 1 $words
done <<END
vm show 4000
vm show --pid 4000000
vm show --tag nobody
vm show --name nobody
vm param 4000 1
vm features 4000 --abi xen
vm features $vm
vm attach --pid 4000000
vm attach --name nobody
vm attach --all-matching nobody
vm detach 4000
vm wait $vm --until ended --timeout 0
vm save $vm /no/such/dir/x
vm restore $vm /no/such/file
port set $vm 131072 slot 0
port set $vm 1 slot 131072
port set $vm 1 eventfd 4000000:5
port del $vm 9
port list 4000
buffer limit $vm 5000
rule del $vm kvm 1
profile show nobody
profile apply $vm nobody
profile check /tmp/bad.cases.yaml
gpa import $vm /no/such/file
stats 4000
sdei show $vm
load /no/such/file
load /bin/busybox
replace other
unload other
policy show other
state show /bin/busybox
test standard.bpf.o /tmp/bad.cases.yaml
test /no/such/file /tmp/bad.cases.yaml
END
kill_all
