# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# `hcbpf gpa`: what is set is what is shown, drawn, exported, imported, watched;
# what cannot be is refused, and the map stays as it was.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh
refused_match=

world() { [ -z "$id" ] || hcbpf -j gpa show "$id"; }

show() { hcbpf gpa show "$@" | sed 's/  */ /g; s/^ //'; }
# new_vm: binds another VM; sets $vmm and $new.
new_vm() {
	rm -f /tmp/ready
	mkfifo /tmp/ready
	guest idle standard > /tmp/ready &
	vmm=$!
	read -r _ < /tmp/ready
	new=$(hcbpf vm list | awk 'END { print $1 }')
}

id=
refused "without the module, show says so" "not loaded.*modprobe" gpa show 1
load_module
ok "the standard policy is loaded" hcbpf load
refused "an unknown id" "no VM with id 4000" gpa show 4000
refused "a file that is not there" "No such file" gpa import 4000 /no/such/file
new_vm
id=$new source=$vmm

# ---- show

is "a new VM's pages are all alike" "$(show "$id")" "not encrypted: all pages"
ok "JSON of that" valid_json -j gpa show "$id"
is "has no ranges" "$(grep -o '"ranges":\[\]' /tmp/json)" '"ranges":[]'
gpa_tool set "$id" 100:200:1 300:1:7 100000:40000:0
is "ranges, sizes, words and totals" "$(show "$id" | paste -sd,)" \
	"FIRST LAST SIZE PAGES ATTRIBUTES,0x0000000100000 0x00000002fffff 2 MiB 512 encrypted,0x0000000300000 0x0000000300fff 4 KiB 1 encrypted, key 3,encrypted: 2 MiB,encrypted, key 3: 4 KiB,not encrypted: all other pages"
ok "as JSON" valid_json -j gpa show "$id"
is "JSON has the numbers" "$(grep -o '"ranges":\[{"address":1048576,"size":2097152,"pages":512,"attributes":{"attr":1,"encrypted":true,"key":0' /tmp/json)" \
	'"ranges":[{"address":1048576,"size":2097152,"pages":512,"attributes":{"attr":1,"encrypted":true,"key":0'
is "a part of it" "$(show "$id" --from 0x200000 --to 3M | sed -n 2p)" \
	"0x0000000200000 0x00000002fffff 1 MiB 256 encrypted"
is "a part with nothing in it" "$(show "$id" --from 4M)" "not encrypted: all pages"
refused "an invalid address" "not an address" gpa show "$id" --from x
refused "an address beyond 52 bits" "52 bits" gpa show "$id" --to 8P
refused "a part that ends before it begins" "nothing from 2M to 1M" \
	gpa show "$id" --from 2M --to 1M
is "vm show has the memory" "$(hcbpf vm show "$id" | grep -c '^attributes memory  *[1-9]')" 1
is "and stats the columns" "$(hcbpf stats "$id" --all | grep -c 'GPA-SETS  GPA-FAILURES')" 1

# ---- pictures

map() { LC_ALL=$1 hcbpf gpa show "$id" --map; }
is "a map in ASCII" "$(map C | sed -n 2,6p | paste -sd,)" \
	"0x0000000000000  ................................................................,0x0000000040000  ................................................................,0x0000000080000  ................................................................,0x00000000c0000  ................................................................,0x0000000100000  ################################################################"
is "its last line has the key" "$(map C | grep -c '^0x0000000300000  a$')" 1
is "and the legend" "$(map C | tail -n4 | sed 's/  */ /g' | paste -sd,)" \
	"each character is 4 KiB, . not encrypted 1 MiB, # encrypted 2 MiB, a encrypted, key 3 4 KiB"
is "nothing but ASCII" "$(map C | LC_ALL=C tr -d '\000-\177' | wc -c)" 0
is "shades where the locale has them" "$(map C.UTF-8 | grep -c '░░░░')" 4
is "a large part is drawn coarsely" "$(hcbpf gpa show "$id" --map --from 0 --to 1T |
	grep 'each character')" "each character is 1 GiB"
ok "a map has no JSON form" sh -c "hcbpf -j gpa show $id --map | grep 'no JSON form'"
ok "a plot" hcbpf gpa show "$id" --svg /tmp/map.svg
is "is SVG" "$(head -c 5 /tmp/map.svg; grep -c '^<svg xmlns="http://www.w3.org/2000/svg"' /tmp/map.svg; tail -n1 /tmp/map.svg)" \
	"<?xml1
</svg>"
is "with a legend" "$(grep -c '>encrypted, key 3: 4 KiB<' /tmp/map.svg)" 1
refused "a plot where none can be" "cannot write /no/such/dir/x" \
	gpa show "$id" --svg /no/such/dir/x

# ---- export and import

ok "export" hcbpf gpa export "$id" /tmp/a
gpa_tool write /tmp/b 0 100:200:1 300:1:7
ok "the file is as its documentation says" cmp /tmp/a /tmp/b
zeroes() { dd if=/dev/zero bs=1 count="$1" 2> /dev/null; }
{ zeroes 32; zeroes 64 | tr '\000' '\377'; printf '\001'; } > /tmp/bits
ok "a bit for each page" hcbpf gpa export "$id" /tmp/a.bits --bitmap
ok "is set where it is encrypted" cmp /tmp/a.bits /tmp/bits
{ printf '\360'; zeroes 1 | tr '\000' '\377'; } > /tmp/bits
ok "of some pages" hcbpf gpa export "$id" /tmp/a.bits --bitmap --first 0xfc --pages 16
ok "from the first of them on" cmp /tmp/a.bits /tmp/bits
says "of pages that nobody has told about, one" "1 bytes" \
	gpa export "$id" /tmp/a.bits --bitmap --first 0x10000000
refused "no page" '"0" is not a number of pages' gpa export "$id" /tmp/x --bitmap --pages 0
refused "pages that there cannot be" "is not the number of a page" \
	gpa export "$id" /tmp/x --bitmap --first 0x10000000000
refused "more than a file holds" "name fewer with --first and --pages" \
	gpa export "$id" /tmp/x --bitmap --pages 0x80000001
refused "pages of what is no bitmap" "are for --bitmap" gpa export "$id" /tmp/x --pages 3
new_vm
target=$new
ok "import" hcbpf gpa import "$target" /tmp/a
is "brings the ranges" "$(show "$target")" "$(show "$id")"
ok "export of that" hcbpf gpa export "$target" /tmp/c
ok "is the same file" cmp /tmp/a /tmp/c
gpa_tool write /tmp/default 1 500:1:0
ok "a file with another default" hcbpf gpa import "$target" /tmp/default
is "changes all other pages" "$(show "$target" | tail -n2 | paste -sd,)" \
	"not encrypted: 4 KiB,encrypted: all other pages"
ok "reset" hcbpf gpa reset "$target"
is "gives all of them the default" "$(show "$target")" "encrypted: all pages"
hcbpf gpa export "$target" /tmp/c > /dev/null
gpa_tool write /tmp/b 1
ok "which an export has, too" cmp /tmp/b /tmp/c

# damaged NAME TEXT COMMAND...: /tmp/bad, damaged by COMMAND, is refused.
damaged() {
	name=$1 text=$2
	shift 2
	cp /tmp/a /tmp/bad
	"$@"
	refused "$name" "cannot import /tmp/bad: .*$text" gpa import "$id" /tmp/bad
}
cut_to() { head -c "$1" /tmp/a > /tmp/bad; }
sealed() { gpa_tool flip /tmp/bad "$1" && gpa_tool seal /tmp/bad; }
damaged "an empty file" "it is empty" cut_to 0
damaged "a file cut in its header" "middle of its header" cut_to 20
damaged "a file without its last byte" "cut off: it has 127 of 128 bytes.*again" cut_to 127
damaged "a file with more behind it" "4 bytes follow" sh -c 'echo abc >> /tmp/bad'
damaged "a file with a flipped bit" "damaged: its checksum.*again" gpa_tool flip /tmp/bad 100
damaged "text" "not a file of a VM's state" sh -c 'echo "{}" > /tmp/bad'
damaged "a file of a later version" "version 0, and only version 1.*newer" sealed 8
damaged "a file from another machine" "from machine [0-9]*, and this machine is $(uname -m)" \
	sealed 28
damaged "a file with a section of later times" "section 257 of version 1.*newer" sealed 41
damaged "an invalid range" "range 1 of its page attributes is invalid" sealed 98
refused "a directory" "directory" gpa import "$id" /tmp
refused "an export to where none can be" "cannot write" gpa export "$id" /no/such/dir/x
i=0 missed=
while [ $i -lt 128 ]; do
	cp /tmp/a /tmp/bad
	gpa_tool flip /tmp/bad $i
	! hcbpf gpa import "$id" /tmp/bad 2> /dev/null || missed="$missed $i"
	i=$((i + 1))
done
is "no byte's change is taken" "$missed" ""

# ---- watch

# watch_start ARGUMENT...: in the background, and ready.
watch_start() {
	hcbpf "$@" > /tmp/watch 2> /tmp/watch.err &
	watch=$!
	eventually waits_for_a_change $watch
}
waits_for_a_change() { grep -q eventfd_read "/proc/$1/wchan"; }
watch_start gpa watch "$id" --count 3
ok "watch says that it watches" grep "^hcbpf: watching VM $id" /tmp/watch.err
gpa_tool set "$id" 1000:10:1
eventually test -s /tmp/watch
gpa_tool set "$id" 1008:8:0 300:1:0
wait $watch
is "watch ends after so many changes" $? 0
is "and prints them" "$(sed 's/  */ /g' /tmp/watch | paste -sd,)" \
	"0x0000001000000 0x000000100ffff 64 KiB not encrypted -> encrypted,0x0000000300000 0x0000000300fff 4 KiB encrypted, key 3 -> not encrypted,0x0000001008000 0x000000100ffff 32 KiB encrypted -> not encrypted"
watch_start -j gpa watch "$id" --count 2
gpa_tool set "$id" 300:1:7
eventually test -s /tmp/watch
gpa_tool set "$id" 1000:8:0
wait $watch
is "watch as JSON" $? 0
is "has a line for each" "$(wc -l < /tmp/watch)" 2
head -n1 /tmp/watch > /tmp/json
ok "each is JSON" json < /tmp/json
is "with both words" "$(grep -o '"from":{"attr":0.*"to":{"attr":7' /tmp/json | tr -d '{}' |
	sed 's/encrypted.*"to"/ "to"/')" '"from":"attr":0," "to":"attr":7'
refused "an invalid count" "not a number of changes" gpa watch "$id" --count 0
# Whoever watches takes nothing away from others who do.
watch_start gpa watch "$id" --count 1
first=$watch
watch_start gpa watch "$id" --count 1
gpa_tool set "$id" 2000:1:1
wait $watch
is "two may watch" $? 0
wait $first
is "both of them" $? 0
cpu_of() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
watch_start gpa watch "$id"
ticks=$(cpu_of $watch)
sleep 2
is "a watch of a quiet VM costs nothing" "$(($(cpu_of $watch) - ticks))" 0

# ---- migration under changes

hcbpf gpa import "$id" /tmp/a > /dev/null
hcbpf gpa import "$target" /tmp/a > /dev/null
rounds=$(gpa_tool migrate "$id" "$target" 3000)
ok "a map is followed while it changes: $rounds rounds, changes" test "${rounds% *}" -gt 1
hcbpf gpa export "$id" /tmp/x > /dev/null
hcbpf gpa export "$target" /tmp/y > /dev/null
ok "and nothing is missed" cmp /tmp/x /tmp/y
ok "in maps with something in them" test "$(wc -c < /tmp/x)" -gt 1000

# ---- the end

kill -9 $source
guest wait-vms 1 5000
eventually sh -c "! kill -0 $watch 2> /dev/null" || kill -9 $watch
wait $watch
is "a watch ends with its VM" $? 1
is "and says so" "$(tail -n1 /tmp/watch.err)" "hcbpf: VM $id has ended"
gone=$id
id=
refused "a VM that has ended" "no VM with id $gone" gpa import "$gone" /tmp/a
kill -9 $vmm
guest wait-vms 0 5000
ok "the policy is unloaded" hcbpf unload standard
ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
