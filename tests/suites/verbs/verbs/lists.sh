# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Lists that are empty, and `port list`, whose slots may be.

nothing() { [ -z "$(hcbpf "$@" 2>&1)" ] && [ "$(hcbpf -j "$@")" = "[]" ]; }
ok "no VM: no line, and [] as JSON" nothing vm list
ok "no counters: likewise" nothing stats
bound lists -name lists
vm=$id
ok "no rules: likewise" nothing rule list "$vm"
ok "no buffers: likewise" nothing buffer list "$vm"
ok "no ports: likewise" nothing port list "$vm"
ok "no difference: likewise" nothing profile diff deny-all deny-all

# ---- ports and their slots

ports() { hcbpf port list "$vm" | tr -s ' ' | sed 's/^ //' | paste -sd,; }
rm -f /tmp/never /tmp/efd
mkfifo /tmp/never
talker "$([ "$(uname -m)" = x86_64 ] && echo kvm || echo smccc)" < /tmp/never > /tmp/efd &
holder=$!
exec 9> /tmp/never
eventually test -s /tmp/efd
read -r _ efd < /tmp/efd
hcbpf port set "$vm" 5 slot 2 > /tmp/out 2> /tmp/err
is "an empty slot is no mistake" "$?: $(cat /tmp/out)" "0: port 5 of VM $vm is served by slot 2"
ok "but one is told" grep "^hcbpf: slot 2 has no eventfd.*calls on port 5 go the way" /tmp/err
is "as JSON, too" "$(hcbpf -j port set "$vm" 5 slot 2)" \
	'{"port":5,"action":"eventfd","slot":2,"eventfd":false}'
is "and the list says so" "$(ports)" "PORT ACTION SLOT EVENTFD,5 eventfd 2 no"
hcbpf port set "$vm" 6 eventfd "$holder:$efd" slot 3 > /tmp/out 2> /tmp/err
is "a filled one is told of no more" "$(cat /tmp/err)" ""
is "and listed as filled" "$(ports)" "PORT ACTION SLOT EVENTFD,5 eventfd 2 no,6 eventfd 3 yes"
hcbpf port set "$vm" 5 slot 3 2> /tmp/err > /tmp/out
is "by another port, too" "$(cat /tmp/err)" ""
hcbpf port del "$vm" 5 > /tmp/out
hcbpf port del "$vm" 6 > /tmp/out
is "an eventfd that no port leads to is listed" "$(ports)" "PORT ACTION SLOT EVENTFD,- - 3 yes"
is "as JSON, too" "$(hcbpf -j port list "$vm")" \
	'[{"port":null,"action":null,"slot":3,"eventfd":true}]'
exec 9>&-
kill -9 $holder
wait $holder 2> /dev/null
kill_all
