# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf top` on a terminal, and as a stream.

export TERM=hcbpf-test TERMINFO=/lab/t/terminfo

spin
nasty=$(printf 'z\033[2Jx\n\303\244y')
bound one-idle -name "$nasty"
idle_id=$id
bound two-idle -name other
other=$id

# on_terminal LINES COLUMNS ARGUMENT...: top, with what is done on standard input
on_terminal() {
	tap_lines=$1 tap_columns=$2
	shift 2
	pty "$tap_lines" "$tap_columns" hcbpf top "$@" > /tmp/top 2>&1
}
# Ids in the order of the screen that was shown.
order() { awk '$1 ~ /^[0-9]+$/ { print $1 }' /tmp/top | paste -sd' '; }

printf '%s\n' "see one-idle" show "press q" end | on_terminal 24 80
is "q ends it, and the terminal is as it was" "$(tail -n 2 /tmp/top | paste -sd,)" "exit 0,as it was"
is "who calls comes first" "$(order | cut -d' ' -f1)" "$busy"
is "all are there" "$(order | wc -w)" 3
is "80 columns are enough" "$(awk 'length > 80' /tmp/top)" ""
is "with the last head" "$(grep -c 'VM NAME           TAG        POLICY      CALLS   PASS  EXITS SIGNALS TROUBLE' /tmp/top)" 1
is "a name that means harm is text" "$(grep -c " $idle_id z?\[2Jx???y " /tmp/top)" 1
ok "who calls has a rate" sh -c "awk '\$1 == $busy { exit !(\$5 != 0) }' /tmp/top"

printf '%s\n' "see one-idle" "press sssssss" "see by name" "press r" "see reversed" show \
	"press /" "see filter: _" "press OTHE" "see filter: OTHE_" "miss one-idle" \
	"press \\e" "see one-idle" "press /" "press two" "see filter: two_" "press x" "press " \
	"see shown: 0" "miss two-idle" "press \\e" "see two-idle" "press q" end | on_terminal 24 80
is "it sorts by other keys, and filters" "$(tail -n 2 /tmp/top | paste -sd,)" "exit 0,as it was"
is "in the order that is asked for" "$(order)" "$idle_id $other $busy"

printf '%s\n' "see one-idle" "size 6 60" "see VM NAME" "see q: quit" "size 4 30" "see q: quit" \
	"size 1 10" "size 40 200" "see two-idle" "press q" end | on_terminal 24 80
is "a terminal may change its size, to none that helps" "$(tail -n 2 /tmp/top | paste -sd,)" \
	"exit 0,as it was"
printf '%s\n' "see q: quit" "press \\e[B" "press \\e[B" "miss $busy " show "press \\e[A" \
	"press \\e[A" "see $busy -" "press q" end | on_terminal 6 80 --sort calls
is "it scrolls" "$(tail -n 2 /tmp/top | paste -sd,)" "exit 0,as it was"
printf '%s\n' "see two-idle" show "press q" end | on_terminal 24 80 --sort vm --filter IDLE
is "what is typed at the start is shown" "$(order)" "$idle_id $other"
printf '%s\n' end | on_terminal 24 80 --count 2
is "a count ends it" "$(paste -sd, /tmp/top)" "exit 0,as it was"

# HUP INT QUIT ILL TRAP ABRT BUS FPE USR1 SEGV USR2 PIPE ALRM TERM STKFLT XCPU VTALRM PROF IO
# PWR SYS, and two of the real-time ones
for signal in 1 2 3 4 5 6 7 8 10 11 12 13 14 15 16 24 26 27 29 30 31 34 64; do
	printf '%s\n' "see one-idle" "kill $signal" end | on_terminal 24 80
	[ "$(paste -sd, /tmp/top)" = "signal $signal,as it was" ] || echo "$signal: $(cat /tmp/top)"
done > /tmp/wrong
is "each signal ends it, and leaves the terminal as it was" "$(cat /tmp/wrong)" ""
printf '%s\n' "see one-idle" "hang up" end | on_terminal 24 80
is "when its terminal goes, it goes" "$(grep -c '^signal 1$\|^exit' /tmp/top)" 1
# Stopped, and back again: then curses throws away what was typed meanwhile.
printf '%s\n' "see one-idle" stop "kill 18" show "press q" end | on_terminal 24 80
is "it may be stopped, with the terminal as it was, and go on" \
	"$(sed -n 1p /tmp/top),$(tail -n 2 /tmp/top | paste -sd,)" "as it was,exit 0,as it was"

# ---- by call

hcbpf vm observe "$busy" > /tmp/out
printf '%s\n' "see doorbell:5" "see 1 of 3 VMs observed" show "press c" "see SIGNALS" \
	"press c" "see EXITS    P99" "press s" "see by done" "press sss" "see by vm" "press S" \
	"see by exits" "press /" "press xen" "see doorbell:5" "press y" "miss doorbell:5" "press \\e" \
	"see doorbell:5" "press q" end | on_terminal 24 80 --calls
is "calls have rows, in either direction" "$(tail -n 2 /tmp/top | paste -sd,)" "exit 0,as it was"
is "80 columns are enough for them" "$(awk 'length > 80' /tmp/top)" ""
ok "who calls has a rate there" sh -c "awk '\$1 == $busy && \$4 == \"doorbell:5\" { n = \$5 } END { exit n == 0 }' /tmp/top"
refused "an order that calls have not" "calls cannot be sorted by" top --calls --sort signals
hcbpf -j top --calls --count 2 > /tmp/lines
is "calls are a stream, too" "$(wc -l < /tmp/lines)" 2
head -n 1 /tmp/lines > /tmp/json
json_seen top
is "of observed VMs" "$(grep -o '"id":[0-9]*' /tmp/json | cut -d: -f2)" "$busy"
ok "with rates" sh -c "grep -o '\"call_rates\":{\"done\":[0-9]*' /tmp/json | grep -q '[1-9]'"

hcbpf top > /tmp/out 2> /tmp/err
is "without a terminal it fails" "$?" 1
ok "and says what to use" grep -q "top needs a terminal; use .hcbpf -j top." /tmp/err
refused "a key that there is not" "cannot sort by" top --sort size
refused "a filter that is too long" "longer than 31" top --filter 12345678901234567890123456789012
printf '%s\n' "see is not known here" end | TERM=none pty 24 80 hcbpf top > /tmp/top 2>&1
is "a terminal that is not known is said to be" "$(head -n 1 /tmp/top)" "exit 1"

hcbpf -j top --count 2 --sort vm --filter idle > /tmp/lines
is "as a stream, a line each time" "$(wc -l < /tmp/lines)" 2
is "with the VMs that are asked for, in order" \
	"$(head -n 1 /tmp/lines | grep -o '"id":[0-9]*' | cut -d: -f2 | paste -sd' ')" "$idle_id $other"
head -n 1 /tmp/lines > /tmp/json
ok "of JSON" json < /tmp/json
json_seen top

# ---- a limit: who observes many VMs hides nobody's

refused "a limit that is none" "not a number of VMs" top --calls --observed x
chmod 666 /dev/hcbpf
observed_of vmm1
first=$id
observed_of vmm1
observed_of vmm2
chmod 660 /dev/hcbpf
# read_by ARGUMENT...: whose calls a line of top has
read_by() {
	hcbpf -j top --calls --sort vm --count 1 "$@" > /tmp/json
	grep -o '"id":[0-9]*' /tmp/json | cut -d: -f2 | uniq | paste -sd' '
}
is "where calls are read of some VMs only, users take turns" "$(read_by --observed 3)" "$busy $first $id"
is "those that are left out are counted" "$(grep -o '"nr_vms_left_out":[0-9]*' /tmp/json)" \
	'"nr_vms_left_out":1'
json_seen top
is "usually all are read" "$(read_by | wc -w)" 4
is "and none is left out" "$(grep -o '"nr_vms_left_out":[0-9]*' /tmp/json)" '"nr_vms_left_out":0'
printf '%s\n' "see 4 of 6 VMs observed" "see left out: 1 (--observed)  filter" "press q" end |
	on_terminal 24 80 --calls --observed 3
is "a terminal says so, too" "$(tail -n 2 /tmp/top | paste -sd,)" "exit 0,as it was"

timeout 20 hcbpf -j top > /dev/full 2> /tmp/err
is "a stream that cannot be written ends" "$?" 1
ok "and says so" grep -q "^hcbpf: cannot write to standard output: No space left on device" /tmp/err
kill_all
