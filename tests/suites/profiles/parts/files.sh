# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# The files of profiles: a mistake is told with its place, and nothing is
# applied; list, show and diff.

# mistake WHAT LINE REASON: of the profile on standard input. LINE is FILE:LINE
# where another file has it.
mistake() {
	cat > /tmp/profiles/it.yaml
	case $2 in
	*:*) place=/tmp/profiles/$2 ;;
	*) place=/tmp/profiles/it.yaml:$2 ;;
	esac
	refused "apply: $1" "hcbpf: $place: $3" profile apply "$id" /tmp/profiles/it.yaml
	is "check finds the same: $1" "$(hcbpf profile check /tmp/profiles/it.yaml 2>&1; echo $?)" \
		"$(cat /tmp/err; echo 1)"
}

new_guest xen xen-4.3
mistake "an unknown call" 3 'unknown call "foo" of the xen ABI' <<'END'
version: 1
name: it
xen: {rules: [{call: foo, action: pass}]}
END
refused_json "and as JSON" '"error":"/tmp/profiles/it.yaml:3: unknown call' profile apply "$id" /tmp/profiles/it.yaml
mistake "an unknown sub-operation" 6 'unknown sub-operation "foo"' <<'END'
version: 1
name: it
xen:
  rules:
    - {call: xen_version, action: pass}
    - {call: event_channel_op, op: foo, action: pass}
END
mistake "a rule that is there twice" 6 "duplicate: xen xen_version has a rule in line 5" <<'END'
version: 1
name: it
xen:
  rules:
    - {call: xen_version, action: pass}
    - call: 17
      action: deny
END
mistake "a number too large" 3 'unknown call "4294967296"' <<'END'
version: 1
name: it
kvm: {rules: [{call: 4294967296, action: pass}]}
END
mistake "a negative number" 3 'unknown call "-1"' <<'END'
version: 1
name: it
kvm: {rules: [{call: -1, action: pass}]}
END
mistake "a number in quotes" 3 '"call" must be a call'\''s name or number; a number in quotes is text' <<'END'
version: 1
name: it
kvm: {rules: [{call: "5", action: pass}]}
END
mistake "a result that is no number" 5 '"12x" is not a result' <<'END'
version: 1
name: it
xen:
  rules:
    - {call: 17, action: deny, ret: 12x}
END
mistake "an unknown action" 3 'unknown action "allow"' <<'END'
version: 1
name: it
unknown: allow
END
mistake "an unknown setting" 3 'unknown setting "unknwon"' <<'END'
version: 1
name: it
unknwon: deny
END
mistake "a setting that is there twice" 4 'duplicate: "unknown" is in line 3 already' <<'END'
version: 1
name: it
unknown: deny
unknown: pass
END
mistake "bad syntax" 5 "syntax error" <<'END'
version: 1
name: it
xen:
  rules: [{call: foo, action: pass
END
mistake "an anchor" 3 "anchors (&) and aliases (*) are not for these files" <<'END'
version: 1
name: it
xen: &rules {default: deny}
kvm: *rules
END
mistake "a newer version" 1 "version 2 is newer than this command, which reads 1" <<'END'
version: 2
name: it
END
mistake "no version" 1 '"version: 1" is missing' <<'END'
name: it
END
mistake "no name" 1 '"name" is missing' <<'END'
version: 1
END
mistake "an include that is not there" 5 'there is no profile "nobody" to include' <<'END'
version: 1
name: it
include:
  - xen-4.3
  - nobody
END
mistake "an include of itself" 3 '"it" includes itself: a loop' <<'END'
version: 1
name: it
include: [it]
END
printf '%s\n' 'version: 1' 'name: other' '' 'include: [it]' > /tmp/profiles/other.yaml
mistake "a loop of includes" other.yaml:4 '"it" includes itself: a loop' <<'END'
version: 1
name: it
include: [other]
END
printf '%s\n' 'version: 1' 'name: other' 'xen: {rules: 3}' > /tmp/profiles/other.yaml
mistake "a mistake in what is included" other.yaml:3 '"rules" must be a list' <<'END'
version: 1
name: it
include: [other]
END
mistake "an empty file" 1 '"version: 1" is missing' < /dev/null
rm /tmp/profiles/other.yaml
mistake "the format of version 0.1" 2 'this is the format of version 0.1' <<'END'
# a comment
version = 1;
name = "it";
unknown = "deny"; // all of it
END
is "which makes YAML of it, with its comments" "$(hcbpf profile convert /tmp/profiles/it.yaml)" \
"# a comment
version: 1
name: it
# all of it
unknown: deny"
ok "and as JSON" valid_json -j profile convert /tmp/profiles/it.yaml
cp /tmp/profiles/it.yaml /etc/hcbpf/profiles/it
refused "a file of that format in /etc is not passed over" \
	"/etc/hcbpf/profiles/it:2: this is the format of version 0.1" profile apply "$id" it
hcbpf profile convert /etc/hcbpf/profiles/it > /etc/hcbpf/profiles/it.yaml
printf '%s\n' 'version: 1' 'name: two' > /etc/hcbpf/profiles/two
refused "YAML in a file without .yaml" "a profile's file is called NAME.yaml; rename it" \
	profile apply "$id" two
says "what is converted is found" 'is profile "it"' profile check /etc/hcbpf/profiles/it.yaml
is "by its name" "$(field where profile show it)" /etc/hcbpf/profiles/it.yaml
rm /etc/hcbpf/profiles/it /etc/hcbpf/profiles/two /etc/hcbpf/profiles/it.yaml
echo 'version = 1' > /tmp/profiles/new
echo 'name =' >> /tmp/profiles/new
refused "convert: bad syntax" "/tmp/profiles/new:3: syntax error" profile convert /tmp/profiles/new
printf '%s\n' 'version: 1' 'name: a' > /tmp/profiles/yaml
refused "convert: what is YAML" "/tmp/profiles/yaml: this is YAML already" \
	profile convert /tmp/profiles/yaml
echo '@include "/etc/passwd"' > /tmp/profiles/new
refused "convert: other files" "/tmp/profiles/new:1: @include cannot be converted" \
	profile convert /tmp/profiles/new
refused "convert: a file that is not there" "/no/such: No such file" profile convert /no/such

refused "check: a file that is not there" "/no/such: No such file" profile check /no/such
refused "apply: a file that is not there" "/no/such: No such file" profile apply "$id" /no/such
refused "apply: a name that nobody has" 'there is no profile "nobody"' profile apply "$id" nobody
refused "apply: an unknown VM" "no VM with id 4000" profile apply 4000 xen-4.3
refused "show: a name that nobody has" 'there is no profile "nobody"' profile show nobody
refused "diff: a name that nobody has" 'there is no profile "nobody"' profile diff xen-4.3 nobody
answers "after all that the guest has what it had" "-38 kernel" 32 11
answers "and no more" "$passed" 17

# ---- what is right

cat > /etc/hcbpf/profiles/site.yaml <<'END'
version: 1
name: site
description: our web servers
include: [xen-4.3]
unknown: deny
END
says "a file without mistakes" 'is profile "site", and makes 19 rules' \
	profile check /etc/hcbpf/profiles/site.yaml
ok "and as JSON" valid_json -j profile check /etc/hcbpf/profiles/site.yaml

row() { hcbpf profile "$@" | sed 's/  */ /g; s/ $//'; }
is "list has what is shipped" "$(row list | grep '^xen-4.4 ')" \
	"xen-4.4 built in Xen guests with FIFO event channels"
is "and what is in /etc" "$(row list | grep '^site ')" \
	"site /etc/hcbpf/profiles/site.yaml our web servers"
is "and no others" "$(hcbpf profile list | cut -d' ' -f1 | sort | paste -sd' ')" \
	"NAME deny-all kvm-default kvm-track site xen-4.3 xen-4.4"
ok "list as JSON" valid_json -j profile list
is "JSON says what can be used" "$(grep -o '"usable":true' /tmp/json | wc -l)" 6
echo 'version: 2' > /etc/hcbpf/profiles/deny-all.yaml
is "what has a mistake is listed as such" "$(row list | grep '^deny-all ')" \
	"deny-all cannot be used /etc/hcbpf/profiles/deny-all.yaml:1: version 2 is newer than this command, which reads 1"
refused "and hides the one that is shipped" "/etc/hcbpf/profiles/deny-all.yaml:1: version 2" \
	profile apply "$id" deny-all
ok "the list is valid JSON all the same" valid_json -j profile list
is "JSON says what cannot be used" "$(grep -o '"usable":false' /tmp/json | wc -l)" 1
rm /etc/hcbpf/profiles/deny-all.yaml

is "show has the head" "$(hcbpf profile show site | head -n5 | tr -s ' ' | paste -sd,)" \
	"name site,where /etc/hcbpf/profiles/site.yaml,description our web servers,unknown deny,rules 19"
is "and the rules" "$(row show site | grep ' event_channel_op:send ')" \
	"xen event_channel_op:send send, otherwise deny -ENOENT"
is "as many as it says" "$(hcbpf profile show site | sed '1,/^ABI /d' | wc -l)" 19
ok "show as JSON" valid_json -j profile show site
is "JSON has the rules, too" "$(grep -o '"abi":' /tmp/json | wc -l)" 19
for name in xen-4.3 xen-4.4 kvm-default kvm-track deny-all; do
	ok "show of what is shipped: $name" valid_json -j profile show $name
done

is "diff of two profiles" "$(row diff xen-4.3 xen-4.4 | paste -sd,)" \
	"ABI CALL xen-4.3 xen-4.4,xen event_channel_op:init_control deny -ENOSYS pass,xen event_channel_op:expand_array deny -ENOSYS pass,xen event_channel_op:set_priority deny -ENOSYS pass"
is "diff of a profile with itself" "$(hcbpf -j profile diff site site)" "[]"
is "diff of a VM with its profile" "$(hcbpf -j profile diff "$id" xen-4.3)" "[]"
hcbpf rule set "$id" xen 77 deny > /dev/null
is "diff of a VM whose rules were changed" "$(row diff "$id" xen-4.3 | tail -n1)" \
	"xen 77 deny -ENOSYS -"
says "vm show says so, too" "not what it is here: 1 differ" vm show "$id"
ok "diff as JSON" valid_json -j profile diff "$id" xen-4.4
is "JSON has each difference" "$(grep -o '"call":' /tmp/json | wc -l)" 4
ok "a profile by its name in /etc" hcbpf profile apply "$id" site
rm /etc/hcbpf/profiles/site.yaml
says "a profile that this host does not have" "not known here" vm show "$id"
kill_guest
