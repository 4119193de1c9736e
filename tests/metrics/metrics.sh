# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf metrics` of VMs that call, change, end and mean harm. What it says goes to
# tests/metrics/judge, too.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/idle.sh
. ./idle.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

# hand_over NAME FILE: to who looks at it outside
hand_over() { echo "# file $1 $(base64 -w 0 "$2")"; }

# value SERIES: of it, in the last scrape
value() { awk -v name="$1" '$1 == name { print $2 }' /tmp/scrape; }
scrape() { hcbpf metrics "$@" > /tmp/scrape; }
# Each line is of a known form, and the last one is whole.
is_whole() {
	[ -n "$(tail -c 1 "$1" | tr -d '\n')" ] && return 1
	! grep -Ev '^# (HELP|TYPE) hcbpf_[a-z_]+ .|^hcbpf_[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [0-9.e+-]+$' "$1" &&
		grep -q '^# TYPE hcbpf_vm_page_attribute_memory_bytes' "$1"
}

# ---- without the module

ok "without the module there are metrics" scrape
is "which say so" "$(grep -v '^#' /tmp/scrape)" "hcbpf_up 0"
hand_over gone /tmp/scrape

load_module
hcbpf load > /dev/null
chmod 666 /dev/hcbpf
not "who may not list VMs gets none" as-user vmm1 hcbpf metrics
chmod 660 /dev/hcbpf

# ---- VMs: one that calls, one whose name means harm, one of a user's, the operator's

guest spin standard > /tmp/spin &
spin=$!
eventually grep -q ready /tmp/spin
busy=$(guest first)
nasty=$(printf 'a"b\\c d{e}\n# TYPE x counter\033[31m\303\050\342\200\256z')
idle -name "$nasty"
hcbpf vm attach --pid "$pid" --tag nasty > /dev/null
hostile=$(hcbpf vm list | awk '/ nasty / { print $1 }')
RUN_AS=$(id -u vmm1) idle -name plain
hcbpf vm attach --pid "$pid" --tag plain > /dev/null
plain=$(hcbpf vm list | awk '/ plain / { print $1 }')
hcbpf profile apply "$plain" xen-4.3 > /dev/null
eventually sh -c "[ \$(guest answered $busy) -gt 1000 ]"

ok "with VMs" scrape
ok "each line is one" is_whole /tmp/scrape
is "up" "$(value hcbpf_up)" 1
is "VMs" "$(value hcbpf_vms)" 3
is "policies" "$(value hcbpf_policies)" 1
is "VMs of a policy" "$(value 'hcbpf_policy_vms{policy="standard"}')" 3
is "how it is hooked" "$(value "hcbpf_hook{hcbpf_hook=\"$usual_hook\"}")" 1
is "and how not" "$(value 'hcbpf_hook{hcbpf_hook="none"}')" 0
is "an idle VM has counters, too" "$(value "hcbpf_vm_calls_total{vm=\"$plain\",outcome=\"done\"}")" 0
is "rules" "$(value "hcbpf_vm_rules{vm=\"$plain\"}")" "$(hcbpf rule list "$plain" | tail -n +2 | wc -l)"
is "who it is" "$(grep "^hcbpf_vm_info{vm=\"$plain\"" /tmp/scrape)" \
	"hcbpf_vm_info{vm=\"$plain\",name=\"plain\",tag=\"plain\",user=\"vmm1\",policy=\"standard\",profile=\"xen-4.3\",abi=\"auto\",operator=\"no\"} 1"
is "a name that means harm is a value" "$(grep -c "^hcbpf_vm_info{vm=\"$hostile\",name=\"a\\\\\"b" /tmp/scrape)" 1
is "in which nothing controls anything" "$(tr -d '\n' < /tmp/scrape | tr -d ' -~' | wc -c)" 0

# Counters do not stand still: those of stats lie between two scrapes.
done_of() { value "hcbpf_vm_calls_total{vm=\"$busy\",outcome=\"done\"}"; }
before=$(done_of)
there=$(hcbpf -j stats "$busy" | sed 's/.*"done":\([0-9]*\).*/\1/')
scrape
between() { [ "$before" -le "$there" ] && [ "$there" -le "$(done_of)" ] && [ "$before" -gt 0 ]; }
ok "they are those of stats" between

# ---- calls of observed VMs, by names alone

is "no VM is observed" "$(grep -c '^hcbpf_vm_observed{vm="[0-9]*"} 0' /tmp/scrape)" 3
hcbpf vm observe "$busy" > /dev/null
mkfifo /tmp/asks
guest ask standard < /tmp/asks > /tmp/answers &
all="$all $!"
exec 8> /tmp/asks
eventually grep -q ready /tmp/answers
random=$(hcbpf vm list | awk -v pid=$! '$2 == pid { print $1 }')
hcbpf vm observe "$random" > /dev/null
printf '%s\n' "5 7" >&8
seq 1000 1199 >&8
eventually sh -c "[ \$(wc -l < /tmp/answers) = 202 ]"
scrape
is "these are" "$(value "hcbpf_vm_observed{vm=\"$busy\"}")" 1
bells=$(value "hcbpf_vm_observed_calls_total{vm=\"$busy\",abi=\"xen\",call=\"doorbell\",outcome=\"done\"}")
ok "a call has its name, and a counter" [ "$bells" -gt 100 ]
is "calls without a name are one" "$(grep "^hcbpf_vm_observed_calls_total{vm=\"$random\"" /tmp/scrape |
	sed 's/.*{vm="[0-9]*",//' | paste -sd' ')" \
	'abi="kvm",call="kick_cpu",outcome="pass"} 7 abi="kvm",call="kick_cpu",outcome="done"} 0 abi="kvm",call="kick_cpu",outcome="exit"} 0 call="other",outcome="pass"} 200 call="other",outcome="done"} 0 call="other",outcome="exit"} 0'
scrape --observed 1
is "a limit holds for them" "$(grep '^hcbpf_vm_observed_calls_total' /tmp/scrape | sed 's/.*{vm="\([0-9]*\)".*/\1/' | sort -u)" "$busy"
is "which is said" "$(value hcbpf_metrics_observed_left_out)" 1
scrape --observed 0
is "none is none" "$(grep -c '^hcbpf_vm_observed_calls' /tmp/scrape)" 0
is "which is said, too" "$(value hcbpf_metrics_observed_left_out)" 2
is "who is observed is known all the same" "$(grep -c '^hcbpf_vm_observed{vm="[0-9]*"} 1' /tmp/scrape)" 2
exec 8>&-
eventually sh -c "! hcbpf vm list | grep -q '^ *$random '"
scrape
hand_over first /tmp/scrape
hcbpf metrics --openmetrics > /tmp/open
hand_over open /tmp/open
is "OpenMetrics ends with its mark" "$(tail -n 1 /tmp/open)" "# EOF"
valid_json -j metrics
ok "as JSON" grep -q '^{"metrics":"# HELP' /tmp/json

# ---- what an operator does

hcbpf rule set "$busy" xen default deny > /dev/null 2>&1
hcbpf rule set "$busy" xen 32:14 pass force > /dev/null
hcbpf unload standard > /dev/null
scrape
is "a forced change" "$(value "hcbpf_vm_forced_rule_changes_total{vm=\"$busy\"}")" \
	"$(hcbpf -j vm show "$busy" | sed 's/.*"rules_forced":\([0-9]*\).*/\1/')"
is "was counted" "$(($(value "hcbpf_vm_forced_rule_changes_total{vm=\"$busy\"}") > 0))" 1
is "the policy has gone" "$(value 'hcbpf_policy_loaded{policy="standard"}')" 0
is "from its VMs" "$(value "hcbpf_vm_policy_loaded{vm=\"$busy\"}")" 0
hand_over second /tmp/scrape
hcbpf load > /dev/null

# ---- a limit, which the operator's VMs come before

idle -name last
mkdir -p /etc/hcbpf/templates
printf '%s\n' 'version: 1' 'name: t' 'profile: xen-4.3' > /etc/hcbpf/templates/t.yaml
hcbpf admit add --user vmm2 --template t > /dev/null
hcbpf vm attach --pid "$pid" --template t > /dev/null
last=$(hcbpf vm list | awk '/ last / { print $1 }')
scrape --vms 1
is "one VM alone" "$(grep -c '^hcbpf_vm_info' /tmp/scrape)" 1
is "is the operator's" "$(grep -c "^hcbpf_vm_info{vm=\"$last\",.*operator=\"yes\"" /tmp/scrape)" 1
is "and says how many it leaves out" "$(value hcbpf_metrics_vms_left_out)" 3
is "admission" "$(value hcbpf_admission_rules)" 1
scrape
is "all of them are fewer than the usual limit" "$(value hcbpf_metrics_vms_left_out)" 0

# ---- users take turns: who observes many VMs hides nobody's

# Its rule would make the VM of vmm2 the operator's.
hcbpf admit clear > /dev/null
chmod 666 /dev/hcbpf
observed_of vmm1
theirs=$id
observed_of vmm1
observed_of vmm1
observed_of vmm2
chmod 660 /dev/hcbpf
# whose SERIES: the VMs that have it
whose() { grep "^$1{" /tmp/scrape | sed 's/[^"]*"\([0-9]*\)".*/\1/' | sort -nu | paste -sd' '; }
scrape --observed 3
is "of each user's observed VMs one is read" "$(whose hcbpf_vm_observed_calls_total)" "$busy $theirs $id"
is "the others are left out" "$(value hcbpf_metrics_observed_left_out)" 2
scrape --vms 4
is "after the operator's VM there is one of each user's" "$(whose hcbpf_vm_info)" \
	"$busy $last $theirs $id"
is "without the others" "$(value hcbpf_metrics_vms_left_out)" 4
scrape
is "usually all are read" "$(whose hcbpf_vm_observed_calls_total | wc -w)" 5

# ---- a file

dir=/tmp/textfile
mkdir $dir
umask 077
ok "it is written" hcbpf metrics --output $dir/hcbpf.prom
umask 022
is "for all to read" "$(stat -c %a $dir/hcbpf.prom)" 644
echo precious > /tmp/precious
ln -sf /tmp/precious $dir/link.prom
ok "in place of a link" hcbpf metrics --output $dir/link.prom
is "which is not followed" "$(cat /tmp/precious)" precious
mkfifo $dir/fifo
refused "what is no file is left alone" "not a regular file" metrics --output $dir/fifo
rm $dir/fifo $dir/link.prom

# VMs come and go, one reads all the time: it never sees half of it.
churn() {
	while [ ! -e /tmp/enough ]; do
		idle -name churn
		hcbpf vm attach --pid "$pid" --tag churn > /dev/null 2>&1
		kill -9 "$pid"
		wait "$pid" 2> /dev/null
	done
}
reader() {
	while [ ! -e /tmp/enough ]; do
		cp $dir/hcbpf.prom /tmp/copy
		is_whole /tmp/copy || echo half
	done > /tmp/halves 2>&1
}
churn &
churner=$!
reader &
reader=$!
failed=0 i=0
while [ $i -lt 40 ]; do
	hcbpf metrics --output $dir/hcbpf.prom > /dev/null 2>> /tmp/failures || failed=$((failed + 1))
	i=$((i + 1))
done
touch /tmp/enough
wait $churner $reader 2> /dev/null
is "while VMs end, it is written each time" "$failed" 0
is "and whole whenever somebody looks" "$(head -n 3 /tmp/halves)" ""
is "with nothing beside it" "$(ls -A $dir)" hcbpf.prom
hand_over churned $dir/hcbpf.prom

kill -9 $spin
wait $spin 2> /dev/null
kill_all
rm -r /etc/hcbpf/templates /etc/hcbpf/admission.yaml
hcbpf unload standard > /dev/null
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
