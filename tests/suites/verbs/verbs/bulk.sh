# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Many VMs at once: what fails for one is named, and the others are done.

bound a -name web-1
one=$id
bound b -name web-2
two=$id
bound c -name ../web-3
three=$id
bound d -name db
idle -name web-4
rm -rf /tmp/bulk
mkdir /tmp/bulk
nr_bound() { hcbpf -j vm list | grep -o '"policy":' | wc -l; }

# ---- save

says "all that match are saved" "/tmp/bulk/web-2-$two.state" \
	vm save --all-matching 'web-*' /tmp/bulk
is "and no others" "$(echo /tmp/bulk/*)" "/tmp/bulk/web-1-$one.state /tmp/bulk/web-2-$two.state"
is "each is the one it is called after" \
	"$(hcbpf state show "/tmp/bulk/web-2-$two.state" | awk '/^tag/ { print $2 }')" b
ok "a name that is a path" hcbpf vm save --all-matching '*web-3' /tmp/bulk
ok "stays in the directory" [ -e "/tmp/bulk/_._web-3-$three.state" ]
rm /tmp/bulk/*
mkdir "/tmp/bulk/web-1-$one.state"
hcbpf vm save --all-matching 'web-*' /tmp/bulk > /tmp/out 2> /tmp/err
is "one that cannot be saved is a failure" $? 1
ok "which is named" grep "^hcbpf: cannot write /tmp/bulk/web-1-$one.state: Is a directory" /tmp/err
is "and nothing else is" "$(wc -l < /tmp/err)" 1
is "the other is saved" "$(awk 'NR > 1 { print $1 }' /tmp/out)" "$two"
ok "really" [ -f "/tmp/bulk/web-2-$two.state" ]
hcbpf -j vm save --all-matching 'web-*' /tmp/bulk > /tmp/json
is "with -j it is exit status 1, too" $? 1
ok "and JSON" json < /tmp/json
is "in which one has a failure" "$(grep -o '"failure":{"error":"[^"]*"' /tmp/json)" \
	"\"failure\":{\"error\":\"cannot write /tmp/bulk/web-1-$one.state: Is a directory\""
is "and the other has none" "$(grep -o '"failure":null' /tmp/json | wc -l)" 1
refused "a pattern that nothing matches" 'no bound VM has a name that matches "mail-*"' \
	vm save --all-matching 'mail-*' /tmp/bulk
refused "nor a VM that is not bound" "no bound VM" vm save --all-matching 'web-4' /tmp/bulk
refused "a directory that is not there" "No such file" vm save --all-matching '*' /tmp/none
refused "a file" "many VMs need a directory" vm save --all-matching '*' /tmp/out
refused "no directory" "an argument is missing" vm save --all-matching '*'
refused "a VM beside the pattern" "leave its id out" vm save --all-matching '*' "$one" /tmp/bulk
refused "a name beside the pattern" "named twice" \
	vm save --all-matching '*' --name db /tmp/bulk

# ---- detach

refused "to unbind what nothing matches" 'matches "mail-*"' vm detach --all-matching 'mail-*'
refused "to unbind by two names" "or --all-matching" vm detach --all-matching 'web-*' --tag a
is "those were refusals" "$(nr_bound)" 4
ok "all that match are unbound" valid_json -j vm detach --all-matching 'web-?'
is "these two" "$(grep -o '"id":[0-9]*' /tmp/json | paste -sd,)" "\"id\":$one,\"id\":$two"
is "and no others" "$(nr_bound)" 2
says "people get a table" "db" vm detach --all-matching 'd*'
is "the last one is left" "$(hcbpf -j vm list | grep -o '"tag":"[a-z]*"')" '"tag":"c"'
kill_all
