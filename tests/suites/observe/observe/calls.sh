# shellcheck shell=sh disable=SC2154,SC2046
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf vm observe` and `vm calls`: who calls what, what becomes of it, how long it takes.

# in_table CALL COLUMN: of the last table
in_table() {
	awk -v name="$1" -v head="$2" '
		{ at = $0 ~ /^ABI/ ? 0 : at }
		/^ABI/ { for (i = 1; i <= NF; i++) if ($i == head) at = i; column = at; next }
		$2 == name { print $column }' /tmp/table
}

asking standard
bound quiet -name quiet
hcbpf rule set "$asked" "$own" 98 deny ret -7 > /dev/null 2>&1
hcbpf rule set "$asked" "$own" doorbell doorbell > /dev/null
asks "$passes 3" > /dev/null

refused "a VM that is not observed" "VM $asked is not observed; use \`hcbpf vm observe $asked\`" vm calls "$asked"
is "which the list says" "$(hcbpf -j vm list | grep -o '"observed":[a-z]*' | sort -u)" '"observed":false'
is "it is, then" "$(hcbpf vm observe "$asked")" \
	"VM $asked is observed; \`hcbpf vm calls $asked\` shows its calls"
is "once more is no failure" "$(hcbpf vm observe "$asked" | cut -d';' -f1)" "VM $asked is observed already"
is "the list says so of this one" "$(hcbpf vm show "$asked" | grep '^observed')" "observed               yes"
is "and only of it" "$(hcbpf -j vm list | grep -o '"observed":true' | wc -l)" 1
is "without calls there is no table" "$(hcbpf vm calls "$asked")" ""

is "who is denied gets that" "$(asks "$passes 70" "$bell_nr 25 5" "$bell_nr 2 6" "98 3" "98 1")" -7
hcbpf vm calls "$asked" > /tmp/table
is "what passes is counted, from the beginning" "$(in_table "$name" PASS) $(in_table "$name" DONE)" "70 0"
is "what is answered, and what nobody serves" "$(in_table "$bell" PASS) $(in_table "$bell" DONE)" "2 25"
is "what is denied" "$(in_table 98 PASS) $(in_table 98 DONE)" "0 4"
is "in the order of what is made most" "$(awk 'NR > 1 { print $2 }' /tmp/table | paste -sd,)" "$name,$bell,98"
is "with the share of each" "$(in_table "$name" SHARE) $(in_table 98 SHARE)" "69.3% 4.0%"
ok "and times with a unit" sh -c "awk 'NR > 1 && \$NF !~ /^>?[0-9.]+[num]?s\$/ { exit 1 }' /tmp/table"
is "that fits 80 columns" "$(awk 'length > 80' /tmp/table)" ""

hcbpf -j vm calls "$asked" > /tmp/json
json_seen vm calls
is "as JSON, numbers are numbers" "$(grep -o "\"nr\":98,\"sub\":null,\"call\":\"98\",\"nr_calls\":4,\"done\":4" /tmp/json | wc -l)" 1
# Each decision is in one bucket: their numbers are those of the calls.
is "decisions are as many as calls" "$(sed 's/.*"call":"98"//; s/}\].*//' /tmp/json |
	grep -o '"below_ns":[a-z0-9]*,"nr_calls":[0-9]*' | awk -F: '{ n += $NF } END { print n }')" 4
sum=$(grep -o '"share":[0-9.]*' /tmp/json | awk -F: '{ n += $2 } END { printf "%.2f", n }')
is "shares are of a whole" "$sum" 1.00

hcbpf vm calls "$asked" --times > /tmp/times
is "bars, for each kind" "$(grep -c 'decided in less than$' /tmp/times)" 3
is "in 80 columns" "$(awk 'length > 79' /tmp/times)" ""
is "with all calls" "$(awk '/ 98: / { on = 1; next } on && NF > 1 { n += $2 } END { print n }' /tmp/times)" 4
refused "bars again and again" "leave --watch out" vm calls "$asked" --times --watch
refused "a count without a watch" "goes with --watch" vm calls "$asked" --count 2

# ---- again and again

# Both have begun when the one that says something of each interval has said it. However long
# the calls take, all of them are within some intervals.
hcbpf vm calls "$asked" --watch 1 > /tmp/watched &
watcher=$!
hcbpf -j vm calls "$asked" --watch 1 > /tmp/begun &
stream=$!
eventually test -s /tmp/begun
asks "$passes 500" > /dev/null
sleep 3
kill $watcher $stream
wait $watcher $stream 2> /dev/null
is "a watch has rates of the interval" \
	"$(awk -v name="$name" '$2 == name { print $3; exit }' /tmp/watched)" "100.0%"
rates=$(awk -v name="$name" '$2 == name { n += $4 } END { print n + 0 }' /tmp/watched)
ok "which are what was called in it" [ "$rates" -gt 300 ]
ok "and no more" [ "$rates" -lt 600 ]
hcbpf -j vm calls "$asked" --watch 1 --count 2 > /tmp/lines
is "with -j a line each time" "$(wc -l < /tmp/lines)" 2
is "with rates" "$(head -n 1 /tmp/lines | grep -o '"call_rates":{"done":0.000,"pass":0.000,"exits":0.000}' | wc -l)" 3
head -n 1 /tmp/lines > /tmp/json
json_seen vm calls

# ---- others

is "a guest may call more than there is room for" "$(asks $(seq 1000 1149))" "$(asks 1000)"
hcbpf vm calls "$asked" > /tmp/table 2> /tmp/err
is "which are others, last, without an ABI" "$(tail -n 1 /tmp/table | awk '{ print $1, $2 }')" "- other"
ok "and it is said what that means" grep -q "^hcbpf: other: calls of more kinds than the 64" /tmp/err
is "none is lost" "$(hcbpf -j vm calls "$asked" | sed 's/.*"policy":"standard","nr_calls":\([0-9]*\),.*/\1/')" \
	$((70 + 25 + 2 + 4 + 500 + 150 + 1))
is "what was called before is still there" "$(in_table "$name" PASS)" 570

# ---- who may

chmod 666 /dev/hcbpf
rm -f /tmp/ready
mkfifo /tmp/ready
as-user vmm1 ./idlevm -name theirs > /tmp/ready &
pid=$!
all="$all $pid"
read -r _ < /tmp/ready
hcbpf vm attach --pid "$pid" > /dev/null
ok "the user of a VM observes it" as-user vmm1 hcbpf vm observe --pid "$pid"
ok "and looks at it" as-user vmm1 hcbpf vm calls --pid "$pid"
not "another user does not" as-user vmm2 hcbpf vm calls --pid "$pid"
not "nor by its id" as-user vmm2 hcbpf vm observe "$asked" --off
chmod 660 /dev/hcbpf

# ---- the end

is "by name, all at once" "$(hcbpf vm observe --all-matching 'qui*' | awk 'NR > 1 { print $1, $4 }')" "$id yes"
is "it ends" "$(hcbpf vm observe "$asked" --off)" "VM $asked is not observed any more"
is "once" "$(hcbpf vm observe "$asked" --off)" "VM $asked is not observed, and was not"
hcbpf vm observe "$asked" > /dev/null
is "and begins anew, from zero" "$(hcbpf vm calls "$asked")" ""
hcbpf vm calls "$asked" --watch > /tmp/out 2> /tmp/err &
watcher=$!
sleep 1
kill -9 "$asker"
wait "$watcher"
is "a VM that ends while it is watched is the end" "$?" 1
ok "which is said" grep -q "^hcbpf: VM $asked has ended" /tmp/err
refused "a VM that has ended" "no VM with id" vm observe "$asked"
exec 8>&-
kill_all
