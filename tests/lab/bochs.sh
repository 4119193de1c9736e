# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The test VM in Bochs, an emulator of Intel's CPUs with VMX: its files, its
# configuration, the CD-ROM it boots from.  To be sourced by tests/lab/run.  Uses
# its $repo, $tmp, $model, $smp, $mem, $kernel, $mode and die.
#
# shellcheck disable=SC2154 # those

bochs=${LAB_BOCHS:-$repo/build/bochs}

# bochs_check: is it there, and does it know the model?
bochs_check() {
	local models

	[ -e "$bochs/version" ] || die 121 "no Bochs in $bochs: run make setup"
	models=$("$bochs/bin/bochs" --help cpu 2>&1 < /dev/null |
		sed -n 's/^ *\([a-z0-9_]\+\)$/\1/p' | paste -sd' ')
	[ -n "$models" ] || die 121 "Bochs in $bochs does not start: remove it and run make setup"
	[[ " $models " == *" $model "* ]] || die 121 "Bochs knows no model $model, only: $models"
}

# What the kernel is told beside what it is told in QEMU.
#  - Bochs has no other way to end than a triple fault.
#  - Nothing speculates in there.  Half of the mitigations would warn that they cannot
#    do their work, and that of ITS, on a CPU with CET, of itself (6.12).
#  - The models tell the frequency of the CPU they are, not Bochs' ips.  A kernel that
#    believes them has timers that come at the wrong time and no use for the TSC: suites
#    take ten times as long.
#  - A boot takes a while: what checks modules' signatures and the CPU's random
#    numbers is a sixth of that.
bochs_ips=50000000
bochs_parameters="reboot=triple mitigations=off tsc_early_khz=$((bochs_ips / 1000))"
bochs_parameters+=" initcall_blacklist=jent_mod_init,load_system_certificate_list"

# bochs_cdrom PARAMETERS: makes $tmp/cd.iso of the kernel and $tmp/initrd.
bochs_cdrom() {
	mkdir "$tmp/cd"
	cp "$bochs"/share/{isolinux.bin,ldlinux.c32} "$tmp/cd/"
	cp -L "$kernel/vmlinuz" "$tmp/cd/kernel"
	mv "$tmp/initrd" "$tmp/cd/initrd"
	printf '%s\n' 'default lab' 'prompt 0' 'label lab' ' kernel kernel' ' initrd initrd' \
		" append $1" > "$tmp/cd/isolinux.cfg"
	# It comes with its C library.
	"$bochs/lib/ld-linux-x86-64.so.2" --library-path "$bochs/lib" "$bochs/bin/xorriso" \
		-as mkisofs -quiet -o "$tmp/cd.iso" -b isolinux.bin -c boot.cat -no-emul-boot \
		-boot-load-size 4 -boot-info-table "$tmp/cd" 2> "$tmp/xorriso" || die 121 "cannot make a CD-ROM: $(head -n1 "$tmp/xorriso")"
	rm -r "$tmp/cd"
}

# bochs_config CONSOLE OUT STATUS: where its serial ports go.
#
# ips says how many instructions pass while the VM's clocks advance by a second.  With
# sync=none nothing else moves them: idle time costs nothing, and time-outs in there do
# not depend on how busy this machine is.
bochs_config() {
	cat <<-END
	config_interface: textconfig
	display_library: nogui
	romimage: file=$bochs/share/BIOS-bochs-latest
	vgaromimage: file=$bochs/share/vgabios.bin
	cpu: model=$model, count=$smp, ips=$bochs_ips, reset_on_triple_fault=0, ignore_bad_msrs=1
	memory: guest=$mem, host=$mem
	clock: sync=none, time0=utc
	boot: cdrom
	ata0: enabled=1
	ata0-master: type=cdrom, path=$tmp/cd.iso, status=inserted
	ata1: enabled=0
	com1: enabled=1, mode=file, dev=$1
	com2: enabled=1, $2
	com3: enabled=1, mode=file, dev=$3
	mouse: enabled=0
	log: $tmp/bochs.log
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	debug: action=ignore
	END
}

# bochs_prepare PARAMETERS: sets $vm_command.
bochs_prepare() {
	local out="mode=file, dev=/dev/fd/9"

	bochs_cdrom "$1 $bochs_parameters"
	[ "$mode" = run ] || out="mode=term, dev=$(tty <&6)"
	bochs_config /dev/fd/8 "$out" "$tmp/status" > "$tmp/bochsrc"
	# shellcheck disable=SC2034 # for tests/lab/run
	vm_command=("$bochs/bin/bochs" -q -f "$tmp/bochsrc")
}

# bochs_complaint: why it ended, if not by the VM's will.
bochs_complaint() {
	sed -n 's/.*>>PANIC<< *//p' "$tmp/bochs.log" 2> /dev/null |
		grep -m1 -v -e 'with no resolution$' -e 'soft power off$' || :
}
