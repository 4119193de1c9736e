# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The policies and their cases, without the module and through it; then the
# examples with guests.

# one POLICY KIND
one() { hcbpf test "/lab/bpf/$1.$2" "/lab/cases/$1.cases.yaml"; }
cases() {
	for policy in standard examples/log examples/doorbell-device; do
		run one $policy "$1"
	done
}
none_was_run() { ! one "$@"; }

export LAB_BPF=/lab/bpf
cases test.o
run one examples/rate-limit test.o
load_module
cases bpf.o
# They need a clock that stands still: what skips all its cases is no success.
run none_was_run examples/rate-limit bpf.o
# The guests make calls that KVM answers on x86.
[ "$(uname -m)" != x86_64 ] || run ./test_examples
unset LAB_BPF

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
bad() { printf '%s\n' "$1" > /tmp/bad.cases.yaml; hcbpf test /lab/bpf/standard.test.o /tmp/bad.cases.yaml; }
status_of() { "$@" > /tmp/output 2>&1; echo $?; }
differs='cases: [{name: n, call: {nr: 1}, expect: {verdict: done}}]'
unknown='cases:
  - {name: n, calls: {}, expect: {}}'
before='cases = ( { name = "n"; expect = { verdict = "pass"; }; } );'
is "a case that differs: status 1" "$(status_of bad "$differs")" 1
ok "and what differs" grep -q 'bad.cases.yaml:1: verdict: pass .*should be done' /tmp/output
is "a bad file of cases: status 1" "$(status_of bad "$unknown")" 1
ok "and its line" grep -q 'bad.cases.yaml:2: unknown setting "calls"' /tmp/output
is "cases of the format of version 0.1: status 1" "$(status_of bad "$before")" 1
ok "and what makes YAML of them" grep -q 'bad.cases.yaml:1: .*hcbpf profile convert' /tmp/output
hcbpf profile convert /tmp/bad.cases.yaml > /tmp/good.cases.yaml
is "which does" "$(cat /tmp/good.cases.yaml; status_of hcbpf test /lab/bpf/standard.test.o /tmp/good.cases.yaml)" \
	"cases:
  - name: \"n\"
    expect: {verdict: pass}
0"
is "nothing stays loaded" "$(hcbpf policy list)" ""
ok "and the module can go" unload_module
done_testing || status=1
