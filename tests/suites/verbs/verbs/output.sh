# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Each command's JSON, for the schema: what is printed here is compared with it outside.

json_of() { ok "JSON: hcbpf $*" valid_json -j "$@"; }

json_of --version
json_of help
json_of vm attach help
json_of policy list
json_of policy show standard
json_of load
json_of load standard.bpf.o --name other
json_of replace other standard.bpf.o --rename
json_of policy show other
json_of unload other
json_of profile list
json_of profile show xen-4.3
printf '%s\n' 'version: 1' 'name: p' 'description: d' 'unknown: deny' > /tmp/p
json_of profile check /tmp/p
cat > /tmp/one.cases.yaml <<'END'
cases: [{name: one, call: {abi: kvm, nr: 99}, expect: {verdict: pass}}]
END
json_of test standard.bpf.o /tmp/one.cases.yaml
echo 'version = 1;' > /tmp/old
json_of profile convert /tmp/old
echo "<domain><name>a</name></domain>" > /tmp/domain.xml
json_of libvirt prepare /tmp/domain.xml
hcbpf -j probe > /tmp/json
json_seen probe

idle -name json
mkdir -p /etc/hcbpf/templates
printf '%s\n' 'version: 1' 'name: t' 'profile: xen-4.3' > /etc/hcbpf/templates/t.yaml
json_of template list
json_of template show t
json_of template check
json_of admit add --user vmm2 --template t
json_of admit check
json_of admit load
json_of admit list
json_of admit remove 1
json_of admit clear
rm -r /etc/hcbpf/templates /etc/hcbpf/admission.yaml

json_of vm list --all
json_of vm attach --pid "$pid"
id=$(guest first)
json_of vm list
json_of holders
json_of vm show "$id"
json_of vm param "$id" 18446744073709551615
json_of vm features "$id" --abi xen
json_of vm wait "$id" --timeout 0
json_of vm observe "$id"
json_of vm observe --all-matching json
json_of vm list
json_of vm calls "$id"
json_of vm observe "$id" --off
mkfifo /tmp/asks
guest ask standard < /tmp/asks > /tmp/answers &
asker=$!
exec 8> /tmp/asks
eventually grep -q ready /tmp/answers
asked=$(hcbpf vm list | awk -v pid=$asker '$2 == pid { print $1 }')
hcbpf vm observe "$asked" > /dev/null
echo 0x84000000 >&8
eventually sh -c "[ \$(wc -l < /tmp/answers) = 2 ]"
json_of vm calls "$asked"
json_of vm calls "$asked" --watch --count 1
json_of top --calls --count 1
json_of profile learn "$asked" --for 1
exec 8>&-
wait $asker
json_of port set "$id" 5 slot 3
json_of port list "$id"
json_of port del "$id" 5
guest idle standard > /tmp/backend &
backend=$!
eventually test -s /tmp/backend
for fd in /proc/"$backend"/fd/*; do
	[ "$(readlink "$fd")" != 'anon_inode:[eventfd]' ] || efd=${fd##*/}
done
hcbpf -j port claim json 5 --eventfd "$backend:$efd" > /tmp/claim.json &
claimer=$!
eventually sh -c 'hcbpf -j port claims | grep -q json'
json_of port claims
kill -9 $backend
wait $claimer
mv /tmp/claim.json /tmp/json
json_seen port claim
json_of rule set "$id" kvm 1 deny
json_of rule set "$id" xen event_channel_op:send send user deny
json_of rule set "$id" kvm default pass
json_of rule list "$id"
json_of vm show "$id"
json_of rule del "$id" kvm 1
json_of profile apply "$id" xen-4.3
json_of profile diff "$id" deny-all
json_of vm show "$id"
hcbpf rule set "$id" kvm 1 deny > /dev/null
json_of vm show "$id"
json_of buffer list "$id"
json_of buffer limit "$id" 3
json_of buffer purge "$id"
gpa_tool set "$id" 100:200:1 300:1:7
json_of gpa show "$id"
json_of gpa show "$id" --svg /tmp/svg
json_of gpa export "$id" /tmp/pages
json_of gpa import "$id" /tmp/pages
hcbpf -j gpa watch "$id" --count 1 > /tmp/json &
watch=$!
eventually grep -q eventfd_read "/proc/$watch/wchan"
gpa_tool set "$id" 500:1:1
wait $watch
json_seen gpa watch
json_of gpa reset "$id"
hcbpf port set "$id" 5 slot 3 > /dev/null 2>&1
json_of vm save "$id" /tmp/state
json_of vm save --all-matching json /tmp
json_of state show /tmp/state
json_of vm restore "$id" /tmp/state force
json_of port del "$id" all
json_of stats
json_of stats "$id"
json_of stats --watch --count 1
json_of top --count 1
hcbpf -j monitor --count 1 > /tmp/json &
monitor=$!
n=0
while kill -0 $monitor 2> /dev/null && [ $n -lt 100 ]; do
	n=$((n + 1))
	hcbpf vm param "$id" $n > /dev/null
	usleep 200000
done
wait $monitor
json_seen monitor
json_of metrics
json_of metrics --output /tmp/hcbpf.prom
json_of bench --calls 100
json_of vm detach "$id"
json_of vm attach --all-matching json
json_of vm detach --all-matching json
kill_all
