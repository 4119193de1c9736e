# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Where policies are pinned, while an ordinary user does what the file system lets
# him: nothing of root's is deleted, nothing hangs, and what is wrong is named.

# shellcheck source=tests/suites/lib/tap.sh
. ./tap.sh
# shellcheck source=tests/suites/lib/refused.sh
. ./refused.sh

fs=/sys/fs/bpf
pins=$fs/hcbpf
user() { as-user vmm1 "$@"; }

# A BPF file system that is empty, mounted with these options.
fresh() {
	# Whoever still sits in the old one.
	umount -l $fs
	mount -t bpf -o "$1" bpf $fs
}

# Files of root's, named as if they were pins.
victims=/tmp/victims
mkdir -p $victims/standard $victims/foreign
for file in link program map_x next_program; do
	echo root > $victims/standard/$file
	echo root > $victims/foreign/$file
done

# shellcheck disable=SC2317 # refused() calls it
world() {
	hcbpf policy list
	find $fs $victims -exec ls -dln {} +
}

# probe_says ROW TEXT: that row is `no`, with the text in it.
probe_says() {
	hcbpf probe > /tmp/probe && return 1
	cat /tmp/probe
	grep -q "^no  $1 .*$2" /tmp/probe
}
# Neither load nor replace nor unload; and probe says why in the row of that name.
all_refused() {
	refused "$1: load says so" "$3" load
	refused "$1: replace says so" "$3" replace standard
	refused "$1: unload says so" "$3" unload standard
	ok "$1: probe says so" probe_says "$2" "$3"
}
# For replace there must be something loaded.
nothing_loaded() { ! hcbpf policy list | grep -q " loaded "; }
load_foreign() { guest load standard.bpf.o $fs/standard standard; }

load_module

# ---- where it is in order

fresh mode=700
ok "before the first load, probe says ok" sh -c 'hcbpf probe | grep "^ok  pins  *.*not there yet"'
ok "a policy is loaded" hcbpf load
is "its directories are root's alone" "$(stat -c '%u %a' $pins $pins/standard)" "0 700
0 700"
ok "and probe says where" sh -c "hcbpf probe | grep '^ok  pins  *$pins\$'"
ok "to load it again is no mistake" sh -c 'hcbpf load | grep "is loaded already"'
ok "it is replaced" hcbpf replace standard
ok "a user cannot see the pins, and probe says that it cannot be told" \
	sh -c 'as-user vmm1 hcbpf probe | grep "^?   pins .*run this as root"'
ok "it is unloaded" hcbpf unload standard
is "nothing is left" "$(ls $pins)" ""

fresh mode=1777
ok "where users may write, too, probe tells how to keep them out" \
	sh -c 'hcbpf probe | grep "^ok  BPF file system .*chmod 700 /sys/fs/bpf"'
ok "a policy is loaded" hcbpf load
not "a user cannot rename the directory" user mv $pins $fs/other
not "nor make another in it" user mkdir $pins/other
ok "it is unloaded" hcbpf unload standard

# ---- a map that wants to be pinned under its own name

fresh mode=700
cat > /tmp/counted.cases.yaml <<'END'
cases:
  - name: calls are counted
    call: {abi: kvm, nr: 5}
    expect: {verdict: done, ret: 0}
END
ok "test runs cases" hcbpf test pinned_map.bpf.o /tmp/counted.cases.yaml
is "and pins no map" "$(ls $fs)" ""
ok "nor without the module" hcbpf test pinned_map_test.bpf.o /tmp/counted.cases.yaml
is "where it pins none either" "$(ls $fs)" ""
ok "load" hcbpf load pinned_map.bpf.o
is "pins it with the policy" "$(ls $pins/pinned_map)" "link
map_by_name
program"
is "and nowhere else" "$(ls $fs)" hcbpf
ln $pins/pinned_map/map_by_name $fs/by_name
ok "another policy" hcbpf load pinned_map.bpf.o --name second
not "does not take it from a pin of that name" [ "$(guest map-id $pins/second/map_by_name)" = \
	"$(guest map-id $fs/by_name)" ]
rm $fs/by_name
ok "replace" hcbpf replace second pinned_map.bpf.o --rename
is "pins nothing elsewhere" "$(ls $fs)" hcbpf
ok "unload" hcbpf unload second
ok "and unload" hcbpf unload pinned_map

# ---- a user was there first

fresh mode=1777
user mkdir -m 777 $pins
refused "a user's directory: load makes nothing in it" "$pins belongs to vmm1 (uid 1001)" load
load_foreign
all_refused "a user's directory" pins "$pins belongs to vmm1 (uid 1001), not to root"
grep -q "remove it; .chmod 700 $fs. keeps others" /tmp/err
is "with what to do about it" $? 0
is "a policy that is loaded is shown without pins of his" \
	"$(user mkdir -p $pins/standard/his; hcbpf policy show standard | sed -n 's/^pins  *//p')" "-"

# Not every kernel keeps root from following it.
echo 0 > /proc/sys/fs/protected_symlinks
fresh mode=1777
user ln -s $victims $pins
refused "a user's symbolic link: load does not follow it" \
	"$pins is a symbolic link of vmm1 (uid 1001)" load
load_foreign
all_refused "a user's symbolic link" pins "$pins is a symbolic link of vmm1 (uid 1001)"
is "no file elsewhere is touched" "$(cat $victims/standard/*)" "root
root
root
root"

# And while root looks away: what the name is changes all the time.
fresh mode=1777
cat > /tmp/swap <<END
#!/bin/sh
while [ ! -e /tmp/swapped ]; do
	ln -s $victims $pins
	rm $pins
	mkdir $pins
	ln -s $victims/standard $pins/standard
	rm -r $pins
done
END
user sh /tmp/swap 2> /dev/null &
swap=$!
loads=0 odd=
while [ $loads -lt 20 ]; do
	loads=$((loads + 1))
	hcbpf load > /tmp/out 2>&1 && hcbpf unload standard >> /tmp/out 2>&1
	# Or it was gone again.
	grep -qv -e "No such file" -e "^policy \"standard\" is " -e "$pins is a symbolic link of vmm1" \
		-e "$pins belongs to vmm1" /tmp/out && odd=$odd$(cat /tmp/out)
	# Root's own; or, if it is not, it goes all the same.
	rmdir $pins 2> /dev/null
done
touch /tmp/swapped
wait $swap
is "a user who swaps links and directories gets each load refused, or nothing of it" "$odd" ""
is "and no file elsewhere is touched" "$(cat $victims/standard/*)" "root
root
root
root"

# What a user has prepared in a directory that became root's.
fresh mode=1777
load_foreign
user mkdir $pins
user ln -s $victims/standard $pins/standard
chown 0:0 $pins
chmod 700 $pins
link="$pins/standard is a symbolic link of vmm1 (uid 1001)"
refused "a symbolic link in place of a policy's directory: replace says so" "$link" replace standard
refused "unload says so" "$link" unload standard
rm $fs/standard
eventually nothing_loaded
refused "load says so" "$link" load
is "no file elsewhere is touched" "$(cat $victims/standard/*)" "root
root
root
root"
ok "another policy is loaded all the same" hcbpf load --name other
ok "and unloaded" hcbpf unload other
rm $pins/standard
ok "without it the policy is loaded" hcbpf load
ok "and unloaded" hcbpf unload standard

fresh mode=1777
user mkdir $pins
user mkdir $pins/standard
chown 0:0 $pins
chmod 700 $pins
refused "a user's directory in place of a policy's" \
	"$pins/standard belongs to vmm1 (uid 1001), not to root" load

fresh mode=1777
load_foreign
mkdir -m 700 $pins $pins/standard
ln -s ../../standard $pins/standard/link
shows_program() { hcbpf policy show "$1" | grep ^program | grep -vc ' -$'; }
hcbpf load --name real > /dev/null
is "policy show has the program of a pin" "$(shows_program real)" 2
ln -s ../real/program $pins/standard/program
is "but does not follow a symbolic link in its place" "$(shows_program standard)" 0
hcbpf unload real > /dev/null
refused "nor does replace" "$pins/standard/link is not a pin of root's" replace standard
not "nor unload, which removes it" hcbpf unload standard
is "and leaves the pin" "$(ls $fs)" "hcbpf
standard"

# ---- a lock of a user's, from when the directory was his

fresh mode=1777
user mkdir $pins
mkfifo /tmp/locker
user guest lock $pins > /tmp/locker &
read -r locker < /tmp/locker
chown 0:0 $pins
chmod 700 $pins
timeout 90 hcbpf load > /tmp/out 2>&1
is "load does not wait for ever for a lock" $? 1
is "it says that it waits, and gives up, and for whom" "$(cat /tmp/out)" \
	"hcbpf: waiting for process $locker, which has locked $pins
hcbpf: could not lock $pins within 20 seconds: process $locker has it; end it if it hangs"
hcbpf load > /tmp/out 2>&1 &
load=$!
timeout 60 sh -c 'until grep -q waiting /tmp/out; do sleep 1; done'
kill "$locker"
wait $load
is "once the lock is gone, a load that waits goes on" $? 0
is "having said so" "$(cat /tmp/out)" "hcbpf: waiting for process $locker, which has locked $pins
policy \"standard\" is loaded"
ok "and unloaded" hcbpf unload standard

# ---- modes and owners that let others meddle

fresh mode=700
hcbpf load > /dev/null
chmod 777 $fs
all_refused "users may rename" "BPF file system" "$fs has mode 0777: others can rename"
user mv $pins $fs/mine
user mkdir $pins
all_refused "a user has renamed it" "BPF file system" "$fs has mode 0777: others can rename"
chmod 770 $fs
refused "a group may rename" "$fs has mode 0770: others can rename" load
chmod 1777 $fs
chown vmm1 $fs
all_refused "the file system is a user's" "BPF file system" \
	"$fs belongs to vmm1 (uid 1001), not to root"
chown root $fs
rmdir $pins
mv $fs/mine $pins
ok "back in order, it is unloaded" hcbpf unload standard
chmod 711 $pins
refused "others may enter" "$pins has mode 0711: others have access" load
ok "probe says so" probe_says pins "$pins has mode 0711"
grep -q "chmod 700. it" /tmp/probe
is "with what to do about it" $? 0
chmod 700 $pins
ok "then it is loaded" hcbpf load

# ---- mounts

mount -t tmpfs tmpfs $pins/standard
refused "something else mounted on a policy's directory" \
	"$pins/standard is not in the BPF file system" unload standard
umount $pins/standard
mount -t tmpfs tmpfs $pins
all_refused "something else mounted on the directory" pins "$pins is not in the BPF file system"
mkfifo -m 600 $pins/standard
refused "a FIFO there" "$pins is not in the BPF file system" unload standard
umount $pins
mount -o bind $fs $fs
mount -o remount,bind,ro $fs
all_refused "mounted read-only" "BPF file system" "is mounted read-only here"
mount -o remount,rw $fs
ok "the remedy is one" hcbpf replace standard
umount $fs
mount -t bpf -o ro bpf $fs
all_refused "another one mounted read-only" "BPF file system" "is mounted read-only here"
mount -o remount,rw $fs
ok "the remedy is one" sh -c 'hcbpf probe | grep "^ok  BPF file system"'
refused "loaded by pins that cannot be seen here: load does not call it another" \
	"is already loaded, and has no pins under $pins here; its pins are in another mount" load
refused "replace says so" "there is no $pins/standard/link; its pins are in another mount" \
	replace standard
ok "holders says so" sh -c "hcbpf holders | grep '^policy .*standard: no pins under $pins here'"
not "unload does not succeed" hcbpf unload standard
is "and says so" "$(echo "$tap_output" | grep -c "pinned elsewhere than under $pins here")" 1
umount $fs
mount -t tmpfs tmpfs $fs
all_refused "something else mounted there" "BPF file system" \
	"what is mounted on $fs is not a BPF file system; unmount that"
umount $fs
ok "with its pins to be seen it is unloaded" hcbpf unload standard
umount -l $fs
remedy="mount -t bpf -o mode=700 bpf $fs"
refused "nothing mounted there" "no BPF file system is mounted on $fs; run \`$remedy\`" load
ok "probe says so" probe_says "BPF file system" "is mounted on $fs; run \`$remedy\`"
$remedy
ok "the remedy is one" hcbpf load
ok "and unloaded" hcbpf unload standard

ok "the module unloads" unload_module
# shellcheck disable=SC2034 # the suite's exit status
done_testing || status=1
