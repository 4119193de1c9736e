# shellcheck shell=sh disable=SC2154,SC2046
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf profile learn`: under what it writes a guest goes on as before, and gets nothing more.

asking standard
hcbpf rule set "$asked" "$own" 98 deny ret -7 > /dev/null 2>&1
hcbpf rule set "$asked" "$own" doorbell doorbell otherwise pass > /dev/null

# work: what this guest does all day; what its calls return. Of many only the number counts.
work() {
	asks "$passes 20" > /dev/null
	for call in "$passes" "$bell_nr 1 5" "$bell_nr 1 6" 98; do asks "$call"; done
}

work > /tmp/before
not "what it does not do is answered, before" [ "$(asks "$unseen")" = "$no_call" ]
mkdir -p /etc/hcbpf/profiles
hcbpf profile learn "$asked" --for 4 --output /etc/hcbpf/profiles/day.yaml > /tmp/out 2> /tmp/err &
learner=$!
eventually grep -q "observing VM $asked" /tmp/err
work > /dev/null
wait "$learner"
is "it learns" "$?,$(cat /tmp/out)" \
	"0,/etc/hcbpf/profiles/day.yaml is profile \"day\", learned from 24 calls of VM $asked: 3 rules"
is "without a warning" "$(grep -c warning /tmp/err)" 0
is "nobody is observed any more" "$(hcbpf -j vm list | grep -c '"observed":true')" 0
says "what it has written is a profile" 'is profile "day", and makes 7 rules' \
	profile check /etc/hcbpf/profiles/day.yaml
ok "each rule has its reason" grep -q "^    # $name: 21 left to KVM$" /etc/hcbpf/profiles/day.yaml
ok "and its outcome" grep -q "^    # doorbell: 1 left to KVM, 1 answered$" /etc/hcbpf/profiles/day.yaml
ok "it is applied to the running guest, which gets nothing that it had not" hcbpf profile apply "$asked" day
work > /tmp/after
is "the guest goes on as before" "$(paste -sd' ' /tmp/after)" "$(paste -sd' ' /tmp/before)"
is "what it did not do is denied" "$(asks "$unseen")" "$no_call"
is "a denial that it met is the same" "$(asks 98)" -7

# ---- Ctrl-C, and a VM that is observed already

hcbpf vm observe "$asked" > /dev/null
asks "$passes 5" > /dev/null
hcbpf profile learn "$asked" > /tmp/yaml 2> /tmp/err &
learner=$!
eventually grep -q "until Ctrl-C" /tmp/err
ok "what was counted before counts" grep -q "is observed already" /tmp/err
sleep 1
kill -INT "$learner"
wait "$learner"
is "Ctrl-C ends it well" "$?" 0
is "with a profile" "$(grep -c "^    # $name: 5 left to KVM$" /tmp/yaml)" 1
is "who was observed is so still" "$(hcbpf -j vm list | grep -c '"observed":true')" 1
hcbpf -j profile learn "$asked" --for 1 > /tmp/json
json_seen profile learn
is "as JSON" "$(grep -o '"name":"learned","file":null' /tmp/json)" '"name":"learned","file":null'
hcbpf vm observe "$asked" --off > /dev/null

# ---- what cannot be learned

# fails TEXT ARGUMENT...: says so, after what it says while it observes
fails() {
	text=$1
	shift
	! hcbpf profile learn "$asked" --for 1 "$@" > /tmp/out 2> /tmp/err && [ ! -s /tmp/out ] &&
		grep -q "$text" /tmp/err
}
ok "from a guest that does nothing nothing is learned" fails "has made no calls" --output /tmp/none.yaml
not "and nothing is written" [ -e /tmp/none.yaml ]
refused "no time at all" "not a number of seconds" profile learn "$asked" --for 0
hcbpf vm observe "$asked" > /dev/null
asks $(seq 2000 2199) > /dev/null
ok "a directory that is not there is said to be" fails "No such file" --output /nowhere/p.yaml
hcbpf -j profile learn "$asked" --for 1 --output /tmp/random.yaml > /tmp/json
json_seen profile learn
hcbpf profile learn "$asked" --for 1 --output /tmp/random.yaml > /tmp/out 2> /tmp/err
ok "a guest that calls random numbers is told of, loudly" \
	grep -q "^hcbpf: warning: [0-9]* calls were of more kinds than are told apart.*denies them" /tmp/err
is "and gets no more for it" "$(grep '^unknown' /tmp/random.yaml)" "unknown: deny"
ok "the profile loads all the same" hcbpf profile check /tmp/random.yaml
hcbpf profile learn "$asked" --output /tmp/ended.yaml > /tmp/out 2> /tmp/err &
learner=$!
eventually grep -q "until Ctrl-C" /tmp/err
sleep 1
kill -9 "$asker"
wait "$learner"
is "a VM that ends meanwhile leaves its profile" "$?" 0
ok "and it is said what may be missing" grep -q "warning: the VM has ended" /tmp/err
ok "which loads, too" hcbpf profile check /tmp/ended.yaml
exec 8>&-
kill_all
rm -r /etc/hcbpf/profiles
