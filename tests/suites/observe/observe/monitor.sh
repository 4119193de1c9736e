# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf monitor`: each thing that happens is told, once, in words and as JSON.

unhooked() { hcbpf metrics | grep -q '^hcbpf_hook{hcbpf_hook="none"} 1'; }
eventually unhooked
hcbpf monitor > /tmp/events 2> /tmp/monitor.err &
text=$!
hcbpf -j monitor --interval 1 > /tmp/events.json 2> /dev/null &
stream=$!
eventually grep -q "VMs that are bound: 0" /tmp/monitor.err

# told KIND [TEXT]: within a few seconds. By both: they look at times of their own, and what is
# changed again in between is seen by one of them only.
told() {
	grep -q "^[0-9:]*  $1  *.*$2" /tmp/events && grep -q "\"happened\":\"$1\"" /tmp/events.json
}
tells() { ok "it tells: $1" eventually told "$2" "$3"; }

nasty=$(printf 'n\033[31m\nb')
bound watched -name "$nasty"
watched=$id
tells "bound, by all its names" bound "VM $id (n?\[31m?b, tag watched, user root) is bound to policy standard"
tells "hooked" hook "KVM is hooked"
hcbpf rule set "$id" kvm 1 deny > /dev/null 2>&1
tells "rules" rules "VM $id .*its rules were changed: 1 now"
sleep 1
hcbpf vm param "$id" 42 > /dev/null
tells "a parameter" param "VM $id .*is 42 now, and was 0"
hcbpf load observe.bpf.o --name other > /dev/null
tells "a policy that is loaded" policy-loaded "policy other is loaded"
hcbpf replace other standard.bpf.o --rename > /dev/null
tells "one that is replaced" policy-replaced "policy other was replaced; VMs bound to it: 0"
hcbpf unload other > /dev/null
tells "one that is unloaded" policy-unloaded "policy other is not loaded"
hcbpf unload standard > /dev/null
tells "a VM without its policy" no-policy "VM $id .*without its policy standard"
hcbpf load > /dev/null
tells "and with it again" policy-back "VM $id .*policy standard again"
if admits; then
	mkdir -p /etc/hcbpf/templates
	printf '%s\n' 'version: 1' 'name: t' 'profile: xen-4.3' > /etc/hcbpf/templates/t.yaml
	hcbpf admit add --user vmm2 --template t > /dev/null
	tells "admission" admission "templates: 1, rules: 1"
	hcbpf admit clear > /dev/null
	tells "and its end" admission "admission is off"
	rm -r /etc/hcbpf/templates /etc/hcbpf/admission.yaml
else
	skip "it tells: admission, and its end" "PREEMPT_RT has none"
fi
spin
hcbpf rule set "$busy" xen default deny > /dev/null 2>&1
hcbpf rule set "$busy" xen 32:14 pass force > /dev/null
tells "rules that were forced" rules-forced "VM $busy .*were forced: 2 now"

# Nobody can see who comes and goes between two looks; but ids do not come again.
hcbpf monitor --interval 3600 > /tmp/slow 2> /tmp/slow.err &
slow=$!
eventually grep -q "VMs that are bound" /tmp/slow.err
for name in brief-1 brief-2 brief-3; do
	bound $name
	kill -9 "$pid"
	wait "$pid" 2> /dev/null
	eventually sh -c "! hcbpf vm show $id > /dev/null 2>&1"
done
bound stays
stays=$id
# The end of one it knows wakes it up.
hcbpf vm detach "$watched" > /dev/null
slow_told() { grep -q "$1" /tmp/slow; }
ok "an end is seen at once, whatever the interval" eventually slow_told "ended .*VM $watched (n?\[31m?b, tag watched"
ok "with what has come meanwhile" eventually slow_told "bound .*VM $stays "
ok "and how many came and went unseen" eventually slow_told "unseen .* 3 VMs at most"
kill $slow
tells "an end" ended "VM $watched .*is not bound any more"
is "each thing is told once" "$(grep -c "VM $watched .*is bound to" /tmp/events)" 1
is "no line has control characters" "$(tr -d '\n' < /tmp/events | tr -d ' -~' | wc -c)" 0

# ---- one VM, and its end

timeout 60 hcbpf monitor "$stays" > /tmp/one 2> /dev/null &
one=$!
sleep 1
hcbpf vm param "$busy" 1 > /dev/null
hcbpf vm param "$stays" 7 > /dev/null
eventually grep -q "is 7 now" /tmp/one
hcbpf vm detach "$stays" > /dev/null
wait $one
is "of one VM it ends with it" "$?" 0
is "and tells of no other" "$(grep -vc "VM $stays " /tmp/one)" 0
timeout 60 hcbpf monitor --count 1 > /tmp/counted 2> /dev/null &
one=$!
sleep 1
hcbpf vm param "$busy" 2 > /dev/null
wait $one
is "a count ends it, too" "$? $(wc -l < /tmp/counted)" "0 1"

# ---- it keeps nobody from unloading the module

kill_all
hcbpf unload standard > /dev/null
ok "the module unloads while it watches" unload_module
tells "which it tells" module "the module has gone"
load_module
tells "and that it is back" module "the module is loaded"
hcbpf load > /dev/null
bound again
tells "a VM of the new one" bound "VM $id .*tag again"
kill_all

kill $text $stream
wait $text $stream 2> /dev/null
while read -r line; do
	echo "$line" > /tmp/json
	json < /tmp/json || echo "no JSON: $line"
	json_seen monitor
done < /tmp/events.json > /tmp/wrong
is "as JSON, each is a line" "$(cat /tmp/wrong)" ""
for kind in module hook policy-loaded policy-replaced policy-unloaded admission bound rules \
	rules-forced param no-policy policy-back ended; do
	[ $kind != admission ] || admits || continue
	grep -q "\"happened\":\"$kind\"" /tmp/events.json || echo "$kind"
done > /tmp/missing
is "of every kind" "$(cat /tmp/missing)" ""
