# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# On a kernel with KCSAN: races of hcbpf. The kernel has many of its own, which nobody
# here can mend, so its reports are kept from the console, where the first one would end
# the run, and looked through at the end. To be sourced, in the lab, behind tap.sh.

kcsan=/sys/kernel/debug/kcsan

kcsan_start() {
	echo 0 > /proc/sys/kernel/panic_on_warn
	echo 3 > /proc/sys/kernel/printk	# errors and less: not there
	dmesg -c > /dev/null
	# Where CPUs are threads of a host, 80 us is too short for another to come by.
	echo 1000 > /sys/module/kcsan/parameters/udelay_task
	echo on > $kcsan
}

# kcsan_reports OURS: the reports that name hcbpf where a race is; OURS=0: all else that
# the kernel has said.
kcsan_reports() {
	dmesg | awk -v ours="$1" '
		/={60}/ && inside { if (ours && named) print text; inside = 0; next }
		/={60}/ { inside = 1; named = 0; text = ""; next }
		!inside { if (!ours) print; next }
		{ text = text "\n" $0 }
		/BUG: KCSAN: .*\[hcbpf\]/ { named = 1 }'
}

kcsan_is_silent() { kcsan_reports 1 | tee /tmp/races; [ ! -s /tmp/races ]; }

kernel_is_silent() {
	kcsan_reports 0 | grep -E 'BUG|WARNING|INFO: |Oops|UBSAN|list_(add|del) corruption' \
		> /tmp/splats
	cat /tmp/splats
	[ ! -s /tmp/splats ]
}

kcsan_end() {
	echo off > $kcsan
	echo "# $(dmesg | grep -c 'BUG: KCSAN') races of the whole kernel"
	ok "KCSAN has seen no race of hcbpf" kcsan_is_silent
	ok "the kernel has complained of nothing else" kernel_is_silent
	done_testing
}
