# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Claims: what the module makes of them, and `hcbpf port claim` and `claims`.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

world() { [ ! -e /dev/hcbpf ] || hcbpf -j port claims; }
row() { hcbpf port "$@" | tr -s ' '; }
claimed() { hcbpf -j port claims | grep -o '"claim":' | wc -l; }

refused "without the module" "not loaded" port claim db 5
refused "likewise to list them" "not loaded" port claims
load_module
ok "the standard policy is loaded" hcbpf load
is "nothing is claimed" "$(hcbpf -j port claims)" "[]"

# ---- to look at, before the VM is there

hcbpf port claim db 5 --count 2 > /tmp/signals 2> /tmp/said &
claimer=$!
ok "a port is claimed" eventually test -s /tmp/said
is "it says so" "$(cat /tmp/said)" 'hcbpf: port 5 of "db" is claimed'
is "and is in the list" "$(row claims | grep -c " db 5 0 $claimer hcbpf root")" 1
refused "who is second is told who has it" \
	"port 5 of \"db\" is claimed by process $claimer (hcbpf) of user root" port claim db 5
says "the module says what it is held by" "claim" holders

mkfifo /tmp/spin
guest spin > /tmp/spin &
spinner=$!
read -r _ < /tmp/spin
hcbpf vm attach --pid $spinner --tag db > /dev/null
id=$(guest first)
wait $claimer
is "signals are shown, as many lines as were asked for" $? 0
is "each with its count" "$(grep -cE '^port 5 of db: [0-9]+$' /tmp/signals)" 2
is "then it is not claimed any more" "$(claimed)" 0

# ---- for a command

cat > /tmp/backend <<'END'
#!/bin/sh
echo "$LISTEN_FDS $LISTEN_FDNAMES $([ "$LISTEN_PID" = $$ ] && echo mine)"
readlink /proc/self/fd/3
readlink /proc/self/fd/4
echo "$@"
dd bs=8 count=1 <&3 2> /dev/null | wc -c
END
chmod +x /tmp/backend
is "a command gets the eventfd and the claim as from systemd" \
	"$(timeout 20 hcbpf port claim db 5 -- /tmp/backend --an option 2> /dev/null)" \
	"2 eventfd:claim mine
anon_inode:[eventfd]
anon_inode:hcbpf-claim
--an option
8"
is "and they end with it" "$(claimed)" 0
refused "a command that is not there" "cannot run /tmp/nothing" port claim db 5 -- /tmp/nothing
hcbpf -j port claim db 5 --count 1 > /tmp/json 2> /dev/null
ok "JSON of a line" sh -c 'json valid < /tmp/json || grep -q "\"tag\":\"db\",\"port\":5,\"count\":" /tmp/json'

# ---- for an eventfd of a process

guest idle standard > /tmp/ready &
backend=$!
eventually test -s /tmp/ready
efd=$(for fd in /proc/"$backend"/fd/*; do
	[ "$(readlink "$fd")" != 'anon_inode:[eventfd]' ] || echo "${fd##*/}"
done | head -n 1)
hcbpf port claim db 5 --eventfd "$backend:$efd" > /tmp/ended 2> /dev/null &
claimer=$!
ok "an eventfd of a process has the port" eventually sh -c "hcbpf port list $id | grep -q claim"
is "as the list of ports shows" "$(row list "$id" | grep -c " 5 claim - yes")" 1
is "and that of claims" "$(row claims | grep -c " db 5 1 $claimer hcbpf root")" 1
refused "another slot is not put in its place" "port 5 of VM $id is claimed" port set "$id" 5 slot 1
refused "nor the port of a VMM's eventfd" "not an eventfd" port claim db 6 --eventfd "$backend:0"
refused "of no process" "no process" port claim db 6 --eventfd 999999:1
ok "another port is the VMM's" hcbpf port set "$id" 7 eventfd "$backend:$efd"
refused "and is not taken from it" 'the VMM has put port 7 of "db"' port claim db 7
refused "one beyond its table" "too large for the table" port claim db 131072
kill -9 $backend
wait $claimer
is "the claim ends with the process" $? 0
says_ended=$(cat /tmp/ended)
is "which is said" "$says_ended" \
	"process $backend has ended: port 5 of \"db\" is not claimed any more"
is "and the port is not set any more" "$(row list "$id" | grep -c claim)" 0

# ---- back to the VMM

hcbpf port claim db 5 > /tmp/signals 2> /dev/null &
claimer=$!
ok "once more" eventually sh -c "hcbpf port list $id | grep -q claim"
ok "the operator takes it back" hcbpf port del "$id" 5
is "from the VM, not from the list" "$(row list "$id" | grep -c claim) $(claimed)" "0 1"
kill $claimer
wait $claimer 2> /dev/null

# ---- words

refused "a tag that is none" "a tag" port claim "a b" 5
refused "a port that is none" "not a number" port claim db five
refused "two ways at once" "use one of" port claim db 5 --count 1 --eventfd 1:1
refused "likewise with a command" "use one of" port claim db 5 --count 1 -- true
refused "no lines" "not a number of lines" port claim db 5 --count 0
refused "no eventfd" "names no eventfd" port claim db 5 --eventfd 12
refused "no port" "missing" port claim db

# ---- by the template's word

mkdir -p /etc/hcbpf/templates
printf '%s\n' 'version: 1' 'name: db' 'tag: shop' 'claimant: vmm2' > /etc/hcbpf/templates/db.yaml
says "a template names a claimant" "vmm2" template show db
hcbpf vm detach "$id" > /dev/null
ok "its VM is bound" hcbpf vm attach --pid $spinner --template db
chmod 666 /dev/hcbpf
as-user vmm1 hcbpf port claim shop 5 > /tmp/theirs 2> /tmp/said1 &
other=$!
eventually test -s /tmp/said1
sleep 0.3
is "who is not that claims in vain" "$(cat /tmp/theirs)" ""
ok "who is has the port" timeout 20 as-user vmm2 hcbpf port claim shop 5 --count 1
kill $other
wait $other 2> /dev/null
printf '%s\n' 'version: 1' 'name: db' 'claimant: nobody-here' > /etc/hcbpf/templates/db.yaml
refused "a user who is not here" 'db.yaml:3: there is no user "nobody-here" here' template check
printf '%s\n' 'version: 1' 'name: db' 'claimant: ""' > /etc/hcbpf/templates/db.yaml
refused "no user" 'db.yaml:3: claimant is not the name of a user' template check
kill -9 $spinner
wait $spinner 2> /dev/null
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
hcbpf unload standard > /dev/null
run ./test_claims
