# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# Files that the command writes and reads: whatever they are, a failure loses nothing.

bound files -name files
vm=$id
hcbpf profile apply "$vm" xen-4.3 > /dev/null
gpa_tool set "$vm" 100:1:1
rm -rf /tmp/files
mkdir /tmp/files
cd /tmp/files || exit
is_state() { hcbpf state show "$1" | grep -q "^policy *standard"; }
about() { stat -c '%F %U %a' "$1"; }

# to FILE: write it, in the way that $write says.
# shellcheck disable=SC2086 # words
to() {
	case $write in
	*--svg) hcbpf ${write%--svg} "$vm" --svg "$1" ;;
	*) hcbpf $write "$vm" "$1" ;;
	esac
}
to_stdout() { to - > out 2> said; }

umask 022
for write in "vm save" "gpa export" "gpa show --svg"; do
	mode=600
	[ "$write" != "gpa show --svg" ] || mode=644
	ok "$write: a new file" to new
	is "$write: has the mode that fits" "$(about new)" "regular file root $mode"
	ok "$write: a device" to /dev/null
	is "$write: is still one" "$(stat -c %F /dev/null)" "character special file"
	not "$write: a device that is full" to /dev/full
	mkfifo fifo
	timeout 20 cat fifo > got &
	ok "$write: a FIFO" to fifo
	wait $!
	is "$write: is still one" "$(stat -c %F fifo)" fifo
	ok "$write: and passed on all of it" cmp got new
	ln -s target link
	ok "$write: a link to nothing" to link
	is "$write: what it points to is made" "$(about target)" "regular file root $mode"
	ok "$write: the link to that" to link
	is "$write: is still a link" "$(readlink link)" target
	echo old > owned
	chown vmm1:kvm owned
	chmod 640 owned
	ok "$write: somebody's file" to owned
	is "$write: it is still theirs" "$(about owned)" "regular file vmm1 640"
	ok "$write: and new" cmp owned new
	ok "$write: standard output" to_stdout
	ok "$write: has the file and no more" cmp out new
	ok "$write: what was done is said elsewhere" grep "^hcbpf: .*$vm" said
	rm -f new fifo got link target owned out said
done

hcbpf vm save "$vm" /dev/stdout > out 2> said
ok "standard output by another name has no more in it either" is_state out
not "the file and JSON on standard output" sh -c "hcbpf -j vm save $vm - > said"
ok "which is said in JSON" sh -c "json < said && grep 'cannot have the file and JSON' said"
refused "a map and a plot on standard output" "both want standard output" \
	gpa show "$vm" --map --svg -
refused "a directory" "Is a directory" vm save "$vm" /tmp
refused "a directory that is not there" "cannot write /tmp/none/x" vm save "$vm" /tmp/none/x

# ---- a link that somebody else left

echo 1 > /proc/sys/fs/protected_symlinks
chmod 1777 /tmp
echo precious > precious
as-user vmm1 ln -s /tmp/files/precious /tmp/trap
as-user vmm1 ln -s /tmp/files/made /tmp/trap2
refused "a link of another user's in /tmp" "Permission denied" vm save "$vm" /tmp/trap
refused "one to nothing" "Permission denied" vm save "$vm" /tmp/trap2
is "nothing comes of them" "$(cat precious; ls made 2> /dev/null)" precious
rm /tmp/trap /tmp/trap2

# ---- no room

mkdir full
mount -t tmpfs -o size=16k tmpfs full
hcbpf vm save "$vm" full/state > /dev/null
cp full/state before
dd if=/dev/zero of=full/fill bs=4096 2> /dev/null
# shellcheck disable=SC2317 # refused() calls it
world() { ls full; }
refused "a full disk" "No space left" vm save "$vm" full/state
ok "leaves the old file" cmp full/state before
refused "a new file on it" "No space left" vm save "$vm" full/new
refused "a plot" "No space left" gpa show "$vm" --svg full/plot.svg
rm full/fill
mount -o remount,ro full
refused "a disk that is read only" "Read-only file system" vm save "$vm" full/state
umount full
world() { find /sys/fs/bpf/hcbpf 2> /dev/null; }

# ---- who is not root

rm -rf /tmp/user
mkdir -m 777 /tmp/user
echo old > /tmp/user/shared
chmod 666 /tmp/user/shared
# shellcheck disable=SC2016 # for that shell
as-user vmm1 sh -c '/lab/t/idlevm > /tmp/user/ready & vmm=$!
	until [ -s /tmp/user/ready ]; do usleep 10000; done
	hcbpf vm attach --pid $vmm && hcbpf vm save --pid $vmm /tmp/user/own &&
		hcbpf vm save --pid $vmm /tmp/user/shared
	kill -9 $vmm' > out 2> said
is "who is not root saves a VM" "$(about /tmp/user/own)" "regular file vmm1 600"
ok "a file whose owner could not be kept is left alone" grep "would not have its owner" said
is "with what was in it" "$(cat /tmp/user/shared)" old

# ---- a signal

kills=0
hcbpf vm save "$vm" a > /dev/null
hcbpf vm param "$vm" 1 > /dev/null
hcbpf vm save "$vm" b > /dev/null
mkdir kill
cp a kill/state
broken=
while [ $kills -lt 20 ]; do
	hcbpf vm save "$vm" kill/state > /dev/null 2>&1 &
	writer=$!
	usleep $((kills * 2000))
	kill -TERM $writer 2> /dev/null
	wait $writer 2> /dev/null
	[ "$(ls -A kill)" = state ] || broken="$broken $(ls -A kill)"
	cmp -s kill/state a || cmp -s kill/state b || broken="$broken $kills"
	kills=$((kills + 1))
done
is "a signal at any time leaves the old file or the new one, and nothing else" "$broken" ""

# ---- standard input

ok "a state from standard input is shown" sh -c 'hcbpf state show - < b | grep "^parameter *1"'
ok "and through a pipe" sh -c "cat a | hcbpf vm restore $vm -"
is "it is restored" "$(hcbpf vm param "$vm")" "the parameter of VM $vm is 0 (0x0)"
hcbpf gpa export "$vm" pages > /dev/null
ok "page attributes through a pipe" sh -c "cat pages | hcbpf gpa import $vm -"
refused "a state that is empty" "it is empty" vm restore "$vm" - < /dev/null
refused "a state that is a FIFO by name" "not a regular file" vm restore "$vm" /dev/null
cd /lab/t || exit
kill_all
