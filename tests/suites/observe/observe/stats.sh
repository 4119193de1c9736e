# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf stats`: what fits a terminal, what is asked for, and rates.

spin
bound quiet -name "a name that is longer than fourteen"

widest() { awk '{ if (length > most) most = length } END { print most + 0 }'; }
fits() { [ "$(hcbpf stats "$@" | widest)" -le 80 ]; }
ok "the usual columns fit 80" fits
is "they are these" "$(hcbpf stats | head -n 1 | tr -s ' ' | sed 's/^ //')" \
	"VM NAME POLICY DONE PASS EXITS SIGNALS TROUBLE"
is "a name is that of vm list, cut" "$(hcbpf stats | grep -c 'a name that i~')" 1
is "two VMs have a sum" "$(hcbpf stats | grep -c '^total ')" 1
is "one has none" "$(hcbpf stats "$id" | grep -c '^total ')" 0
is "columns that are asked for, by either name" \
	"$(hcbpf stats "$id" --columns GPA-SETS,name | tr -s ' ' | sed 's/^ //' | paste -sd,)" \
	"GPA-SETS NAME,0 a name that is longer than fourteen"
is "all of them" "$(hcbpf stats --all | head -n 1 | wc -w)" 21
refused "a column that there is not" "there is no column" stats --columns=done,none
refused "all and some" "leave --columns out" stats --all --columns=pass
refused "a count without a watch" "goes with --watch" stats --count 2
refused "an interval that is none" "not a number of seconds" stats --watch 0
refused "a count that is none" "not a number of times" stats --watch 1 --count 0

# ---- as JSON: what was there stays, in its words

hcbpf -j stats "$busy" > /tmp/json
for key in id policy "done" pass exits bad_verdict no_policy user_mode nested signals faults \
	gpa_sets gpa_failures buffer_hits buffer_misses walks warning; do
	grep -q "\"$key\":" /tmp/json || echo "$key"
done > /tmp/missing
is "each key of before is in JSON" "$(cat /tmp/missing)" ""
is "and the tag" "$(hcbpf -j stats "$id" | grep -c '"tag":"quiet"')" 1

# ---- which are observed

# observed_in FILE: what its JSON says of each
observed_in() { grep -o '"observed":[a-z]*' "$1" | cut -d: -f2 | paste -sd' '; }
# said ARGUMENT...: by stats, below its table
said() { { hcbpf stats "$@" > /dev/null; } 2>&1; }
is "where no VM is observed, nothing is said of it" "$(said)" ""
hcbpf vm observe "$busy" > /dev/null
is "one that is observed is said to be" "$(said)" \
	"hcbpf: VM $busy is observed; \`hcbpf vm calls $busy\` shows its calls"
is "but not below another" "$(said "$id")" ""
is "nor below columns that are asked for" "$(said --columns=vm)" ""
is "who asks has a column, which has no sum" \
	"$(hcbpf stats --columns vm,observed | tr -s ' ' | sed 's/^ //' | paste -sd,)" \
	"VM OBSERVED,$busy yes,$id no,total -"
hcbpf -j stats > /tmp/json
is "as JSON" "$(observed_in /tmp/json)" "true false"
hcbpf vm observe "$id" > /dev/null
is "two are counted" "$(said)" "hcbpf: 2 VMs are observed; \`hcbpf top --calls\` shows their calls"
hcbpf vm observe "$id" --off > /dev/null

# ---- again and again

hcbpf stats --watch --count 2 > /tmp/watched
is "a second is the usual interval, and a count ends it" "$(grep -c ^total /tmp/watched)" 2
rate=$(awk -v id="$busy" '$1 == id { print $4; exit }' /tmp/watched)
ok "who calls has a rate" [ "${rate%.*}" != 0 ]
is "who does not has none" "$(awk -v id="$id" '$1 == id { print $(NF - 4) }' /tmp/watched | sort -u)" 0
ok "with a time in seconds, as before" sh -c 'hcbpf stats --watch 1 --count 1 | grep -q DONE'

hcbpf -j stats --watch 1 --count 3 > /tmp/lines
is "with -j each time is a line" "$(wc -l < /tmp/lines)" 3
while read -r line; do
	echo "$line" > /tmp/json
	json < /tmp/json || echo "no JSON: $line"
	json_seen stats
done < /tmp/lines > /tmp/wrong
is "of JSON" "$(cat /tmp/wrong)" ""
is "which says of each VM whether it is observed" "$(tail -n 1 /tmp/lines > /tmp/json; observed_in /tmp/json)" \
	"true false"
# The counter of a line is that of the line before, and what came per second.
agrees() {
	awk '{
		match($0, /"seconds":[0-9.]+/)
		seconds = substr($0, RSTART + 10, RLENGTH - 10)
		match($0, "\"id\":" id ",.*")
		vm = substr($0, RSTART)
		match(vm, /"done":[0-9]+/)
		done = substr(vm, RSTART + 7, RLENGTH - 7)
		match(vm, /"rates":\{"done":[0-9.]+/)
		rate = substr(vm, RSTART + 16, RLENGTH - 16)
		if (NR > 1) {
			got = rate * seconds
			wanted = done - before
			print got, wanted
			if (wanted < 1 || got < wanted * 0.99 - 5 || got > wanted * 1.01 + 5)
				exit 1
		}
		before = done
	}' id="$busy" /tmp/lines
}
ok "rates are what has been counted in between" agrees
slept() { awk -F '[:,]' '{ if ($0 !~ /"seconds":(0\.9|1\.[0-4])/) exit 1 }' /tmp/lines; }
ok "in about a second" slept

# A VM that is bound in between has rates from its beginning; one that ends is no failure.
hcbpf -j stats --watch 1 --count 4 > /tmp/lines &
watcher=$!
sleep 1
bound late
kill -9 "$pid"
wait $watcher
is "a VM that ends while all are watched ends nothing" "$?" 0
is "each line is there" "$(wc -l < /tmp/lines)" 4
bound ends
hcbpf stats "$id" --watch > /tmp/out 2> /tmp/err &
watcher=$!
sleep 1
kill -9 "$pid"
wait $watcher
is "a VM that ends while it alone is watched is the end" "$?" 1
ok "which is said" grep -q "^hcbpf: VM $id has ended" /tmp/err
# In a file of its own: the lines of before would be taken for the stream's until it begins.
hcbpf -j stats --watch > /tmp/stream &
watcher=$!
eventually test -s /tmp/stream
kill -TERM $watcher
wait $watcher 2> /dev/null
is "an interrupted stream has whole lines" "$(tail -c 1 /tmp/stream | od -An -c | tr -d ' ')" '\n'
kill_all
