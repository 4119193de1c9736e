# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-only
#
# vm save and vm restore refuse what they do not understand whole, and then have
# done nothing.

# at OFFSET BYTES: overwrite bytes of /tmp/edited, BYTES as printf has them.
# shellcheck disable=SC2059 # that is the point
at() { printf "$2" | dd of=/tmp/edited bs=1 seek="$1" conv=notrunc 2> /dev/null; }

# Give it the right checksum again, which is the one that gzip uses.
checksum() {
	at 36 '\0\0\0\0'
	gzip -c /tmp/edited | tail -c 8 | head -c 4 > /tmp/crc
	dd if=/tmp/crc of=/tmp/edited bs=1 seek=36 conv=notrunc 2> /dev/null
}

# bad WHAT REASON [REASON-IF-BOUND] < COMMANDS: what was saved, with a change, is refused.
bad() {
	cp /tmp/saved /tmp/edited
	# shellcheck disable=SC1091
	. /dev/stdin
	if [ -n "$id" ]; then
		refused "bound: $1" "${3:-$2}" vm restore "$id" /tmp/edited
	else
		refused "not bound: $1" "$2" vm restore --pid "$pid" /tmp/edited
	fi
}

new_guest xen xen-4.4
hcbpf port set "$id" 131071 slot 7 > /dev/null
ok "a VM is saved" hcbpf vm save "$id" /tmp/saved
ok "saving says so in JSON" valid_json -j vm save "$id" /tmp/saved
refused "saving an unknown VM" "no VM with id 4000" vm save 4000 /tmp/x
refused "saving where there is no directory" "cannot write /no/such" vm save "$id" /no/such/file
is "saving leaves no other file" "$(find /tmp -name '*saved*')" /tmp/saved

says "the file can be read by people" "port table size        131072" state show /tmp/saved
is "with each rule" "$(hcbpf -j state show /tmp/saved | grep -o "\"outcome\":" | wc -l)" \
	"$(hcbpf -j rule list "$id" | grep -o "\"outcome\":" | wc -l)"
is "and each port" "$(hcbpf state show /tmp/saved | tail -n 1 | tr -s ' ')" "131071 eventfd 7"
ok "and by programs" valid_json -j state show /tmp/saved
refused "but another file cannot" "cannot show /bin/busybox: it is not a file of a VM's state" \
	state show /bin/busybox
refused "nor one that is not there" "cannot read /no/such" state show /no/such

size=$(stat -c %s /tmp/saved)
from="cannot restore from /tmp/edited:"
# Of ELF, as printf has them
case $(uname -m) in
x86_64) other=aarch64 machine=267 ;;
*) other=x86_64 machine=076 ;;
esac
# Offsets are those of <hcbpf/state.h>; the section of the binding comes first, the ports last.
all_bad() {
	bad "another file" "$from it is not a file of a VM's state" <<-END
		echo '{ "format": "hcbpf-vm", "version": 1 }' > /tmp/edited
	END
	bad "an unknown version" "$from it has version 2, and only version 1 is known here" <<-END
		at 8 '\\2'
	END
	bad "half of it" "$from it is cut off: it has $((size / 2)) of $size bytes" <<-END
		head -c $((size / 2)) /tmp/saved > /tmp/edited
	END
	bad "something behind it" "$from 1 bytes follow its end" <<-END
		echo >> /tmp/edited
	END
	bad "a changed byte" "$from it is damaged: its checksum is" <<-END
		at 100 x
	END
	bad "another architecture" "$from it is from $other, and this machine is $(uname -m)" <<-END
		at 28 '\\$machine'
		checksum
	END
	bad "a policy that is not loaded" 'no policy "otherone" is loaded' \
		"bound with policy standard, and the saved one had otherone" <<-END
		at 64 otherone
		checksum
	END
	bad "a section that this version does not know" \
		"$from it needs section 77 of version 1, which is not known here" <<-END
		at 144 M
		checksum
	END
	bad "a rule that this module does not know" \
		"$from the module on this host does not take its rules" <<-END
		at 233 M
		checksum
	END
	bad "a port's action that is not known" \
		"$from port 131071 has an action that is not known here" <<-END
		at $((size - 1)) '\\1'
		checksum
	END
	bad "a port beyond the table" \
		"$from port 131072, slot 7 are beyond its table of 131072" <<-END
		at $((size - 16)) '\\0\\0\\2\\0'
		checksum
	END
	bad "a slot beyond the table" \
		"$from port 131071, slot 131072 are beyond its table of 131072" <<-END
		at $((size - 8)) '\\0\\0\\2\\0'
		checksum
	END
}

hcbpf vm detach "$id" > /dev/null
id=
all_bad
bind_guest
hcbpf profile apply "$id" xen-4.3 > /dev/null
hcbpf port set "$id" 3 slot 3 > /dev/null
ports=$(hcbpf port list "$id")
all_bad
: > /tmp/empty
refused "an empty file" "/tmp/empty: it is empty" vm restore "$id" /tmp/empty
refused "no file" "cannot read /no/such" vm restore "$id" /no/such
refused "what is no file" "not a regular file" vm restore "$id" /dev/zero
refused "an unknown VM" "no VM with id 4000" vm restore 4000 /tmp/saved
refused "a process that is no VMM" "no KVM VM" vm restore --pid 1 /tmp/saved
is "after all that the ports are as they were" "$(hcbpf port list "$id")" "$ports"
refused_json "and as JSON" '"errno":"EINVAL"' vm restore "$id" /tmp/edited
answers "and the guest has what it had" "-38 kernel" 32 11

# ---- a VM that cannot take it

hcbpf vm detach "$id" > /dev/null
bind_guest --ports 100
refused "a table that is too small" "beyond the VM's table of 100" \
	vm restore "$id" /tmp/saved
hcbpf vm detach "$id" > /dev/null
bind_guest --abi "$plain"
refused "another ABI" "bound with ABI $plain_abi, and the saved one had 0" \
	vm restore "$id" /tmp/saved
hcbpf vm detach "$id" > /dev/null
id=
hcbpf unload standard > /dev/null
refused "the policy is not loaded" 'no policy "standard" is loaded' \
	vm restore --pid "$pid" /tmp/saved
hcbpf load > /dev/null
ok "and now it works" hcbpf vm restore --pid "$pid" /tmp/saved
kill_guest
