# shellcheck shell=sh disable=SC2016,SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Files alone, without the module.

rmdir "$etc"/templates
is "without a directory there are no templates" "$(hcbpf template list; hcbpf template check)" ""
ok "JSON of none" valid_json -j template list
: > "$etc"/templates
refused "a file in place of the directory" "cannot read $etc/templates: Not a directory" template list
refused "which check finds, too" "cannot read $etc/templates: Not a directory" template check
rules
refused "and so does admit" "$etc/templates: Not a directory" admit check
rm "$etc"/templates "$file"
mkdir "$etc"/templates

refused "no file of admission" "there is no $file; \`hcbpf admit add\` makes one" admit check

template db 'profile: xen-4.3' 'tag: database' 'ports: 4096' 'param: 0x10'
says "a template" "db.yaml is template \"db\", for policy \"standard\" with 19 rules" template check
says "by its name" 'is template "db"' template check db
cp "$etc"/templates/db.yaml /tmp/elsewhere
says "by its file" '/tmp/elsewhere is template "db"' template check /tmp/elsewhere
ok "JSON of check" valid_json -j template check
ok "JSON of list" valid_json -j template list
ok "JSON of show" valid_json -j template show db
says "show has its ports" "port table size        4096" template show db
says "and its parameter" "parameter              16" template show db
says "and the profile's rules" "event_channel_op:send" template show db
template bare
says "without a profile there are no rules" "rules                  0" template show bare
rm "$etc"/templates/bare.yaml

refused "a name that nobody has" 'there is no template "bd"; see `hcbpf template list`; for a file write ./bd' \
	template show bd
refused "a name that can be none" '"a b" cannot be a template'"'"'s name' template show "a b"
refused "a file that is not there" "/tmp/nothing: No such file or directory" template check /tmp/nothing
refused "a directory" "/tmp/: Is a directory" template check /tmp/

# wrong "what" "text" LINE...: a template that check refuses, and list shows as such
wrong() {
	what=$1 text=$2
	shift 2
	template wrong "$@"
	refused "$what" "$etc/templates/wrong.yaml$text" template check wrong
	says "$what, in the list" "$etc/templates/wrong.yaml$text" template list
}
wrong "a profile that is not there" ':3: there is no profile "xen-4.2"' 'profile: xen-4.2'
other=smccc
[ "$(uname -m)" = x86_64 ] || other=kvm
wrong "an ABI of another machine" ":3: ABI \"$other\" is not one of this machine" "abi: $other"
wrong "an unknown setting" ':3: unknown setting "polcy"' 'polcy: standard'
printf '%s\n' 'version: 1' 'name: bad' 'xen: {rules: [{call: foo, action: pass}]}' \
	> "$etc"/profiles/bad.yaml
template wrong 'profile: bad'
refused "a profile with a mistake has its own file and line" \
	"$etc/profiles/bad.yaml:3: unknown call \"foo\" of the xen ABI" template check wrong
ok "JSON of a list with mistakes" valid_json -j template list
rules
refused "admit check finds it, too" "$etc/profiles/bad.yaml:3: unknown call" admit check
rm "$etc"/templates/wrong.yaml "$etc"/profiles/bad.yaml
cp "$etc"/templates/db.yaml "$etc"/templates/other.yaml
refused "a file that is called otherwise" \
	"$etc/templates/other.yaml:2: name is \"db\", but it was looked up as \"other\"" template check
mv "$etc"/templates/other.yaml "$etc/templates/a b.yaml"
refused "one that cannot be called so" '"a b" cannot be a template'"'"'s name' admit check
rm "$etc/templates/a b.yaml"
cp "$etc"/templates/db.yaml "$etc"/templates/.hidden.yaml
cp "$etc"/templates/db.yaml "$etc"/templates/db.yaml.old
is "what is no template is not looked at" "$(hcbpf template list | wc -l)" 2
rm "$etc"/templates/.hidden.yaml "$etc"/templates/db.yaml.old

rules '  - {user: vmm1, name: db, template: db, required: true}' '  - {unit: machine.slice, template: db}'
says "a file of admission" "the files have 1 template and 2 rules, and no mistake" admit check
ok "JSON of admit check" valid_json -j admit check
rules
says "an empty one" "the files have 1 template and 0 rules, and no mistake" admit check
rules '  - {user: vmm1, template: dbb}'
refused "a template that is not there" "$file:3: there is no template \"dbb\"; did you mean \"db\"?" admit check
rules '  - user: vmm1' '    template: nothing-like-it'
refused "in its line" "$file:4: there is no template \"nothing-like-it\"; see \`hcbpf template list\`" admit check
rules '  - {user: nobody-here, template: db}'
refused "a user that is not there" "$file:3: there is no user \"nobody-here\" here" admit check
rules '  - {user: 70000, template: db}'
ok "a number needs no user" hcbpf admit check
rules '  - {name: db, template: db}'
refused "a name alone" "$file:3: a rule needs a user, a cgroup or a unit: a name alone" admit check
printf 'version: 1\0' > "$file"
refused "no text" "$file: not a text file" admit check
rm "$file"
mkdir "$file"
refused "a directory in its place" "$file: Is a directory" admit check
rmdir "$file"
rules '  - {user: vmm1, template: db}'
template db 'policy: later'
ok "a policy that nobody has is no mistake" hcbpf admit check
is "but is warned of" "$(hcbpf admit check 2>&1 > /dev/null)" \
	'hcbpf: template "db": no policy "later" is loaded, and /etc/hcbpf/policies has none'
ok "JSON of a warning" valid_json -j admit check
ok "which has it" grep -q '"warnings":\["template' /tmp/json
mkdir -p "$etc"/policies
touch "$etc"/policies/later.bpf.o
is "one that is loaded at boot is not" "$(hcbpf admit check 2>&1 > /dev/null)" ""
rm "$etc"/policies/later.bpf.o

refused "list needs the module" "hcbpf is not loaded" admit list
refused "load, too" "hcbpf is not loaded" admit load
refused "clear, too" "hcbpf is not loaded" admit clear
refused "add, too" "hcbpf is not loaded" admit add --user vmm1 --template db
refused "remove, too" "hcbpf is not loaded" admit remove 1
is "probe says that it cannot tell" "$(hcbpf probe | grep admission)" \
	"?   admission         cannot be told without /dev/hcbpf; load the module first"
template db 'profile: xen-4.3' 'tag: database'
