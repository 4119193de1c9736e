# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# admit add, admit remove: the file and what is in force, both or none.

refused "no condition" "a rule needs a user, a cgroup or a unit" admit add --template db
refused "a name alone" "a rule needs a user, a cgroup or a unit: a name alone" \
	admit add --name db --template db
refused "no template" "say by which --template" admit add --user vmm1
refused "a template that can be none" "cannot be a template's name" admit add --user vmm1 --template 'a b'
refused "cgroup and unit" "a rule has a cgroup or a unit, not both" \
	admit add --cgroup /a --unit a.slice --template db
refused "a cgroup that is no path" "a cgroup is a path from the root of cgroup2" \
	admit add --cgroup a --template db
refused "half a unit" "a unit has its full name" admit add --unit machine --template db
refused "an empty user" "the user is empty" admit add --user "" --template db
refused "a number that is no user's" '"4294967295" is not the number of a user' \
	admit add --user 4294967295 --template db
refused "one that is too large" '"99999999999" is not the number of a user' \
	admit add --user 99999999999 --template db
refused "a name that is too long" "--name is longer than 127 characters" \
	admit add --user vmm1 --name "$(printf %0128d 0)" --template db
refused "a user that is not there" "there is no user \"nobody-here\" here" \
	admit add --user nobody-here --template db
refused "a template that is not there" "there is no template \"dbb\"; did you mean \"db\"?" \
	admit add --user vmm1 --template dbb
refused "a line break" "a file cannot have that: there are control characters in it" \
	admit add --user vmm1 --name "a
b" --template db
refused "what is not UTF-8" "or it is not UTF-8" admit add --user "$(printf '\377')" --template db
not "none of them has made a file" test -e "$file"

says "the first rule makes the file" "rule 1 is in force, and in $file" \
	admit add --user vmm1 --name "a: b # \"c\"" --template db --required
is "which is as its owner's umask has it" "$(stat -c %a "$file")" 644
says "it is in force" 'a: b # "c"' admit list
sed -i 's/^rules:/# ours\n&/; s/required: true}/& # why/' "$file"
chmod 600 "$file"
ok "JSON of add" valid_json -j admit add --user 0x3ea --cgroup /machine.slice --template db
is "comments stay, and the mode" "$(grep -c '^# ours\|# why$' "$file") $(stat -c %a "$file")" "2 600"
ok "a number is written as such" grep -q '  - {user: 1002, cgroup: /machine.slice, template: db}' "$file"
is "file and module agree" "$(hcbpf admit list 2>&1 | wc -l)" 3
refused "a rule that is not there" "$file has no rule 3; see \`hcbpf admit list\`" admit remove 3
refused "no number" '"x" is not the number of a rule' admit remove x
refused "no rule's number" '"0" is not the number of a rule' admit remove 0
failing 5 12 "add: what the module refuses is taken back" "; $file is as it was" \
	admit add --user vmm2 --template db
failing 5 12 "so it is with remove" "; $file is as it was" admit remove 1
says "the first is removed" "rule 1 is neither in force nor in $file any more" admit remove 1
is "its comment stays" "$(grep -c '^  # why$' "$file")" 1
is "one is left" "$(hcbpf admit list 2>&1 | wc -l)" 2
ok "JSON of remove" valid_json -j admit remove 1
ok "an empty list is left" grep -qx 'rules: \[\]' "$file"
says "to which can be added" "rule 1 is in force" admit add --unit machine.slice --template db
rm "$file"
failing 5 12 "add: a file that was not there goes again" "; $file is as it was" \
	admit add --user vmm2 --template db
not "it is gone" test -e "$file"
refused "remove: no file" "$file has no rule 1" admit remove 1
printf '%s\n' 'version: 1' 'rules: [{user: vmm1, template: db}]' > "$file"
refused "rules in [ ]" "add it by hand, and run \`hcbpf admit load\`: {user: vmm2, template: db}" \
	admit add --user vmm2 --template db
refused "from which none can be removed" "rule 1 cannot be removed without writing it anew" admit remove 1
echo "version: 2" > "$file"
refused "a file that cannot be read" "$file:1: version 2 is newer than this command" \
	admit add --user vmm1 --template db
rules '  - {user: vmm1, template: db}'
for i in 1 2 3 4 5 6; do
	hcbpf admit add --user "$i" --template db > /dev/null &
	adders="$adders $!"
done
# shellcheck disable=SC2086 # words
wait $adders
is "of many at once, none is lost" "$(hcbpf admit list 2>&1 | wc -l) $(grep -c user "$file")" "8 7"

# What is locked is root's: another user's lock on the directory or the files keeps nobody waiting.
mkfifo /tmp/locker
as-user vmm1 ./guest lock "$etc" > /tmp/locker &
read -r locker < /tmp/locker
ok "an ordinary user cannot keep it from loading" timeout 30 hcbpf admit load
kill "$locker"
rm /tmp/locker
