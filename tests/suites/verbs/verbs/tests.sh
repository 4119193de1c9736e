# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf test` through the module, what lists say of users, and `unload`.

# ---- cases that cannot be run

run='{name: run, call: {abi: kvm, nr: 99}, expect: {verdict: pass}}'
skipped='{name: skipped, now: 5, call: {abi: kvm, nr: 99}, expect: {verdict: pass}}'
# try CASE...
try() {
	{
		echo cases:
		printf -- '- %s\n' "$@"
	} > /tmp/try.cases.yaml
	hcbpf test standard.bpf.o /tmp/try.cases.yaml > /tmp/out 2> /tmp/err
}
bound ids -name ids
before=$id
try "$run" "$run" "$run"
is "cases that pass" $? 0
is "with nothing more to say" "$(cat /tmp/err)" ""
bound ids -name ids2
is "take no id from the VMs" "$id" $((before + 1))
try "$run" "$skipped"
is "some that are skipped are no failure" $? 0
ok "but are told" grep "^hcbpf: 1 of 2 cases were not run; compile the policy for tests" /tmp/err
try "$skipped" "$skipped"
is "nothing but those is one" $? 1
ok "which is told" grep "2 of 2 cases were not run: nothing was tested" /tmp/err
is "the results are there" "$(tail -n 1 /tmp/out)" "# through the module: 0 passed, 0 failed, 2 skipped"
hcbpf -j test standard.bpf.o /tmp/try.cases.yaml > /tmp/json
is "and with -j" "$? $(grep -o '"passed":0,"failed":0,"skipped":2' /tmp/json)" \
	'1 "passed":0,"failed":0,"skipped":2'
kill_all

# ---- whose it is

# It makes its VM as root, and then is vmm1.
export RUN_AS=1001
idle -name theirs
unset RUN_AS
user() { hcbpf -j vm list "$@" | grep -o '"name":"theirs","user":"[a-z0-9]*"'; }
is "a VM that is not bound is its user's" "$(user --all)" '"name":"theirs","user":"vmm1"'
hcbpf vm attach --name theirs > /dev/null
is "and so is one that is bound" "$(user)" '"name":"theirs","user":"vmm1"'
kill_all

# ---- unload

hcbpf unload standard > /dev/null
unload_module
refusals=
for i in 1 2 3 4; do
	load_module
	hcbpf load > /dev/null
	hcbpf unload standard > /dev/null
	rmmod hcbpf 2> /tmp/err || refusals="$refusals $i"
	unload_module
done
is "the module can go as soon as unload has returned" "$refusals" ""
load_module
hcbpf load > /dev/null
